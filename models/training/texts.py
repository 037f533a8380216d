"""Sentences for the demo model: sales-call talk from grammar.txt, open sentences, words in random order, recorded prompts.

A sentence is a pair (spoken, target): what the voice is given, with punctuation that steers pauses and melody, and what the
model is to write: lower case, ё as е, no punctuation, numbers in words. Targets that occur in samples/, in tests/ or in the
held-out set are refused here, at the only door through which training text passes.

It does not speak; speak.py does.
"""

import gzip
import json
import pathlib
import random
import re

HERE = pathlib.Path(__file__).resolve().parent
REPOSITORY = HERE.parent.parent
FORTUNES = pathlib.Path("/usr/share/games/fortunes/ru")
PROMPTS = pathlib.Path("/usr/share/asterisk/sounds/ru_RU_f_IvrvoiceRU")
PROMPT_TEXTS = pathlib.Path("/usr/share/doc/asterisk-core-sounds-ru/core-sounds-ru.txt.gz")

# Lists of grammar.txt whose lines are sentences, with their share of the talk.
SPOKEN = {
    "greet": 9, "need": 11, "clientneed": 10, "pitch": 10, "objection": 11, "handle": 10, "close": 7, "next": 9,
    "upsell": 4, "upset": 6, "remedy": 6, "trans": 8, "reanim": 5, "spam": 5, "bye": 5, "filler": 12, "open": 2,
}
# Refusal of a sentence known to samples/ or the held-out set starts at this many words: «да» and «алло, здравствуйте»
# belong to every call there is and cannot be kept apart.
WORDS_TO_KEEP_APART = 3

_ONES = "ноль один два три четыре пять шесть семь восемь девять десять одиннадцать двенадцать тринадцать четырнадцать пятнадцать шестнадцать семнадцать восемнадцать девятнадцать".split()
_TENS = "- - двадцать тридцать сорок пятьдесят шестьдесят семьдесят восемьдесят девяносто".split()
_HUNDREDS = "- сто двести триста четыреста пятьсот шестьсот семьсот восемьсот девятьсот".split()


def number_in_words(n, feminine=False):
    """0 to 999 999 in the nominative."""
    if n >= 1000:
        head = number_in_words(n // 1000, feminine=True) + " " + form(n // 1000, "тысяча", "тысячи", "тысяч")
        return head if n % 1000 == 0 else head + " " + number_in_words(n % 1000, feminine)
    words = []
    if n >= 100:
        words.append(_HUNDREDS[n // 100])
        n %= 100
    if n >= 20:
        words.append(_TENS[n // 10])
        n %= 10
    if n or not words:
        words.append({1: "одна", 2: "две"}.get(n, _ONES[n]) if feminine else _ONES[n])
    return " ".join(words)


def form(n, one, few, many):
    """The form of a counted noun that agrees with n."""
    if n % 100 in range(11, 15):
        return many
    return one if n % 10 == 1 else few if n % 10 in (2, 3, 4) else many


def normalized(text):
    """What the model writes for a spoken text."""
    return " ".join(re.sub(r"[^а-я]+", " ", text.lower().replace("ё", "е")).split())


class Grammar:
    """grammar.txt, expanded at random."""

    def __init__(self, path=HERE / "grammar.txt"):
        self.lists = {}
        for line in path.read_text(encoding="utf8").splitlines():
            if line.startswith("["):
                current = self.lists.setdefault(line.strip("[]"), [])
            elif line.strip() and not line.startswith("#"):
                current.append(line.strip())

    def sentence(self, r):
        """One sentence of a call as it is given to the voice."""
        name = r.choices(list(SPOKEN), SPOKEN.values())[0]
        return self.tidy(self.expand(r.choice(self.lists[name]), r))

    def expand(self, text, r):
        """Fills alternatives and slots until none is left."""
        while True:
            inner = re.search(r"\(([^()]*)\)|\{([^{}|]*)\}", text)
            if inner is None:
                return text
            if inner.group(1) is not None:
                value = r.choice(inner.group(1).split("|"))
            else:
                value = self.slot(inner.group(2), r)
            text = text[: inner.start()] + value + text[inner.end():]

    def slot(self, name, r):
        if not name.startswith("#"):
            return r.choice(self.lists[name])
        bounds, _, forms = name[1:].partition(":")
        low, high = map(int, bounds.split("-"))
        n = r.randint(low, high)
        if n > 20 and r.random() < 0.5:
            n -= n % 10 or 0
        if not forms:
            return number_in_words(n)
        forms = forms.split(",")
        feminine = forms[0].endswith(("а", "я")) and forms[0] not in ("дня",)
        return number_in_words(n, feminine) + " " + form(n, *forms)

    @staticmethod
    def tidy(text):
        text = re.sub(r"\s+", " ", text).strip()
        text = re.sub(r"\s+([.,?!:])", r"\1", text)
        text = re.sub(r"[.,:]+([.?!])", r"\1", text)
        return text[:1].upper() + text[1:]


def open_sentences():
    """Sentences of Debian's fortunes-ru, 2 to 12 words."""
    found = {}
    for path in sorted(FORTUNES.glob("*.u8")):
        text = path.read_text(encoding="utf8", errors="ignore")
        for piece in re.split(r"%|--|[.!?;:\"()\n]{1,}(?=\s|$)", re.sub(r"\s*\n(?!%|\s*--)", " ", text)):
            piece = " ".join(piece.split())
            if re.search(r"[A-Za-z0-9]", piece):
                continue
            target = normalized(piece)
            words = target.split()
            if 2 <= len(words) <= 12 and max(map(len, words)) < 16:
                found.setdefault(target, re.sub(r"[^А-Яа-яЁё,\- ]", "", piece) + ".")
    return [(spoken, target) for target, spoken in found.items()]


def prompts():
    """(path, target) of Debian's recorded prompts; a third of the texts, chosen by their sum, is held out of training."""
    training, held_out = [], []
    for line in gzip.open(PROMPT_TEXTS, "rt", encoding="utf8"):
        name, _, text = line.partition(":")
        path = PROMPTS / (name.strip() + ".wav")
        text = text.strip()
        if not path.exists() or re.search(r"[A-Za-z<\[]", text) or re.search(r"\d\d", text):
            continue
        text = re.sub(r"\d", lambda digit: " " + _ONES[int(digit.group())] + " ", text)
        target = normalized(text)
        if target:
            part = held_out if sum(map(ord, target)) % 3 == 0 else training
            part.append((path, target))
    return training, held_out


def sample_vocabulary():
    """(sentences, words): sentences of samples/ and tests/, to keep out of training; words of samples/ and of the rulebook, with
    how often they occur, that training has to know."""
    sentences, words = set(), {}
    samples, tests = sorted((REPOSITORY / "samples").rglob("*.json")), sorted((REPOSITORY / "tests").rglob("*.json"))
    for path in samples + tests:
        try:
            tree = json.loads(path.read_text(encoding="utf8"))
        except (OSError, ValueError):
            continue
        for turn in _turn_texts(tree):
            for piece in [turn, *re.split(r"[.?!…]+", turn)]:
                target = normalized(piece)
                if target:
                    sentences.add(target)
            for word in normalized(turn).split() if path in samples else ():
                words[word] = words.get(word, 0) + 1
    for word in rulebook_vocabulary():
        words.setdefault(word, 1)
    return sentences, words


def rulebook_vocabulary():
    """Whole words that occur in the phrases of rules/ru, sorted; stems (`слов*`) are no words and are left out."""
    found = set()
    for path in sorted((REPOSITORY / "rules" / "ru").glob("*.toml")):
        phrases = re.findall(r'"([^"\n]*)"', path.read_text(encoding="utf8"))
        found.update(word for phrase in phrases for word in re.findall(r"(?<![а-яё*])[а-яё]{3,}(?![а-яё*])", phrase.lower()))
    return sorted(word.replace("ё", "е") for word in found)


def dialogue_words():
    """Words of the development dialogues of tests/corpus/dev with how often they occur. Of those dialogues training gets the words
    alone, in random order; the other dialogues of tests/corpus are for measuring, and nothing is taken from them."""
    words = {}
    for path in sorted((REPOSITORY / "tests" / "corpus" / "dev").glob("*.json")):
        for turn in _turn_texts(json.loads(path.read_text(encoding="utf8"))):
            for word in normalized(turn).split():
                words[word] = words.get(word, 0) + 1
    return words


def _turn_texts(tree):
    if isinstance(tree, dict):
        for key, value in tree.items():
            if key == "text" and isinstance(value, str):
                yield value
            else:
                yield from _turn_texts(value)
    elif isinstance(tree, list):
        for value in tree:
            yield from _turn_texts(value)


def held_out_sentences():
    """Targets of the hand-written and the drawn held-out sentences (see evaluate.py)."""
    return {target for _, target in hand_written_held_out()} | {target for _, target in drawn_held_out()}


def hand_written_held_out():
    path = HERE / "heldout.txt"
    lines = path.read_text(encoding="utf8").splitlines() if path.exists() else []
    return [(line, normalized(line)) for line in lines if line.strip() and not line.startswith("#")]


def drawn_held_out(count=150, seed=99_000_001, short=4, long=14):
    """Call sentences drawn from the grammar with a seed of their own; the same draw is refused in training."""
    r, grammar, found = random.Random(seed), Grammar(), {}
    while len(found) < count:
        spoken = grammar.sentence(r)
        target = normalized(spoken)
        if short <= len(target.split()) <= long:
            found.setdefault(target, spoken)
    return [(spoken, target) for target, spoken in found.items()]


class Writer:
    """Draws training sentences; never one that is to be kept apart.

    Of the sentences `open_share` are open ones, `vocabulary_share` are words of calls and `lexicon_share` words of anything in
    random order, and `altered_share` are sentences of the grammar with one or two words replaced: what comes next can then not
    be guessed, so that the model has to listen, and has heard far more words than the grammar has.
    """

    def __init__(self, seed, open_share=0.24, vocabulary_share=0.15, lexicon_share=0.08, altered_share=0.13):
        self.r = random.Random(seed)
        self.grammar = Grammar()
        # The last tenth of the open sentences belongs to evaluate.py.
        order = sorted(open_sentences(), key=lambda pair: pair[1])
        self.open = [pair for k, pair in enumerate(order) if k % 10]
        self.kept_apart, words = sample_vocabulary()
        self.kept_apart |= held_out_sentences()
        for word, count in dialogue_words().items():
            words[word] = words.get(word, 0) + count
        self.words, self.weights = list(words), [1 + min(4, n) for n in words.values()]
        self.lexicon = sorted({word for _, target in self.open for word in target.split() if len(word) > 2} | set(words))
        self.shares = (open_share, vocabulary_share, lexicon_share, altered_share)
        self.refused = 0

    def sentence(self):
        """(spoken, target)"""
        while True:
            spoken, target = self._draw()
            if target in self.kept_apart and len(target.split()) >= WORDS_TO_KEEP_APART:
                self.refused += 1
                continue
            if target:
                return spoken, target

    def _draw(self):
        kind = self.r.choices(["open", "vocabulary", "lexicon", "altered", "grammar"], [*self.shares, 1 - sum(self.shares)])[0]
        if kind == "open":
            return self.r.choice(self.open)
        if kind == "vocabulary":
            spoken = self._in_a_row(self.r.choices(self.words, self.weights, k=self.r.randint(2, 7)))
        elif kind == "lexicon":
            spoken = self._in_a_row(self.r.choices(self.lexicon, k=self.r.randint(2, 6)))
        else:
            spoken = self.grammar.sentence(self.r)
            if kind == "altered":
                spoken = self._altered(spoken)
        return spoken, normalized(spoken)

    def _in_a_row(self, words):
        if len(words) > 3 and self.r.random() < 0.5:
            words[self.r.randrange(1, len(words) - 1)] += ","
        return " ".join(words) + self.r.choice("..?")

    def _altered(self, spoken):
        """One or two words of a sentence replaced by others, punctuation kept."""
        words = spoken.split()
        for _ in range(self.r.randint(1, 2)):
            k = self.r.randrange(len(words))
            other = self.r.choice(self.lexicon) if self.r.random() < 0.5 else self.r.choices(self.words, self.weights)[0]
            words[k] = re.sub(r"[А-Яа-яЁё]+", other, words[k], count=1)
        return " ".join(words)


def held_out_open():
    """The tenth of the open sentences that training never reads."""
    return [pair for k, pair in enumerate(sorted(open_sentences(), key=lambda pair: pair[1])) if k % 10 == 0]
