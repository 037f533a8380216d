"""What every peer is measured with: the calls, their words, CPU time, one line of result.

Each channel is recognized by itself, as a peer has no notion of two speakers. CPU time is that of the process and its children
while it recognizes: starting Python, loading the model, reading the WAV and making 16 kHz of it do not count (they do count for
`autograde`).
"""

import os
import pathlib
import re
import wave

import numpy

RATE_HZ = 16000


def plain(text):
    """Lower-case words without punctuation, with one letter for both kinds of e."""
    return re.findall(r"\w+", text.lower().replace("ё", "е"))


def distance(truth, said):
    """Words put in, left out or changed."""
    row = list(range(len(said) + 1))
    for i, wanted in enumerate(truth):
        diagonal, row[0] = row[0], i + 1
        for j, found in enumerate(said):
            changed = diagonal + (wanted != found)
            diagonal = row[j + 1]
            row[j + 1] = min(changed, diagonal + 1, row[j] + 1)
    return row[-1]


def channels(path):
    """Both channels at 16 kHz, by way of the spectrum: exact, and no part of what is measured."""
    with wave.open(str(path)) as reader:
        rate = reader.getframerate()
        both = numpy.frombuffer(reader.readframes(reader.getnframes()), "<i2").reshape(-1, 2).astype("f4") / 32768
    count = len(both) * RATE_HZ // rate
    for side in both.T:
        spectrum = numpy.fft.rfft(side)
        kept = numpy.zeros(count // 2 + 1, complex)
        common = min(len(kept), len(spectrum))
        kept[:common] = spectrum[:common]
        yield (numpy.fft.irfft(kept, count) * count / len(side)).astype("f4")


def cpu_s():
    times = os.times()
    return times.user + times.system + times.children_user + times.children_system


def measure(name, folder, recognize):
    """Prints one line. `recognize` takes samples and returns the text; BENCH_CALLS limits the calls, for slow peers."""
    audio_s = spent_s = errors = words = 0
    calls = sorted(pathlib.Path(folder).glob("call-*.wav"))
    for path in calls[: int(os.environ.get("BENCH_CALLS", len(calls)))]:
        for side, samples in zip(("left", "right"), channels(path)):
            audio_s += len(samples) / RATE_HZ / 2
            before = cpu_s()
            said = recognize(samples)
            spent_s += cpu_s() - before
            truth = plain(path.with_suffix(f".{side}.txt").read_text(encoding="utf-8"))
            errors += distance(truth, plain(said))
            words += len(truth)
    print(
        f"{name}: {audio_s:.0f} s of stereo calls, {spent_s:.1f} s CPU, {audio_s / spent_s:.1f} s per CPU second, "
        f"{errors} word errors in {words} ({100 * errors / words:.1f} %)",
        flush=True,
    )
