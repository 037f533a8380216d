"""The newest whisper.cpp that the registry offers, on the calls and with the weights of `cargo bench --bench recognition`.

Each channel is recognized by itself, as a peer has no notion of two speakers; one thread; greedy, otherwise its defaults.
CPU time is that of this process, without starting Python and without loading the model.

    whisper_cpp.py DIR MODEL
"""

import importlib.metadata
import pathlib
import re
import sys
import time
import wave

import numpy
from pywhispercpp.model import Model


def plain(text):
    return re.findall(r"\w+", text.lower().replace("ё", "е"))


def distance(truth, said):
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
    count = len(both) * 16000 // rate
    for side in both.T:
        spectrum = numpy.fft.rfft(side)
        kept = numpy.zeros(count // 2 + 1, complex)
        common = min(len(kept), len(spectrum))
        kept[:common] = spectrum[:common]
        yield (numpy.fft.irfft(kept, count) * count / len(side)).astype("f4")


def main():
    where, weights = pathlib.Path(sys.argv[1]), sys.argv[2]
    model = Model(weights, n_threads=1, language="ru", print_progress=False, print_realtime=False, redirect_whispercpp_logs_to=None)
    audio_s = cpu_s = errors = words = 0
    for path in sorted(where.glob("call-*.wav")):
        for side, samples in zip(("left", "right"), channels(path)):
            audio_s += len(samples) / 16000 / 2
            started = time.process_time()
            said = " ".join(segment.text for segment in model.transcribe(samples))
            cpu_s += time.process_time() - started
            truth = plain(path.with_suffix(f".{side}.txt").read_text(encoding="utf-8"))
            errors += distance(truth, plain(said))
            words += len(truth)
    version = importlib.metadata.version("pywhispercpp")
    print(
        f"whisper.cpp by pywhispercpp {version}, 1 thread, its defaults: {audio_s:.0f} s of stereo calls, {cpu_s:.1f} s CPU, "
        f"{audio_s / cpu_s:.1f} s per CPU second, {errors} word errors in {words} ({100 * errors / words:.1f} %)"
    )


main()
