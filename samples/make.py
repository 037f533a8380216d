#!/usr/bin/env python3
"""Speaks the calls of scripts/*.json and writes the recordings and truth/*.json beside this file.

Standard library only; espeak-ng, sox and ffmpeg do the speaking, the telephone band and the encoding (Debian packages of these
names). Every random choice is seeded with the call's id and every encoder runs in its bit-exact mode, so a second run with the same
program versions gives the same bytes. tests/fixtures/make.py takes its speech and its encoders from here.

It does not grade: type, verdict and labels are written by hand in the scripts, before any recording was ever graded.

    samples/make.py            all calls
    samples/make.py 06 08      only those whose id begins so
"""

import array
import json
import math
import random
import re
import subprocess
import sys
import tempfile
import wave
from pathlib import Path

HERE = Path(__file__).resolve().parent
RATE = 8000
PEAK = 0.6  # -4.4 dBFS: the loudest sample of a speaker over the whole call
NOISE_RMS = 0.0009  # -61 dBFS, a quiet line
TONE_PEAK = 0.2
MUSIC_PEAK = 0.4

# Every encoder with the file's ending. ffmpeg's bit-exact flags keep dates, versions and random serial numbers out of the files.
# The two sides must not be blended: joint stereo is off where an encoder would do it.
FORMATS = {
    "wav-pcm16": ("wav", ["-c:a", "pcm_s16le"]),
    "wav-alaw": ("wav", ["-c:a", "pcm_alaw"]),
    "wav-mulaw": ("wav", ["-c:a", "pcm_mulaw"]),
    "wav49-pair": ("wav", ["-c:a", "libgsm_ms"]),
    "mp3": ("mp3", ["-c:a", "libmp3lame", "-b:a", "40k", "-joint_stereo", "0"]),
    "ogg-vorbis": ("ogg", ["-c:a", "libvorbis", "-q:a", "4"]),
    "opus": ("opus", ["-c:a", "libopus", "-b:a", "40k"]),
    "flac": ("flac", ["-c:a", "flac", "-compression_level", "8"]),
    "m4a": ("m4a", ["-c:a", "aac", "-b:a", "40k", "-movflags", "+faststart"]),
}


def run(command, **kwargs):
    return subprocess.run(command, check=True, stdout=subprocess.PIPE, **kwargs).stdout


def speak(text, voice, speed):
    """One sentence as floats at 8 kHz through the telephone band, without the silence around it; not leveled yet."""
    with tempfile.NamedTemporaryFile(suffix=".wav") as spoken:
        run(["espeak-ng", "-v", voice, "-s", str(speed), "-w", spoken.name, text])
        # 3 dB below full scale first, so that the filters have head-room; -D: no dither, it is random.
        raw = run(["sox", "-D", spoken.name, "-t", "raw", "-e", "signed", "-b", "16", "-r", str(RATE), "-",
                   "gain", "-3", "sinc", "300-3400", "rate", "-h", str(RATE)])
    samples = array.array("h", raw)
    if sys.byteorder == "big":
        samples.byteswap()
    loudest = max(abs(s) for s in samples)
    heard = [i for i, s in enumerate(samples) if abs(s) > 0.02 * loudest]
    return [s / 32768 for s in samples[heard[0]:heard[-1] + 1]]


def sentences(text):
    """The sentences of a turn, each with its closing mark, which espeak-ng needs for the intonation."""
    return [s for s in re.findall(r"[^.!?]+[.!?]+", text) if re.search(r"\w", s)]


def mix(track, start, samples, gain=1.0):
    """Adds samples to the track from the sample number `start`, which must lie inside the track."""
    for i, s in enumerate(samples):
        track[start + i] += gain * s


def ringback(seconds):
    """The Russian ring-back tone: 425 Hz, one second of tone and four of silence."""
    out = [0.0] * int(seconds * RATE)
    for i in range(len(out)):
        t = i / RATE % 5
        if t < 1:
            fade = min(1, t / 0.005, (1 - t) / 0.005)
            out[i] = TONE_PEAK * fade * math.sin(2 * math.pi * 425 * i / RATE)
    return out


def hold_music(seconds):
    """A slow waltz of our own in A minor: bass, broken chords and a tune, struck notes with five harmonics each."""
    beat = 0.5
    chords = [(57, 60, 64), (50, 53, 57), (55, 59, 62), (48, 52, 55), (53, 57, 60), (50, 53, 57), (52, 56, 59), (57, 60, 64)]
    tune = [(76, 2), (74, 1), (77, 2), (74, 1), (74, 1), (71, 1), (67, 1), (72, 3),
            (69, 1), (72, 1), (77, 1), (76, 1), (74, 1), (69, 1), (71, 2), (68, 1), (69, 3)]
    notes = []  # start in seconds, length in seconds, MIDI number, loudness
    bar, at = 0, 0.0
    while at < seconds:
        low, middle, high = chords[bar % len(chords)]
        notes += [(at, 3 * beat, low - 12, 0.9), (at + beat, beat, middle, 0.4), (at + beat, beat, high, 0.4),
                  (at + 2 * beat, beat, middle, 0.4), (at + 2 * beat, beat, high, 0.4)]
        bar, at = bar + 1, at + 3 * beat
    at = 0.0
    while at < seconds:
        for pitch, beats in tune:
            notes.append((at, beats * beat, pitch, 0.8))
            at += beats * beat
    out = [0.0] * int(seconds * RATE)
    for start, length, pitch, loudness in notes:
        base = 440 * 2 ** ((pitch - 69) / 12)
        first, count = int(start * RATE), int((length + 0.15) * RATE)
        for harmonic in range(1, 6):
            step = 2 * math.pi * base * harmonic / RATE
            if step > math.pi * 0.85:  # 3400 Hz
                break
            strength = loudness / harmonic ** 1.3
            for i in range(min(count, len(out) - first)):
                t = i / RATE
                envelope = min(1, t / 0.02) * math.exp(-t * (1.2 + 0.6 * harmonic)) * min(1, (count - i) / 800)
                out[first + i] += strength * envelope * math.sin(step * i)
    loudest = max(map(abs, out))
    fade = RATE // 2
    return [MUSIC_PEAK / loudest * s * min(1, i / 800, (len(out) - i) / fade) for i, s in enumerate(out)]


def noise(chance, count):
    """A noise floor with a little less treble than white noise; twenty seconds of it, repeated."""
    loop, last = [], 0.0
    for _ in range(min(count, 20 * RATE)):
        last = 0.4 * last + chance.gauss(0, NOISE_RMS)
        loop.append(last)
    return [loop[i % len(loop)] for i in range(count)]


def perform(script):
    """The two tracks (manager, client) as floats, and the truth: who said what when, and what there was besides speech."""
    chance = random.Random(script["id"])
    spoken = {}
    for who in ("manager", "client"):
        texts = [s.strip() for t in script["turns"] if t["who"] == who for s in sentences(t["text"])]
        takes = {text: speak(text, script["voices"][who], script["speed"][who]) for text in dict.fromkeys(texts)}
        gain = PEAK / max(abs(s) for take in takes.values() for s in take)
        spoken[who] = {text: [gain * s for s in take] for text, take in takes.items()}

    placed, other, turns = [], [], []  # (track, first sample, samples); not-speech for the truth
    at = 0.4
    for before in script.get("before", []):
        tone = ringback(before["ringback_s"])
        placed.append(("client", int(at * RATE), tone))
        other.append({"kind": "ringback", "who": "client", "start_s": at, "end_s": round(at + len(tone) / RATE, 3)})
        at += len(tone) / RATE + 0.6  # from picking up to the first word
    for number, turn in enumerate(script["turns"]):
        if number:
            at += turn.get("pause_s", chance.uniform(0.45, 1.0))
        said = []
        for text in map(str.strip, sentences(turn["text"])):
            if said:
                at += chance.uniform(0.35, 0.55)
            samples = spoken[turn["who"]][text]
            first = int(at * RATE)
            # People do not speak every sentence equally loud.
            level = 10 ** (chance.uniform(-2.5, 0) / 20)
            placed.append((turn["who"], first, [level * s for s in samples]))
            at = (first + len(samples)) / RATE
            said.append({"text": text, "start_s": round(first / RATE, 3), "end_s": round(at, 3)})
        turns.append({"who": turn["who"], "text": turn["text"], "start_s": said[0]["start_s"], "end_s": said[-1]["end_s"],
                      "sentences": said})
        if "hold_after_s" in turn:
            # The exchange plays the music to the client, so it lies where the client's listening is recorded: with the manager.
            at += 1.0
            music = hold_music(turn["hold_after_s"])
            placed.append(("manager", int(at * RATE), music))
            other.append({"kind": "hold_music", "who": "manager", "start_s": round(at, 3), "end_s": round(at + len(music) / RATE, 3)})
            at += len(music) / RATE + 0.3
    count = int((at + 0.8) * RATE)
    tracks = {"manager": noise(chance, count), "client": noise(chance, count)}
    for who, first, samples in placed:
        mix(tracks[who], first, samples)
    if "crosstalk_db" in script:
        # What one hears leaks into what he says: 12 ms later, this much weaker.
        gain, delay = 10 ** (script["crosstalk_db"] / 20), int(0.012 * RATE)
        clean = {who: list(track) for who, track in tracks.items()}
        mix(tracks["manager"], delay, clean["client"][:count - delay], gain)
        mix(tracks["client"], delay, clean["manager"][:count - delay], gain)
    return tracks["manager"], tracks["client"], {"turns": turns, "not_speech": other}


def write_wav(path, *tracks, rate=RATE):
    """16-bit PCM with one channel per track."""
    frames = array.array("h", (max(-32768, min(32767, round(32767 * s))) for frame in zip(*tracks) for s in frame))
    if sys.byteorder == "big":
        frames.byteswap()
    with wave.open(str(path), "wb") as file:
        file.setnchannels(len(tracks))
        file.setsampwidth(2)
        file.setframerate(rate)
        file.writeframes(frames.tobytes())


def encode(source, target, options):
    run(["ffmpeg", "-hide_banner", "-loglevel", "error", "-nostdin", "-y", "-i", str(source), "-map_metadata", "-1",
         *options, "-fflags", "+bitexact", "-flags:a", "+bitexact", "-threads", "1", str(target)])


def make(script):
    manager, client, truth = perform(script)
    ending, options = FORMATS[script["format"]]
    with tempfile.TemporaryDirectory() as folder:
        plain = Path(folder) / "plain.wav"
        # Asterisk's names for a call in two files: `-in` came in from the outside line, `-out` went out to it.
        sides = {f"{script['id']}-in.{ending}": (client,), f"{script['id']}-out.{ending}": (manager,)} \
            if script["format"].endswith("-pair") else {f"{script['id']}.{ending}": (manager, client)}
        for name, tracks in sides.items():
            write_wav(plain, *tracks)
            encode(plain, HERE / name, options)
    truth = {"id": script["id"], "files": list(sides), "duration_s": round(len(manager) / RATE, 3), **truth}
    (HERE / "truth").mkdir(exist_ok=True)
    lines = json.dumps(truth, ensure_ascii=False, indent=1)
    (HERE / "truth" / f"{script['id']}.json").write_text(lines + "\n", encoding="utf-8")
    size = sum((HERE / name).stat().st_size for name in sides)
    print(f"{script['id']:28} {truth['duration_s']:6.1f} s  {size / 1024:7.0f} KiB  {script['format']}", flush=True)


def main():
    wanted = sys.argv[1:]
    for path in sorted((HERE / "scripts").glob("*.json")):
        script = json.loads(path.read_text(encoding="utf-8"))
        if not wanted or any(script["id"].startswith(prefix) for prefix in wanted):
            make(script)


if __name__ == "__main__":
    main()
