"""whisper.cpp by the package inferna, which brings a newer one, built for any processor with AVX2, with tinyBLAS: greedy, one thread.

    inferna_peer.py CALLS MODEL [VAD]

VAD as in pywhispercpp_peer.py. The package wants Python 3.12 or newer.
"""

import importlib.metadata
import sys

from inferna import whisper
from measured import measure


def main():
    calls, weights, *vad = sys.argv[1:]
    whisper.disable_logging()
    context = whisper.WhisperContext(weights, whisper.WhisperContextParams())
    options = whisper.WhisperFullParams()
    options.n_threads, options.language = 1, "ru"
    options.print_progress = options.print_realtime = options.print_timestamps = False
    if vad:
        options.vad, options.vad_model_path, options.temperature_inc = True, vad[0], 0.0

    def recognize(samples):
        context.full(samples, options)
        return " ".join(context.full_get_segment_text(segment) for segment in range(context.full_n_segments()))

    how = "greedy without its ladder of temperatures, with its VAD" if vad else "its defaults"
    name = f"whisper.cpp {whisper.version()} (inferna {importlib.metadata.version('inferna')}, portable build), 1 thread, {how}"
    measure(name, calls, recognize)


main()
