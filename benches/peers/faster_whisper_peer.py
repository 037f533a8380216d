"""faster-whisper on CTranslate2, int8, one thread, with the model that ct2_from_ggml.py has made.

    faster_whisper_peer.py CALLS FOLDER [vad] [greedy]

Its defaults are a beam of five, no VAD; `vad` leaves out what is not speech by the Silero model that the package brings, `greedy`
takes a beam of one and no ladder of temperatures. No token is forbidden (`suppress_tokens`), as its list is made for the official vocabulary.
"""

import importlib.metadata
import sys

import ctranslate2
from faster_whisper import WhisperModel
from measured import measure


class Multilingual:
    """CTranslate2 4.8 takes our vocabulary for an English one, and faster-whisper would then leave out the token for Russian."""

    is_multilingual = True

    def __init__(self, model):
        self.model = model

    def __getattr__(self, name):
        return getattr(self.model, name)


def main():
    calls, folder, *how = sys.argv[1:]
    model = WhisperModel(folder, device="cpu", compute_type="int8", cpu_threads=1, num_workers=1)
    model.model = Multilingual(model.model)
    options = {"language": "ru", "suppress_tokens": [], "vad_filter": "vad" in how}
    if "greedy" in how:
        options["beam_size"], options["temperature"] = 1, 0.0

    def recognize(samples):
        segments, _ = model.transcribe(samples, **options)
        return " ".join(segment.text for segment in segments)

    what = ("greedy without its ladder of temperatures" if "greedy" in how else "its defaults (a beam of 5)") + (" with its VAD" if "vad" in how else "")
    version = importlib.metadata.version("faster-whisper")
    measure(f"faster-whisper {version} (CTranslate2 {ctranslate2.__version__}), int8, 1 thread, {what}", calls, recognize)


main()
