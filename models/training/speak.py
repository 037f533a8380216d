"""Speaks training sentences into shards: 8 kHz speech, a GSM-coded twin of it, and the texts.

A shard is `NAME.npz` with `audio` and `gsm` (int16, all utterances one after the other), `ends` (end of each utterance in
samples), and `texts`, `voices`. Silence around an utterance is cut off, so that its first and last sample are its times.
Shards are written whole and then renamed, so training can pick them up while more are being spoken.

    speak.py espeak FOLDER SHARDS UTTERANCES SEED     synthetic voices
    speak.py festival FOLDER SHARDS UTTERANCES SEED   the recorded voice of msu_ru_nsh_clunits
    speak.py prompts FOLDER                           the recorded prompts, as they are

It adds no noise and no telephone beyond the GSM twin: telephone.py does that afresh for every window.
"""

import io
import multiprocessing
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
    noise = r.normal(0, 1, len(audio)).astype(np.float32) * 32768 * 10 ** r.uniform(-3.6, -2.4)
    raw = np.clip(audio * r.uniform(0.5, 1.0) + noise, -32768, 32767).astype("<i2").tobytes()
    form = ["-t", "raw", "-r", "8000", "-e", "signed", "-b", "16", "-c", "1"]
    coded = subprocess.run(["sox", *form, "-", "-t", "gsm", "-r", "8000", "-c", "1", "-"], input=raw, stdout=subprocess.PIPE, check=True).stdout
    back = subprocess.run(["sox", "-t", "gsm", "-r", "8000", "-c", "1", "-", *form, "-"], input=coded, stdout=subprocess.PIPE, check=True).stdout
    twin = np.frombuffer(back, "<i2")
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


def _speak_one(task):
    text, target, seed = task
    r = random.Random(seed)
    voice = r.choice(SAMPLE_VOICES if r.random() < 0.6 else MORE_VOICES)
    pitch = 50 if r.random() < 0.5 else r.randint(35, 68)
    try:
        audio = espeak(text, voice, r.randint(132, 173), pitch, r.choice([0, 0, 0, 1, 2]))
    except (subprocess.CalledProcessError, ValueError):
        return None
    return audio, target, voice


def good(audio):
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
    for shard in range(shards):
        base = seed * 1000 + shard
        writer = texts.Writer(base)
        sentences = [writer.sentence() for _ in range(count)]
        if kind == "espeak":
            tasks = [(text, target, base * 100_000 + k) for k, (text, target) in enumerate(sentences)]
            with multiprocessing.Pool(2) as pool:
                spoken = [triple for triple in pool.imap(_speak_one, tasks, chunksize=50) if triple and good(triple[0])]
        else:
            spoken = []
            for k in range(0, count, 50):
                part = sentences[k: k + 50]
                for audio, (_, target) in zip(festival([text for text, _ in part]), part):
                    if good(audio):
                        spoken.append((audio, target, "festival"))
        write_shard(folder / f"{kind}-{base}.npz", spoken, base)
        overlap = sum(len(t.split()) >= texts.WORDS_TO_KEEP_APART and t in writer.kept_apart for _, t in sentences)
        print(f"known words {len(writer.words)}, refused {writer.refused}, overlap with samples/, tests/, held-out: {overlap}", flush=True)


if __name__ == "__main__":
    main()
