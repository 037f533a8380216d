#!/usr/bin/env python3
"""Fits the weights of the music gate (src/audio/music.rs) and prints them.

Synthesizes music of nine kinds and speech of espeak-ng's Russian voices, both also through GSM 06.10 and over a line that hisses, lets the
program compute its own figures of them (the test `figures_of_a_folder_are_written_down` in src/audio/fitting.rs), and fits a logistic regression
on four of them. No recording of anybody is used: on real music and real voices the gate is tested, not fitted.

Run it in the root of the repository; it takes about three minutes beside the build:

    python3 -m venv .venv && .venv/bin/pip install numpy
    .venv/bin/python scripts/music_gate.py

Wanted beside numpy: espeak-ng, ffmpeg with libgsm (both in Debian), cargo. `--keep FOLDER` leaves the sounds and `figures.tsv` there.
The weights in src/audio/music.rs are those that it printed last, with the versions that it prints as well; every run with these prints the same.
Other versions of espeak-ng give other voices and so other weights. Before new ones are taken, tests/it/audio_speech.rs and real recordings have to agree.
"""

import argparse
import csv
import os
import subprocess
import tempfile
import wave
from pathlib import Path

import numpy as np

ROOT = Path(__file__).resolve().parent.parent
RATE_HZ = 8000
CLIP_S = 40
# Bare drums are left out: nothing in them is held, and the gate cannot know them. With them the fit gave up much of the other music.
KINDS = ["chords", "pop", "pad", "melody", "solo", "arpeggio", "piano", "fast", "drums-and-melody", "chords", "pop", "solo", "drums-and-melody", "melody", "piano"]
VOICES = [f"ru+m{n}" for n in range(1, 8)] + [f"ru+f{n}" for n in range(1, 6)]
TEXT = """Здравствуйте, это мастерская «Синий кит», слушаю вас.
Да.
Угу. Понятно.
Минуту, посмотрю, есть ли такие полки на складе.
Есть две: дубовая и сосновая, обе по четыре тысячи.
Привезём послезавтра, с десяти до двух.
А этаж какой? Лифт работает?
Нет, подъём мы не считаем отдельно.
Хорошо, записала. Мастер позвонит утром и скажет точное время.
Всего доброго!"""


def midi_hz(note):
    return 440.0 * 2 ** ((note - 69) / 12)


def note(rng, hz, seconds, timbre, vibrato=0.0, attack_s=0.01, decay_s=0.4, sustain=0.4, release_s=0.05):
    """A note of harmonics with amplitudes `timbre`; `vibrato` is the depth of its phase, in radians."""
    count = int(seconds * RATE_HZ)
    t = np.arange(count) / RATE_HZ
    phase = 2 * np.pi * hz * t
    if vibrato:
        phase += vibrato * np.sin(2 * np.pi * rng.uniform(4.5, 6.5) * t + rng.uniform(0, 6))
    sound = np.zeros(count)
    for harmonic, amplitude in enumerate(timbre, 1):
        if hz * harmonic < 3700:
            sound += amplitude * np.sin(harmonic * phase + rng.uniform(0, 6))
    envelope = np.minimum(1, t / attack_s) * (sustain + (1 - sustain) * np.exp(-t / decay_s))
    tail = min(int(release_s * RATE_HZ), count)
    envelope[count - tail :] *= np.linspace(1, 0, tail)
    return sound * envelope


def put(sound, at_s, what):
    start = int(at_s * RATE_HZ)
    end = min(len(sound), start + len(what))
    sound[start:end] += what[: end - start]


def add_drums(rng, sound, beat_s, level):
    """Bass drum, snare and hi-hat in eighths."""
    t = np.arange(int(0.15 * RATE_HZ)) / RATE_HZ
    for eighth in range(int(len(sound) / RATE_HZ / (beat_s / 2))):
        at_s = eighth * beat_s / 2
        if eighth % 4 == 0:
            put(sound, at_s, level * 2 * np.sin(2 * np.pi * (60 + 80 * np.exp(-t * 30)) * t) * np.exp(-t * 20))
        if eighth % 4 == 2:
            put(sound, at_s, level * rng.normal(size=len(t)) * np.exp(-t * 25))
        put(sound, at_s, level * 0.4 * rng.normal(size=len(t)) * np.exp(-t * 80))


def music(kind, seed):
    """A clip of one kind in a random key, tempo and timbre."""
    rng = np.random.default_rng(seed)
    sound = np.zeros(CLIP_S * RATE_HZ)
    beat_s = 60 / rng.uniform(70, 140)
    root = int(rng.integers(50, 62))
    scale = [0, 2, 4, 5, 7, 9, 11] if rng.random() < 0.5 else [0, 2, 3, 5, 7, 8, 10]
    timbre = [1 / harmonic ** rng.uniform(0.8, 2) for harmonic in range(1, 11)]
    progression = [0, 3, 4, 0] if rng.random() < 0.5 else [0, 5, 3, 4]
    pitch = lambda degree: midi_hz(root + 12 * (degree // 7) + scale[degree % 7])
    if kind in ("chords", "pop", "pad"):
        seconds = beat_s * (2 if kind == "pop" else 4)
        for bar in range(int(CLIP_S / seconds) + 1):
            for third in (0, 2, 4):
                chord_note = note(rng, pitch(progression[bar % 4] + third), seconds, timbre, attack_s=0.3 if kind == "pad" else 0.01, decay_s=2.0, sustain=0.6, release_s=0.1)
                put(sound, bar * seconds, chord_note)
    if kind in ("melody", "pop", "solo", "arpeggio", "piano", "fast"):
        lengths = {"arpeggio": [0.25], "fast": [0.25, 0.25, 0.5], "solo": [1, 2, 0.5, 1.5]}.get(kind, [0.5, 1, 0.5, 1.5])
        at_s, degree = 0.0, 0
        while at_s < CLIP_S:
            seconds = beat_s * rng.choice(lengths)
            degree = int(degree + rng.integers(-3, 4)) % 14
            if rng.random() < 0.9:
                how = {"vibrato": rng.uniform(0.5, 2.5), "attack_s": 0.06, "decay_s": 3.0, "sustain": 0.8} if kind == "solo" else {"attack_s": 0.008, "decay_s": rng.uniform(0.2, 0.8), "sustain": 0.15}
                put(sound, at_s, note(rng, 2 * pitch(degree), 0.98 * seconds, timbre, **how))
            at_s += seconds
    if kind in ("piano", "drums-and-melody"):
        for beat in range(int(CLIP_S / beat_s / 2) + 1):
            put(sound, 2 * beat * beat_s, 0.7 * note(rng, pitch(int(rng.integers(0, 7))) / 2, 2 * beat_s, timbre, decay_s=0.8, sustain=0.1))
    if kind in ("pop", "drums-and-melody", "fast"):
        add_drums(rng, sound, beat_s, 0.5)
    if kind == "drums-and-melody":
        for half in range(int(CLIP_S / beat_s * 2) + 1):
            put(sound, half * beat_s / 2, note(rng, pitch(int(rng.integers(0, 7))), beat_s / 2, timbre))
    return sound


def write(path, sound, peak):
    sound = sound / np.max(np.abs(sound)) * peak
    with wave.open(str(path), "wb") as file:
        file.setnchannels(1)
        file.setsampwidth(2)
        file.setframerate(RATE_HZ)
        file.writeframes((sound * 32767).astype("<i2").tobytes())


def read(path):
    with wave.open(str(path), "rb") as file:
        return np.frombuffer(file.readframes(file.getnframes()), "<i2") / 32768


def ffmpeg(source, target, *options):
    subprocess.run(["ffmpeg", "-nostdin", "-loglevel", "error", "-y", "-i", str(source), *options, str(target)], check=True)


def speak(rng, folder, voice, speed):
    """The text, sentence by sentence with the pauses of somebody who listens now and then; at the higher speed in the telephone's band."""
    plain, narrow = folder / "plain.wav", folder / "narrow.wav"
    pieces = []
    for sentence in TEXT.split("\n"):
        subprocess.run(["espeak-ng", "-v", voice, "-s", str(speed), "-w", str(plain), sentence], check=True)
        ffmpeg(plain, narrow, "-af", "aresample=8000,highpass=f=300,lowpass=f=3400" if speed == 165 else "aresample=8000")
        pieces += [read(narrow), np.zeros(int(rng.uniform(0.2, 2) * RATE_HZ))]
    plain.unlink()
    narrow.unlink()
    return np.concatenate(pieces)


def over_a_line(rng, sound):
    """The sound over a line whose hiss is 12 to 25 dB under it."""
    power = lambda of: np.sqrt(np.mean(of**2))
    hiss = rng.normal(size=len(sound))
    return sound + hiss / power(hiss) * power(sound) * 10 ** (-rng.uniform(12, 25) / 20)


def synthesize(folder):
    for index, kind in enumerate(KINDS):
        path = folder / f"music-{index:02}-{kind}.wav"
        write(path, music(kind, 100 + index), [0.1, 0.3, 0.6][index % 3])
        ffmpeg(path, path.with_suffix(".gsm"), "-c:a", "libgsm")
        write(path.with_name(path.stem + "-line.wav"), over_a_line(np.random.default_rng(200 + index), read(path)), 0.5)
    rng = np.random.default_rng(1)
    for index, voice in enumerate(VOICES):
        for speed in (130 + 5 * (index % 4), 165):
            path = folder / f"speech-{index:02}-{voice[3:]}-{speed}.wav"
            write(path, speak(rng, folder, voice, speed), [0.1, 0.3, 0.6][index % 3])
            ffmpeg(path, path.with_suffix(".gsm"), "-c:a", "libgsm")
            write(path.with_name(path.stem + "-line.wav"), over_a_line(rng, read(path)), 0.5)


def fit(music_rows, speech_rows):
    """Logistic regression by Newton's method, both classes weighing the same; a trace of ridge keeps it finite."""
    rows = np.concatenate([speech_rows, music_rows])
    is_speech = np.r_[np.ones(len(speech_rows)), np.zeros(len(music_rows))]
    weight = np.r_[np.full(len(speech_rows), 0.5 / len(speech_rows)), np.full(len(music_rows), 0.5 / len(music_rows))]
    mean, deviation = rows.mean(0), rows.std(0)
    design = np.c_[(rows - mean) / deviation, np.ones(len(rows))]
    ridge = 1e-3 * np.r_[np.ones(rows.shape[1]), 0]
    found = np.zeros(design.shape[1])
    for _ in range(50):
        probability = 1 / (1 + np.exp(-design @ found))
        gradient = design.T @ (weight * (probability - is_speech)) + ridge * found
        hessian = (design.T * (weight * probability * (1 - probability))) @ design + np.diag(ridge + 1e-9)
        found -= np.linalg.solve(hessian, gradient)
    weights = found[:-1] / deviation
    return found[-1] - weights @ mean, weights


def area_under_curve(above, below):
    rank = np.argsort(np.argsort(np.r_[above, below], kind="stable"), kind="stable")
    return (rank[: len(above)].sum() - len(above) * (len(above) - 1) / 2) / len(above) / len(below)


def main():
    options = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    options.add_argument("--keep", type=Path, help="an empty folder for the sounds and their figures")
    keep = options.parse_args().keep
    with tempfile.TemporaryDirectory() as temporary:
        folder = keep or Path(temporary)
        folder.mkdir(parents=True, exist_ok=True)
        synthesize(folder)
        test = ["cargo", "test", "--locked", "--lib", "figures_of_a_folder"]
        subprocess.run(test, cwd=ROOT, check=True, stdout=subprocess.DEVNULL, env={**os.environ, "AUTOGRADE_MUSIC_SOUNDS": str(folder.resolve())})
        with (folder / "figures.tsv").open(newline="") as file:
            found = list(csv.DictReader(file, delimiter="\t"))
    columns = ["held_root", "holding", "recurring_root", "change_db"]
    rows = lambda what: np.array([[float(row[column]) for column in columns] for row in found if row["file"].startswith(what)])
    music_rows, speech_rows = rows("music"), rows("speech")
    bias, weights = fit(music_rows, speech_rows)
    score = lambda of: bias + of @ weights
    for program in (["espeak-ng", "--version"], ["ffmpeg", "-version"]):
        print(subprocess.run(program, check=True, capture_output=True, text=True).stdout.splitlines()[0])
    print(f"{len(music_rows)} steps of music, {len(speech_rows)} of speech; area under the curve {area_under_curve(score(speech_rows), score(music_rows)):.4f}")
    for name, value in zip(["BIAS", "HELD_WEIGHT", "HOLDING_WEIGHT", "RECURRING_WEIGHT", "CHANGE_WEIGHT"], [bias, *weights]):
        print(f"{name:16} {value:7.2f}")


if __name__ == "__main__":
    main()
