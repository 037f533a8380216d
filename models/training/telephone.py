"""A call's line, simulated afresh for every training window: band, noise, level, the other side, codec, joints, no speech at all.

Everything works on float32 at 8 kHz in [-1, 1]. GSM 06.10 is no part of this: speak.py keeps a coded twin of each shard,
and a window that is to be GSM is cut from the twins.
"""

import numpy as np
from scipy.signal import butter, sosfilt

RATE = 8000


def _companding_table(kind):
    """int16 -> float32 through 8 bits of mu-law or A-law."""
    x = np.arange(-32768, 32768) / 32768
    magnitude, sign = np.abs(x), np.sign(x)
    if kind == "mu":
        code = np.round(np.log1p(255 * magnitude) / np.log(256) * 127) / 127
        back = np.expm1(code * np.log(256)) / 255
    else:
        a, scale = 87.6, 1 + np.log(87.6)
        code = np.where(magnitude < 1 / a, a * magnitude, 1 + np.log(np.maximum(a * magnitude, 1))) / scale
        code = (np.floor(code * 127.999) + 0.5) / 128
        back = np.where(code < 1 / scale, code * scale / a, np.exp(code * scale - 1) / a)
    return (sign * back).astype(np.float32)


class Line:
    """Draws lines; built once per process, since the noises are made ahead."""

    def __init__(self, seed):
        r = np.random.default_rng(seed)
        self.tables = {kind: _companding_table(kind) for kind in ("mu", "a")}
        self.bands = [butter(4, [low, high], "bandpass", fs=RATE, output="sos").astype(np.float32)
                      for low, high in zip(r.uniform(180, 340, 16), r.uniform(3150, 3800, 16))]
        self.noises = [self._noise(r, slope) for slope in (0, 0, 0.5, 1.0, 1.5)]
        self.music = [self._music(r) for _ in range(6)]

    @staticmethod
    def _noise(r, slope, seconds=120):
        """Noise whose amplitude falls with frequency to the power of `slope`, at an effective value of 1."""
        spectrum = np.fft.rfft(r.standard_normal(seconds * RATE))
        frequency = np.maximum(np.fft.rfftfreq(seconds * RATE, 1 / RATE), 60)
        noise = np.fft.irfft(spectrum * frequency ** -slope)
        return (noise / noise.std()).astype(np.float32)

    @staticmethod
    def _music(r, seconds=60):
        """Chords, a bass and a tune of decaying partials: hold music enough to say nothing to."""
        out = np.zeros(seconds * RATE + 8 * RATE, np.float32)
        beat, root = r.uniform(0.25, 0.7), r.uniform(110, 220)
        scale = np.array([0, 2, 4, 5, 7, 9, 11, 12]) if r.random() < 0.5 else np.array([0, 2, 3, 5, 7, 8, 10, 12])
        harmonics, decay, t = r.integers(1, 7), r.uniform(1, 6), np.arange(4 * RATE) / RATE
        for k in range(int(seconds / beat)):
            notes = [r.choice(scale) + 12] if r.random() < 0.75 else []
            if k % 4 == 0:
                base = r.choice(scale[:6])
                notes += [base, base + 4, base + 7, base - 12]
            at = int(k * beat * RATE)
            for note in notes:
                f = root * 2 ** (note / 12)
                tone = sum(np.sin(2 * np.pi * f * h * t + r.uniform(0, 6)) / h ** 1.3 for h in range(1, harmonics + 1) if f * h < 3800)
                out[at: at + len(t)] += (tone * np.exp(-t * decay) * np.minimum(1, t * 80) * r.uniform(0.3, 1)).astype(np.float32)
        out = out[: seconds * RATE]
        return out / (out.std() + 1e-6)

    def _piece(self, r, long, count):
        start = r.integers(0, len(long) - count) if count < len(long) else 0
        return np.resize(long[start: start + count], count)

    def transmit(self, r, speech, keep, gsm, other=None):
        """`speech` as the recorder at the far end has it.

        keep: bool per sample, False where a packed window has digital silence; other: the other side, to be heard faintly.
        """
        count = len(speech)
        if other is not None:
            speech = speech + other * np.float32(10 ** r.uniform(-2.3, -1.2))
        if r.random() < 0.7:
            speech = sosfilt(self.bands[r.integers(len(self.bands))], speech).astype(np.float32)
        level = np.float32(10 ** r.uniform(-0.95, -0.03))
        speech = speech * (level / (np.abs(speech).max() + np.float32(1e-6)))
        if r.random() < 0.85:
            loud = speech[np.abs(speech) > 0.05 * level]
            power = loud.std() if len(loud) > 100 else 0.1 * level
            noise = self._piece(r, self.noises[r.integers(len(self.noises))], count)
            speech = speech + noise * np.float32(power * 10 ** (-r.uniform(12, 50) / 20))
        speech = np.where(keep, speech, np.float32(0))
        return speech if gsm else self._coded(r, speech)

    def _coded(self, r, audio):
        dice = r.random()
        if dice < 0.2:
            return audio
        table = self.tables["mu" if dice < 0.6 else "a"]
        return table[(np.clip(audio, -1, 1) * 32767).astype(np.int32) + 32768]

    def no_speech(self, r, count):
        """Silence, noise, tones or music."""
        dice, level = r.random(), np.float32(10 ** r.uniform(-3.2, -0.6))
        if dice < 0.1:
            return np.zeros(count, np.float32)
        if dice < 0.45:
            audio = self._piece(r, self.noises[r.integers(len(self.noises))], count) * level
            if r.random() < 0.3:
                clicks = r.integers(0, count, r.integers(1, 12))
                audio[clicks] += r.uniform(-0.7, 0.7, len(clicks)).astype(np.float32)
        elif dice < 0.8:
            audio = self._piece(r, self.music[r.integers(len(self.music))], count) * np.float32(10 ** r.uniform(-2, -0.7))
        else:
            t = np.arange(count) / RATE
            on, off = r.choice([1.0, 0.4, 0.2]), r.choice([4.0, 0.4, 0.2, 2.0])
            tones = r.choice([425.0, 440.0, 480.0, 697.0, 770.0, 852.0, 1209.0, 1336.0, 1477.0], r.integers(1, 3), replace=False)
            gate = ((t + r.uniform(0, 5)) % (on + off)) < on
            audio = (sum(np.sin(2 * np.pi * f * t) for f in tones) * gate * 10 ** r.uniform(-1.6, -0.4)).astype(np.float32)
            audio += self._piece(r, self.noises[0], count) * np.float32(10 ** r.uniform(-4.5, -2.5))
        return self._coded(r, np.clip(audio, -1, 1))
