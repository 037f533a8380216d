"""whisper.cpp's log-mel spectrogram, once as it is defined (16 kHz) and once straight from 8 kHz.

Both give the same numbers for telephone speech: a Hann window of 400 at 16 kHz, taken at every second sample, is a Hann window
of 200 at 8 kHz, and the bins up to 4 kHz have the same spacing. Above 4 kHz there is nothing but what the resampler lets
through, which `leak` imitates. The 8 kHz way costs a quarter, and that time goes into training.
"""

import numpy as np
from scipy import fft

MELS, FLOOR = 80, 1e-10


def _hertz(mel):
    """Slaney's mel scale: linear to 1 kHz, then logarithmic."""
    return np.where(mel < 15, mel * 200 / 3, 1000 * np.exp((mel - 15) * np.log(6.4) / 27))


def mel_filters(bins=201, rate=16000):
    """The 80 triangular filters of unit area that Whisper files carry, shape (80, bins)."""
    top = 15 + 27 * np.log(rate / 2 / 1000) / np.log(6.4)
    edges = _hertz(np.linspace(0, top, MELS + 2))
    frequency = np.linspace(0, rate / 2, bins)
    rise = (frequency[None] - edges[:-2, None]) / (edges[1:-1] - edges[:-2])[:, None]
    fall = (edges[2:, None] - frequency[None]) / (edges[2:] - edges[1:-1])[:, None]
    return (np.maximum(0, np.minimum(rise, fall)) * (2 / (edges[2:] - edges[:-2]))[:, None]).astype(np.float32)


FILTERS = mel_filters()


def _power(audio, size, hop, frames):
    window = np.hanning(size + 1)[:-1].astype(np.float32)
    padded = np.concatenate([audio[size // 2: 0: -1], audio, np.zeros(size, np.float32)])
    count = min(frames, (len(padded) - size) // hop + 1)
    step = padded.strides[0]
    view = np.lib.stride_tricks.as_strided(padded, (count, size), (step * hop, step))
    spectrum = fft.rfft(view * window, axis=1)
    return spectrum.real ** 2 + spectrum.imag ** 2


def _scaled(mel, frames):
    """log10, the clamp at 8 decades below the loudest, (x + 4) / 4; silence behind the end."""
    log = np.full((frames, MELS), np.log10(FLOOR), np.float32)
    log[: len(mel)] = np.log10(np.maximum(mel, FLOOR))
    return (np.maximum(log, log.max() - 8) + 4) / 4


def log_mel_16k(audio, frames=3000):
    """(frames, 80) of float32 audio at 16 kHz."""
    return _scaled(_power(audio.astype(np.float32), 400, 160, frames) @ FILTERS.T, frames)


def log_mel_8k(audio, frames=3000, leak=None):
    """(frames, 80) of float32 audio at 8 kHz; `leak`: the share of power that an imperfect resampler mirrors above 4 kHz."""
    power = 4 * _power(audio.astype(np.float32), 200, 80, frames)
    mel = power @ FILTERS[:, :101].T
    if leak is not None:
        mel += (power[:, 99::-1] * np.float32(leak)) @ FILTERS[:, 101:].T
    return _scaled(mel, frames)
