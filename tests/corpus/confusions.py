#!/usr/bin/env python3
"""What the demo model mishears, counted: writes confusions.tsv, which tests/it/corrupt.rs mangles transcripts by.

    tests/corpus/confusions.py PROGRAM      PROGRAM is a built `autograde`, for example target/release/autograde

Two sources. The recordings in samples/, whose words are in samples/scripts. And calls spoken for this: the held-out sentences of the
demo model (models/training) and the sentences of samples/scripts, each by two of seven espeak-ng voices, through the telephone band, eight to a
recording, over noise 18 to 36 dB below the voice, as lines have it. Then what was heard is laid beside what was said, word by word, and the
differences are counted by kind. Nothing here looks at rules or at the matcher: the errors are the recognizer's own.

Learned from is only what is wrong by itself: of more than three steps in a row that are wrong the model did not mishear the words, it lost
the thread and made something up (it does so often, being small). Those are counted apart.
Standard library, espeak-ng and sox; the same versions give the same bytes. About five minutes on one core.
"""

import array
import collections
import json
import random
import re
import subprocess
import sys
import tempfile
import wave
from pathlib import Path

HERE = Path(__file__).resolve().parent
ROOT = HERE.parent.parent
sys.path[:0] = [str(ROOT / "samples"), str(ROOT / "models" / "training")]

import make  # noqa: E402  samples/make.py
import texts  # noqa: E402  models/training/texts.py

VOICES = ["m1", "m3", "m7", "f2", "f4", "m4", "f3"]
END = (0, 0, 0, 0)  # a step of nothing, which closes the last run
TOGETHER = 3  # wrong steps in a row that are still errors of words
LEAST = {"letter": 2, "added": 2, "ending": 1, "word": 1}  # a letter that was seen once may be chance


def words_of(text):
    return re.sub(r"[^а-яa-z0-9]+", " ", text.lower().replace("ё", "е")).split()


def distance(one, other):
    """Letters that differ, after Levenshtein."""
    row = list(range(len(other) + 1))
    for i, a in enumerate(one, 1):
        last, row[0] = row[0], i
        for j, b in enumerate(other, 1):
            last, row[j] = row[j], min(row[j] + 1, row[j - 1] + 1, last + (a != b))
    return row[-1]


def unlike(one, other):
    """0 for the same word, 1 for nothing in common."""
    return distance(one, other) / max(len(one), len(other))


def steps(said, heard, cost, moves):
    """The cheapest way through both, as (i, j, di, dj); `moves` are the (di, dj) that there are."""
    best = {(0, 0): (0.0, None)}
    for i in range(len(said) + 1):
        for j in range(len(heard) + 1):
            for di, dj in moves:
                before = best.get((i - di, j - dj))
                if before is None or (i, j) == (0, 0):
                    continue
                total = before[0] + cost(said[i - di:i], heard[j - dj:j])
                if (i, j) not in best or total < best[i, j][0] - 1e-9:
                    best[i, j] = (total, (di, dj))
    way, at = [], (len(said), len(heard))
    while at != (0, 0):
        di, dj = best[at][1]
        at = (at[0] - di, at[1] - dj)
        way.append((*at, di, dj))
    return way[::-1]


def word_cost(said, heard):
    if len(said) == 1 and len(heard) == 1:
        return 1.3 * unlike(said[0], heard[0])
    if not said or not heard:
        return 0.75
    # Merged or split: only where the letters are nearly the same.
    far = unlike("".join(said), "".join(heard))
    return 0.2 + 1.5 * far if far < 0.34 else 9.0


def letter_cost(said, heard):
    return 0.0 if said == heard else 1.0


class Counts:
    def __init__(self):
        self.words = self.wrong = self.made_up = 0
        self.kinds, self.table = collections.Counter(), collections.Counter()
        self.by_length = collections.defaultdict(lambda: [0, 0])

    def compare(self, said, heard):
        self.words += len(said)
        self.wrong += distance(said, heard)
        run = []
        for i, j, di, dj in steps(said, heard, word_cost, [(1, 1), (1, 0), (0, 1), (2, 1), (1, 2)]) + [END]:
            one, other = said[i:i + di], heard[j:j + dj]
            if one != other:
                run.append((one, other))
                continue
            if len(run) <= TOGETHER:
                for parts in run:
                    for word in parts[0]:
                        self.by_length[min(len(word), 9)][1] += 1
                    self.step(*parts)
            else:
                self.made_up += sum(len(parts[0]) for parts in run)
            run = []
            for word in one:
                self.by_length[min(len(word), 9)][1] += 1

    def step(self, said, heard):
        if not heard:
            self.kinds["dropped"] += 1
            self.by_length[min(len(said[0]), 9)][0] += 1
        elif not said:
            self.kinds["added"] += 1
            self.table["added", heard[0], "-"] += 1
        elif len(said) == 2:
            self.kinds["merged"] += 1
        elif len(heard) == 2:
            self.kinds["split"] += 1
        else:
            self.word(said[0], heard[0])

    def word(self, said, heard):
        common = 0
        while common < min(len(said), len(heard)) and said[common] == heard[common]:
            common += 1
        tails = said[common:], heard[common:]
        if common >= 3 and max(map(len, tails)) <= 3:
            self.kinds["ending"] += 1
            self.table["ending", tails[0] or "-", tails[1] or "-"] += 1
        elif unlike(said, heard) <= 0.5:
            self.kinds["letters"] += 1
            for i, j, di, dj in steps(said, heard, letter_cost, [(1, 1), (1, 0), (0, 1)]):
                one, other = said[i:i + di], heard[j:j + dj]
                if one != other:
                    self.table["letter", one or "-", other or "-"] += 1
        else:
            self.kinds["word"] += 1
            self.table["word", said, heard] += 1


def transcribe(program, paths):
    command = [program, "transcribe", *map(str, paths), "--format", "json", "--jobs", "1", "--quiet"]
    command += ["--model", str(ROOT / "models" / "demo-ru.bin")]
    lines = subprocess.run(command, check=True, stdout=subprocess.PIPE).stdout.decode().splitlines()
    return [json.loads(line) for line in lines]


def heard_by(transcript, who=None):
    turns = [turn for turn in transcript["transcript"] if who is None or turn["who"] == who]
    return words_of(" ".join(turn["text"] for turn in turns))


def record(path, chance, voice, lines):
    """Eight sentences on a noisy line."""
    track = [0.0] * int(0.4 * make.RATE)
    for line in lines:
        spoken = make.speak(line, f"ru+{voice}", chance.randint(135, 170))
        loudest = max(map(abs, spoken))
        track += [0.5 * s / loudest for s in spoken] + [0.0] * int(chance.uniform(0.4, 0.9) * make.RATE)
    floor = 0.1 * 10 ** (-chance.uniform(18, 36) / 20)
    raw = array.array("h", (round(32767 * max(-1, min(1, s + chance.gauss(0, floor)))) for s in track))
    with wave.open(str(path), "wb") as out:
        out.setparams((1, 2, make.RATE, 0, "NONE", ""))
        out.writeframes(raw.tobytes())


def spoken_calls(folder):
    """Paths and the words that are said in each."""
    chance = random.Random(20_261_125)
    lines = [spoken for spoken, _ in texts.hand_written_held_out() + texts.drawn_held_out()]
    for script in sorted((ROOT / "samples" / "scripts").glob("*.json")):
        for turn in json.loads(script.read_text(encoding="utf8"))["turns"]:
            lines += [s for s in make.sentences(turn["text"]) if len(s.split()) > 2]
    by_voice = collections.defaultdict(list)
    for line in lines:
        for voice in chance.sample(VOICES, 2):
            by_voice[voice].append(line)
    calls = []
    for voice in VOICES:
        chance.shuffle(by_voice[voice])
        for k in range(0, len(by_voice[voice]), 8):
            part = by_voice[voice][k:k + 8]
            path = folder / f"{voice}-{k:03}.wav"
            record(path, chance, voice, part)
            calls.append((path, words_of(" ".join(part))))
    return calls


def main(program):
    counts = Counts()
    scripts = sorted((ROOT / "samples" / "scripts").glob("*.json"))
    samples = [sorted((ROOT / "samples").glob(f"{script.stem[:2]}-*.*"))[0] for script in scripts if script.stem[:2] != "08"]
    # 08 is a pair of files, which only comes as one when both are given.
    pair = sorted((ROOT / "samples").glob("08-*.wav"))
    of_pair = transcribe(program, pair)
    for transcript, script in zip(transcribe(program, samples) + of_pair,
                                  [s for s in scripts if s.stem[:2] != "08"] + [s for s in scripts if s.stem[:2] == "08"]):
        turns = json.loads(script.read_text(encoding="utf8"))["turns"]
        for who in ("manager", "client"):
            counts.compare(words_of(" ".join(t["text"] for t in turns if t["who"] == who)), heard_by(transcript, who))
    with tempfile.TemporaryDirectory() as name:
        calls = spoken_calls(Path(name))
        for (_, said), transcript in zip(calls, transcribe(program, [path for path, _ in calls])):
            counts.compare(said, heard_by(transcript))
    write(counts)


def write(counts):
    lines = [
        "# What the demo model mishears, by tests/corpus/confusions.py. Said, heard, how often; `-` is nothing.",
        f"# {counts.words} words, {100 * counts.wrong / counts.words:.1f} % wrong; {counts.made_up} words lie where the thread was lost, and are not learned from.",
        "# kind: errors of each kind. short: words of so many letters (9: or more) that were dropped, of how many.",
    ]
    lines += [f"kind\t{kind}\t-\t{n}" for kind, n in counts.kinds.most_common()]
    lines += [f"short\t{n}\t{dropped}\t{of}" for n, (dropped, of) in sorted(counts.by_length.items())]
    kept = [(key, n) for key, n in counts.table.items() if n >= LEAST[key[0]]]
    lines += ["\t".join([*key, str(n)]) for key, n in sorted(kept, key=lambda entry: (entry[0][0], -entry[1], entry[0]))]
    (HERE / "confusions.tsv").write_text("\n".join(lines) + "\n", encoding="utf8")


if __name__ == "__main__":
    if len(sys.argv) != 2:
        sys.exit(__doc__)
    main(sys.argv[1])
