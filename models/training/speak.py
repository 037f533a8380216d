"""Speaks training sentences into shards: 8 kHz speech, a GSM-coded twin of it, and the texts.

A shard is `NAME.npz` with `audio` and `gsm` (int16, all utterances one after the other), `ends` (end of each utterance in
samples), and `texts`, `voices`. Silence around an utterance is cut off, so that its first and last sample are its times.
Shards are written whole and then renamed, so training can pick them up while more are being spoken; each is spoken by a process
of its own, as many at a time as there are cores.

    speak.py espeak FOLDER SHARDS UTTERANCES SEED     synthetic voices
    speak.py festival FOLDER SHARDS UTTERANCES SEED   the recorded voice of msu_ru_nsh_clunits
    speak.py prompts FOLDER                           the recorded prompts, as they are

It adds no noise and no telephone beyond the GSM twin: telephone.py does that afresh for every window.
"""

import concurrent.futures
import ctypes
import functools
import io
import os
import pathlib
import random
import subprocess
import sys
import tempfile

import numpy as np
import soundfile
from scipy.signal import resample_poly

import texts

# The voices that samples/ speaks with get three fifths of the sentences.
SAMPLE_VOICES = ["m1", "m3", "m7", "f2", "f4"]
MORE_VOICES = ["m2", "m5", "m6", "m8", "f1", "f5", "Alex", "Annie", "linda"]
HELD_OUT_VOICES = ["m4", "f3"]
RATE = 8000


def trimmed(audio, threshold=0.004):
    """Without leading and trailing silence."""
    loud = np.flatnonzero(np.abs(audio) > threshold * max(1e-6, np.abs(audio).max()) * 4)
    return audio[loud[0]: loud[-1] + 1] if len(loud) else audio[:0]


def espeak(text, voice, speed=150, pitch=50, gap=0):
    """One sentence at 8 kHz, float32."""
    command = ["espeak-ng", "-v", f"ru+{voice}", "-s", str(speed), "-p", str(pitch), "-g", str(gap), "--stdout", "--", text.lstrip("- ")]
    wav = subprocess.run(command, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, check=True).stdout
    audio = np.frombuffer(wav[44:], "<i2").astype(np.float32) / 32768
    return trimmed(resample_poly(audio, 160, 441).astype(np.float32))


class Speaker:
    """espeak-ng as a library: three times as fast as a program started for every sentence. One to a process.

    The constants are those of `espeak-ng/speak_lib.h`, which has not changed them since version 1.49.
    """

    _SYNCHRONOUS, _CHARACTERS, _UTF8, _DO_NOT_EXIT = 2, 1, 1, 0x8000
    _SPEED, _PITCH, _GAP = 1, 3, 7

    def __init__(self):
        self.library = ctypes.CDLL("libespeak-ng.so.1")
        self.pieces = []
        receiver = ctypes.CFUNCTYPE(ctypes.c_int, ctypes.POINTER(ctypes.c_short), ctypes.c_int, ctypes.c_void_p)
        # Kept in a field: the library holds no reference of its own.
        self.receiver = receiver(self._receive)
        self.rate = self.library.espeak_Initialize(self._SYNCHRONOUS, 0, None, self._DO_NOT_EXIT)
        if self.rate <= 0:
            raise OSError("espeak-ng does not find its data: is espeak-ng-data installed?")
        self.library.espeak_SetSynthCallback(self.receiver)

    def _receive(self, samples, count, _events):
        if samples and count > 0:
            self.pieces.append(np.ctypeslib.as_array(samples, (count,)).copy())
        return 0

    def speak(self, text, voice, speed=150, pitch=50, gap=0):
        """One sentence at 8 kHz, float32; ValueError where nothing was said."""
        self.pieces = []
        if self.library.espeak_SetVoiceByName(f"ru+{voice}".encode()) != 0:
            raise ValueError(f"no voice {voice}")
        for parameter, value in ((self._SPEED, speed), (self._PITCH, pitch), (self._GAP, gap)):
            self.library.espeak_SetParameter(parameter, value, 0)
        raw = text.encode()
        self.library.espeak_Synth(raw, ctypes.c_size_t(len(raw) + 1), 0, self._CHARACTERS, 0, self._UTF8, None, None)
        audio = np.concatenate(self.pieces).astype(np.float32) / 32768
        return trimmed(resample_poly(audio, RATE, self.rate).astype(np.float32))


def festival(sentences):
    """Sentences in festival's Russian voice at 8 kHz; None where it failed."""
    with tempfile.TemporaryDirectory() as folder:
        script = pathlib.Path(folder) / "speak.scm"
        lines = ["(voice_msu_ru_nsh_clunits)"]
        for k, text in enumerate(sentences):
            safe = text.replace("\\", "").replace('"', "")
            lines.append(f'(unwind-protect (utt.save.wave (utt.synth (Utterance Text "{safe}")) "{folder}/{k}.wav" \'riff) nil)')
        script.write_text("\n".join(lines), encoding="utf8")
        subprocess.run(["festival", "-b", str(script)], stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, check=False)
        spoken = []
        for k in range(len(sentences)):
            path = pathlib.Path(folder) / f"{k}.wav"
            if not path.exists() or path.stat().st_size < 4000:
                spoken.append(None)
                continue
            audio, rate = soundfile.read(path, dtype="float32")
            spoken.append(trimmed(resample_poly(audio, RATE, rate).astype(np.float32), 0.01))
        return spoken


def gsm_twin(audio, r):
    """The same samples through GSM 06.10, with some noise and a level put on before, as a call does."""
    noise = r.standard_normal(len(audio), dtype=np.float32) * np.float32(32768 * 10 ** r.uniform(-3.6, -2.4))
    raw = np.clip(audio * np.float32(r.uniform(0.5, 1.0)) + noise, -32768, 32767).astype(np.int16)
    coded = io.BytesIO()
    soundfile.write(coded, raw, RATE, format="WAV", subtype="GSM610")
    coded.seek(0)
    twin = soundfile.read(coded, dtype="int16")[0]
    return np.pad(twin, (0, max(0, len(audio) - len(twin))))[: len(audio)]


def write_shard(path, spoken, seed):
    """`spoken`: (audio, target, voice) triples."""
    pieces = [np.round(np.clip(audio / (np.abs(audio).max() + 1e-6) * 0.9, -1, 1) * 32767).astype(np.int16) for audio, _, _ in spoken]
    audio = np.concatenate(pieces)
    part = path.with_suffix(".part")
    with open(part, "wb") as file:
        np.savez(file, audio=audio, gsm=gsm_twin(audio.astype(np.float32), np.random.default_rng(seed)),
                 ends=np.cumsum([len(piece) for piece in pieces]), texts=np.array([target for _, target, _ in spoken]),
                 voices=np.array([voice for _, _, voice in spoken]))
    os.rename(part, path)
    print(path.name, len(pieces), "utterances", round(len(audio) / RATE / 3600, 2), "h", flush=True)


@functools.cache
def speaker():
    """This process's `Speaker`: the library keeps its state in globals."""
    return Speaker()


def speak_shard(folder, kind, count, base):
    """Draws `count` sentences with the seed `base`, has them spoken, writes the shard."""
    writer, r = texts.Writer(base), random.Random(base)
    sentences = [writer.sentence() for _ in range(count)]
    spoken = []
    if kind == "espeak":
        for text, target in sentences:
            voice = r.choice(SAMPLE_VOICES if r.random() < 0.6 else MORE_VOICES)
            pitch = 50 if r.random() < 0.5 else r.randint(35, 68)
            try:
                spoken.append((speaker().speak(text.lstrip("- "), voice, r.randint(132, 173), pitch, r.choice([0, 0, 0, 1, 2])), target, voice))
            except ValueError:
                continue
    else:
        for k in range(0, count, 50):
            part = sentences[k: k + 50]
            spoken += [(audio, target, "festival") for audio, (_, target) in zip(festival([text for text, _ in part]), part)]
    write_shard(folder / f"{kind}-{base}.npz", [triple for triple in spoken if good(triple[0])], base)
    overlap = sum(len(t.split()) >= texts.WORDS_TO_KEEP_APART and t in writer.kept_apart for _, t in sentences)
    return f"{kind}-{base}: refused {writer.refused}, overlap with samples/, tests/, held-out: {overlap}"


def good(audio):
    """Neither empty nor longer than a window holds with its pauses."""
    return audio is not None and 0.15 * RATE < len(audio) < 14 * RATE


def main():
    kind, folder = sys.argv[1], pathlib.Path(sys.argv[2])
    folder.mkdir(parents=True, exist_ok=True)
    if kind == "prompts":
        training, _ = texts.prompts()
        spoken = [(trimmed(soundfile.read(path, dtype="float32")[0]), target, "prompt") for path, target in training]
        write_shard(folder / "prompts.npz", [triple for triple in spoken if good(triple[0])], 3)
        return
    shards, count, seed = map(int, sys.argv[3:6])
    # Not multiprocessing.Pool, which waits for ever where a process dies; here that is an error, and the run ends.
    with concurrent.futures.ProcessPoolExecutor(min(shards, os.cpu_count() or 1)) as pool:
        waiting = [pool.submit(speak_shard, folder, kind, count, seed * 1000 + shard) for shard in range(shards)]
        for shard in concurrent.futures.as_completed(waiting):
            print(shard.result(), flush=True)


if __name__ == "__main__":
    main()
