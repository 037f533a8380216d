"""Training windows: utterances of one voice packed the way the program packs them, as log-mel, tokens and letters.

The program cuts a channel into windows of at most 26 s of speech with joints of digital silence, cuts the encoder's context
to the window in steps of 256 positions (20 ms each), and falls back to the full 1500. So windows of those lengths are what
the second half of training sees; short ones come first because letters are learned there soonest.
"""

import pathlib
import random

import numpy as np
import torch
from tokenizers import Tokenizer, decoders, models, pre_tokenizers, trainers

import features
from model import LETTERS, Ids
from telephone import RATE, Line
from texts import WORDS_TO_KEEP_APART, held_out_sentences, sample_vocabulary

LETTER_IDS = {letter: k + 1 for k, letter in enumerate(LETTERS)}
MAX_TOKENS = 215
FESTIVAL_SHARE, PROMPT_SHARE = 0.09, 0.06


def train_tokenizer(sentences, size):
    """Byte-level BPE; a word carries its leading space, as in Whisper."""
    tokenizer = Tokenizer(models.BPE())
    tokenizer.pre_tokenizer = pre_tokenizers.ByteLevel(add_prefix_space=True)
    tokenizer.decoder = decoders.ByteLevel()
    tokenizer.train_from_iterator(sentences, trainers.BpeTrainer(vocab_size=size, initial_alphabet=pre_tokenizers.ByteLevel.alphabet(), show_progress=False))
    return tokenizer


class Shards:
    """All shards of a folder; new ones are picked up by `refresh`."""

    def __init__(self, folder, tokenizer):
        self.folder, self.tokenizer, self.seen = pathlib.Path(folder), tokenizer, set()
        self.utterances = {}
        self.refresh()

    def refresh(self):
        # A shard may be older than samples/ or the held-out set: what they say is left out here as well.
        kept_apart = sample_vocabulary()[0] | held_out_sentences()
        for path in sorted(self.folder.glob("*.npz")):
            if path.name in self.seen:
                continue
            self.seen.add(path.name)
            shard = np.load(path)
            audio, gsm, ends, texts = shard["audio"], shard["gsm"], shard["ends"], [str(t) for t in shard["texts"]]
            starts = np.concatenate([[0], ends[:-1]])
            for k, (voice, encoding) in enumerate(zip(shard["voices"], self.tokenizer.encode_batch(texts))):
                if texts[k] in kept_apart and len(texts[k].split()) >= WORDS_TO_KEEP_APART:
                    continue
                middles = [(a + b) / 2 / len(texts[k]) for a, b in encoding.offsets]
                self.utterances.setdefault(str(voice), []).append((audio, gsm, int(starts[k]), int(ends[k]), texts[k], encoding.ids, middles))
        self.voices = [voice for voice in self.utterances if voice not in ("festival", "prompt")]
        self.counts = [len(self.utterances[voice]) for voice in self.voices]

    def voice(self, r):
        dice = r.random()
        if dice < PROMPT_SHARE and "prompt" in self.utterances:
            return "prompt"
        if dice < PROMPT_SHARE + FESTIVAL_SHARE and "festival" in self.utterances:
            return "festival"
        return r.choices(self.voices, self.counts)[0]


def context_for(seconds):
    """The program's encoder context for a window, in positions of 20 ms."""
    if seconds > 20:
        return 1500
    return min(1500, max(512, -(-int(seconds * 50 + 128) // 256) * 256))


class Windows(torch.utils.data.IterableDataset):
    """Endless batches of about `budget` seconds of audio. `stage` is a shared tensor: 0 short, 1 middle, 2 as in production."""

    def __init__(self, shards, budget, stage, seed):
        self.shards, self.budget, self.stage, self.seed = shards, budget, stage, seed
        self.ids = Ids(shards.tokenizer.get_vocab_size())

    def __iter__(self):
        torch.set_num_threads(1)
        worker = torch.utils.data.get_worker_info()
        seed = self.seed * 1000 + (worker.id if worker else 0)
        self.r, self.n, self.line = random.Random(seed), np.random.default_rng(seed), Line(seed)
        batches = 0
        while True:
            if batches % 200 == 199:
                self.shards.refresh()
            batches += 1
            yield self.batch()

    def batch(self):
        stage, r = int(self.stage), self.r
        if stage == 0:
            seconds = r.choice([2.5, 3, 3.5, 4, 5, 6])
            lengths = [seconds] * max(4, int(self.budget / seconds))
            frames = int(seconds * 100)
        elif stage == 1:
            seconds = r.choice([3, 3, 4, 4, 5, 6, 8, 10])
            lengths = [seconds * r.uniform(0.7, 1) for _ in range(max(3, int(self.budget / seconds)))]
            frames = int(seconds * 100)
        else:
            context = r.choices([300, 512, 768, 1024, 1280, 1500], [3, 4, 3, 2, 1, 3])[0]
            low, high = {300: (1, 5.5), 512: (1.5, 7.68), 768: (7.68, 12.8), 1024: (12.8, 17.92), 1280: (17.92, 20), 1500: (17, 27)}[context]
            lengths = [r.uniform(1.5, low) if r.random() < 0.08 else r.uniform(low, high) for _ in range(max(3, round(self.budget / context * 50)))]
            frames = context * 2
        made = [self.window(length, frames) for length in lengths]
        tokens = np.full((len(made), max(len(m[1]) for m in made)), self.ids.eot, np.int64)
        wanted = np.full((len(made), tokens.shape[1]), -1, np.int64)
        letters = np.zeros((len(made), max(1, max(len(m[3]) for m in made))), np.int64)
        times = np.full(tokens.shape, -1, np.float32)
        for k, (_, given, targets, ctc, when) in enumerate(made):
            tokens[k, : len(given)], wanted[k, : len(targets)], letters[k, : len(ctc)], times[k, : len(when)] = given, targets, ctc, when
        mel = np.stack([m[0] for m in made])
        self.mask(mel)
        # Places in the flattened batch where something is wanted, and where it is known when that is said: found here,
        # since finding them on a GPU would make the program wait for it.
        asked, timed = np.flatnonzero(wanted >= 0), np.flatnonzero(times >= 0)
        arrays = (mel, tokens, wanted, letters, np.array([len(m[3]) for m in made]), times, asked, timed)
        return tuple(torch.from_numpy(array) for array in arrays)

    def mask(self, mel):
        """SpecAugment, lightly: the telephone is hard enough."""
        for window in mel:
            fill = window.mean()
            for _ in range(2):
                low, at = self.r.randrange(60), self.r.randrange(len(window))
                window[:, low: low + self.r.randrange(10)] = fill
                window[at: at + self.r.randrange(16)] = fill

    def window(self, seconds, frames):
        """(mel, tokens given, tokens wanted one step on, letters, encoder position at which each wanted token is said)"""
        r, ids = self.r, self.ids
        count = frames * 80
        leak = 10 ** r.uniform(-7.5, -4.5) if r.random() < 0.3 else None
        if r.random() < 0.035:
            heard = count if r.random() < 0.6 else int(seconds * RATE)
            mel = features.log_mel_8k(self.line.no_speech(self.n, heard), frames, leak)
            # whisper.cpp reads the no-speech probability behind the prompt, then forces a timestamp: after it, nothing.
            return mel, [ids.sot, ids.ru, ids.transcribe, ids.timestamp + r.randrange(50)], [-1, -1, ids.nospeech, ids.eot], [], []
        gsm = r.random() < 0.25
        speech, spans, tokens, letters, times = self.packed(seconds, gsm)
        keep = np.ones(len(speech), bool)
        if r.random() < 0.6:
            # Joints as the program packs them: a little of the line around each utterance, digital silence between.
            keep[:] = False
            for start, end in spans:
                keep[max(0, start - int(r.uniform(0.03, 0.25) * RATE)): end + int(r.uniform(0.03, 0.25) * RATE)] = True
        other = None
        if r.random() < 0.2:
            other = np.zeros(len(speech), np.float32)
            audio, _, start, end, *_ = r.choice(self.shards.utterances[r.choice(self.shards.voices)])
            at, length = r.randrange(len(other)), end - start
            piece = audio[start:end][: len(other) - at].astype(np.float32) / 32768
            other[at: at + len(piece)] = piece
        mel = features.log_mel_8k(self.line.transmit(self.n, speech, keep, gsm, other), frames, leak)
        head = [ids.sot, ids.ru, ids.transcribe]
        if r.random() < 0.04:
            text = [(token, time) for token, time in zip(tokens, times) if token < ids.texts]
            head, tokens, times = head + [ids.notimestamps], [token for token, _ in text], [time for _, time in text]
        given = head + tokens
        wanted = [-1] * (len(head) - 1) + tokens + [ids.eot]
        return mel, given, wanted, letters, [-1] * (len(head) - 1) + times + [spans[-1][1] / RATE * 50]

    def packed(self, seconds, gsm):
        """Utterances of one voice up to about `seconds`: audio, spans in samples, tokens with timestamps, letters, times."""
        r, ids, count = self.r, self.ids, int(seconds * RATE)
        speech, spans, tokens, letters, times = np.zeros(count, np.float32), [], [], [], []
        choices = self.shards.utterances[self.shards.voice(r)]
        position, spoken = int(r.choice([0.0, r.uniform(0, 0.3), r.uniform(0, 0.9)]) * RATE), 0
        many = r.random() > 0.12
        loudness = 1.0
        for _ in range(60):
            audio, twin, start, end, text, text_tokens, middles = r.choice(choices)
            length = end - start
            if position + length > count or spoken + len(text_tokens) > MAX_TOKENS - 3 * len(spans):
                if spans and r.random() < 0.4:
                    break
                position = position if spans else 0
                continue
            if r.random() < 0.3:
                loudness = r.uniform(0.35, 1.0)
            speech[position: position + length] = (twin if gsm else audio)[start:end].astype(np.float32) * np.float32(loudness / 32768)
            spans.append((position, position + length))
            begin, finish = round(position / RATE * 50), round((position + length) / RATE * 50)
            tokens += [ids.timestamp + min(begin, 1500), *text_tokens, ids.timestamp + min(finish, 1500)]
            times += [begin, *(begin + middle * (finish - begin) for middle in middles), finish]
            letters += [LETTER_IDS[c] for c in (" " if letters else "") + text]
            spoken += len(text_tokens)
            gap = r.choices([r.uniform(0.06, 0.2), r.uniform(0.2, 0.6), r.uniform(0.6, 1.6)], [4, 5, 1])[0]
            position += length + int(gap * RATE)
            if not many:
                break
        if not spans:
            # Nothing fits into a window as short as this one: the shortest of some utterances, cut to the window.
            audio, twin, start, end, text, text_tokens, middles = min((r.choice(choices) for _ in range(30)), key=lambda u: u[3] - u[2])
            length = min(end - start, count)
            speech[:length] = audio[start: start + length].astype(np.float32) / 32768
            spans, tokens = [(0, length)], [ids.timestamp, *text_tokens, ids.timestamp + round(length / RATE * 50)]
            letters = [LETTER_IDS[c] for c in text]
            times = [0, *(middle * length / RATE * 50 for middle in middles), length / RATE * 50]
        return speech, spans, tokens, letters, times
