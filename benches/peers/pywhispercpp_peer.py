"""whisper.cpp by the package pywhispercpp, which builds it natively from its sources: greedy, one thread.

    pywhispercpp_peer.py CALLS MODEL [VAD]

Without VAD (a Silero file in whisper.cpp's format; the package's sources bring one) it is run with its defaults, greedy
with a ladder of temperatures for what it doubts; with VAD it leaves out what is not speech, and the ladder too.
"""

import ctypes
import importlib.metadata
import importlib.util
import pathlib
import sys

from measured import measure
from pywhispercpp.model import Model


def engine_version():
    """The package does not say it, the library that it loads does."""
    libraries = pathlib.Path(importlib.util.find_spec("_pywhispercpp").origin).parent.glob("libwhisper*.so*")
    for library in libraries:
        version = ctypes.CDLL(str(library)).whisper_version
        version.restype = ctypes.c_char_p
        return version().decode()
    return "?"


def main():
    calls, weights, *vad = sys.argv[1:]
    options = {"vad": True, "vad_model_path": vad[0], "temperature_inc": 0.0} if vad else {}
    model = Model(
        weights,
        n_threads=1,
        language="ru",
        print_progress=False,
        print_realtime=False,
        print_timestamps=False,
        redirect_whispercpp_logs_to=None,
        **options,
    )
    how = "greedy without its ladder of temperatures, with its VAD" if vad else "its defaults"
    name = f"whisper.cpp {engine_version()} (pywhispercpp {importlib.metadata.version('pywhispercpp')}, native build), 1 thread, {how}"
    measure(name, calls, lambda samples: " ".join(segment.text for segment in model.transcribe(samples)))


main()
