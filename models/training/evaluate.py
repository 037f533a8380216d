"""The held-out set of the demo model, and the table of its errors.

    evaluate.py make FOLDER                       speak the set: WAV files of 8 kHz and list.json
    evaluate.py score FOLDER --model FILE         through whisper.cpp (the pywhispercpp package), one greedy pass per window
    evaluate.py score FOLDER --model FILE --autograde PROGRAM   through `autograde transcribe`, speech gate and all
    evaluate.py dev CHECKPOINT TOKENIZER          a small set of other sentences, for choosing, with PyTorch
    evaluate.py overlap DATA                      training sentences that occur in samples/, tests/ or the held-out set

Sentences: drawn from the grammar with a seed of their own and written by hand (heldout.txt), a tenth of the open sentences,
a third of the recorded prompts; training refuses all of them. Voices: the five of samples/, and two that training never
hears. Each window packs two to five sentences of one voice with pauses; the line is telephone.py's with a seed of its own.
"""

import argparse
import json
import pathlib
import random
import statistics
import subprocess
import sys

import numpy as np
import soundfile

import speak
import texts
from telephone import RATE, Line

SEED = 20_261_125


def window(r, n, line, pieces):
    """(audio, spans in seconds) of utterances with pauses, over the telephone."""
    position, spans = int(r.uniform(0.1, 0.5) * RATE), []
    for audio in pieces:
        spans.append((position, position + len(audio)))
        position += len(audio) + int(r.uniform(0.2, 0.9) * RATE)
    speech = np.zeros(position, np.float32)
    for (start, end), audio in zip(spans, pieces):
        speech[start:end] = audio / (np.abs(audio).max() + 1e-6) * 0.9
    heard = line.transmit(n, speech, np.ones(len(speech), bool), False)
    return heard, [(start / RATE, end / RATE) for start, end in spans]


def packed(r, items, most_seconds=20):
    """Groups of two to five (audio, text)."""
    groups, k = [], 0
    while k < len(items):
        size, group, total = r.randint(2, 5), [], 0.0
        while k < len(items) and len(group) < size and (not group or total + len(items[k][0]) / RATE + 0.6 < most_seconds):
            total += len(items[k][0]) / RATE + 0.6
            group.append(items[k])
            k += 1
        groups.append(group)
    return groups


def make(folder):
    """Speaks the set into `folder`."""
    folder.mkdir(parents=True, exist_ok=True)
    r, n, line, rows = random.Random(SEED), np.random.default_rng(SEED), Line(SEED), []

    def add(name, group):
        audio, spans = window(r, n, line, [audio for audio, _ in group])
        file = f"{name}-{len(rows):04d}.wav"
        soundfile.write(folder / file, np.clip(audio, -1, 1), RATE, subtype="PCM_16")
        rows.append({"set": name, "file": file, "texts": [text for _, text in group], "spans": spans})

    def say(sentences, voice):
        return [(speak.espeak(spoken, voice, r.randint(135, 170)), target) for spoken, target in sentences]

    drawn, written = texts.drawn_held_out(), texts.hand_written_held_out()
    for name, sentences in (("drawn", drawn), ("written", written)):
        for kind, voices in (("sample voices", speak.SAMPLE_VOICES), ("held-out voices", speak.HELD_OUT_VOICES)):
            for k, voice in enumerate(voices):
                for group in packed(r, say(sentences[k:: len(voices)], voice)):
                    add(f"call {name}, {kind}", group)
    opened = texts.held_out_open()
    r.shuffle(opened)
    for k, voice in enumerate(speak.SAMPLE_VOICES):
        for group in packed(r, say(opened[k * 20: k * 20 + 20], voice)):
            add("open, sample voices", group)
    _, recorded = texts.prompts()
    recorded = [(speak.trimmed(soundfile.read(path, dtype="float32")[0]), target) for path, target in recorded if len(target.split()) >= 2]
    r.shuffle(recorded)
    for group in packed(r, [item for item in recorded if speak.good(item[0])][:90]):
        add("recorded prompts", group)
    for _ in range(24):
        file = f"nothing-{len(rows):04d}.wav"
        soundfile.write(folder / file, np.clip(line.no_speech(n, 10 * RATE), -1, 1), RATE, subtype="PCM_16")
        rows.append({"set": "no speech", "file": file, "texts": [], "spans": []})
    (folder / "list.json").write_text(json.dumps(rows, ensure_ascii=False, indent=1), encoding="utf8")
    print(len(rows), "windows")


def distance(wanted, got):
    """Edits between two sequences."""
    row = list(range(len(got) + 1))
    for i, a in enumerate(wanted, 1):
        last, row[0] = row[0], i
        for j, b in enumerate(got, 1):
            last, row[j] = row[j], min(row[j] + 1, row[j - 1] + 1, last + (a != b))
    return row[-1]


def with_whisper(folder, rows, model):
    """[(text, [(start, end)])] through whisper.cpp."""
    import _pywhispercpp as native
    from pywhispercpp.model import Model
    from scipy.signal import resample
    from windows import context_for

    whisper, first = Model(str(model), n_threads=1, print_progress=False, print_realtime=False, redirect_whispercpp_logs_to=None), 50364
    for row in rows:
        audio = soundfile.read(folder / row["file"], dtype="float32")[0]
        audio = resample(audio, 2 * len(audio)).astype(np.float32)
        audio = np.pad(audio, (0, max(0, 16000 - len(audio))))
        whisper.transcribe(audio, language="ru", single_segment=True, no_context=True, temperature_inc=0.0, audio_ctx=context_for(len(audio) / 16000))
        context, words, stamps = whisper._ctx, b"", []
        for segment in range(native.whisper_full_n_segments(context)):
            for k in range(native.whisper_full_n_tokens(context, segment)):
                token = native.whisper_full_get_token_id(context, segment, k)
                if token >= first:
                    stamps.append((token - first) * 0.02)
            text = native.whisper_full_get_segment_text(context, segment)
            words += text if isinstance(text, bytes) else text.encode()
        yield texts.normalized(words.decode(errors="ignore")), list(zip(stamps[::2], stamps[1::2]))


def with_autograde(folder, rows, model, program):
    """The same through our program: what a user gets."""
    for row in rows:
        command = [program, "transcribe", "--format", "json", "--model", str(model), str(folder / row["file"])]
        said = subprocess.run(command, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, check=False).stdout
        turns = list(_turns(json.loads(said))) if said.strip().startswith((b"{", b"[")) else []
        yield texts.normalized(" ".join(turn["text"] for turn in turns)), [(turn["start_s"], turn["end_s"]) for turn in turns]


def _turns(tree):
    if isinstance(tree, dict) and {"text", "start_s", "end_s"} <= set(tree) and "who" in tree:
        yield tree
    elif isinstance(tree, (dict, list)):
        for value in tree.values() if isinstance(tree, dict) else tree:
            yield from _turns(value)


def score(rows, results):
    """Prints the table."""
    sums = {}
    for row, (text, spans) in zip(rows, results):
        s = sums.setdefault(row["set"], {"words": 0, "wrong": 0, "letters": 0, "wrong letters": 0, "late": [], "files": 0, "invented": 0, "shown": []})
        wanted = " ".join(row["texts"])
        s["files"] += 1
        s["shown"].append((wanted, text))
        if not wanted:
            s["invented"] += len(text.split())
            continue
        s["words"] += len(wanted.split())
        s["wrong"] += distance(wanted.split(), text.split())
        s["letters"] += len(wanted)
        s["wrong letters"] += distance(wanted, text)
        for k in (0, 1):
            if spans:
                s["late"] += [min(abs(span[k] - other[k]) for other in spans) for span in row["spans"]]
    print(f"{'set':34} {'windows':>7} {'words':>6} {'WER %':>6} {'CER %':>6} {'time error s':>12}")
    for name, s in sums.items():
        if s["words"]:
            late = statistics.median(s["late"]) if s["late"] else float("nan")
            print(f"{name:34} {s['files']:7} {s['words']:6} {100 * s['wrong'] / s['words']:6.1f} {100 * s['wrong letters'] / s['letters']:6.1f} {late:12.2f}")
        else:
            print(f"{name:34} {s['files']:7} words invented per minute, with no speech gate: {s['invented'] / (s['files'] / 6):.1f}")
    for name, s in sums.items():
        for wanted, text in s["shown"][:2]:
            print(f"\n[{name}]\n  said  {wanted}\n  heard {text}")


def dev(checkpoint, tokenizer):
    """Word errors of a checkpoint on 60 sentences, one voice a window, by attention and by the letter head."""
    import torch
    from tokenizers import Tokenizer

    import features
    from model import LETTERS, Ids, Whisper
    from windows import context_for

    torch.set_num_threads(1)
    saved, tokenizer = torch.load(checkpoint, map_location="cpu"), Tokenizer.from_file(tokenizer)
    ids = Ids(tokenizer.get_vocab_size())
    model = Whisper(ids.size).eval()
    model.load_state_dict(saved["average"])
    r, n, line = random.Random(5), np.random.default_rng(5), Line(5)
    sentences = texts.drawn_held_out(64, 5_555)
    totals, shown = np.zeros(3), []
    with torch.no_grad():
        for k in range(0, 64, 4):
            voice = (speak.SAMPLE_VOICES + ["m2", "f5", "linda"])[k // 4 % 8]
            audio, _ = window(r, n, line, [speak.espeak(spoken, voice, r.randint(135, 170)) for spoken, _ in sentences[k: k + 4]])
            wanted = " ".join(target for _, target in sentences[k: k + 4])
            heard = model.encoder(torch.from_numpy(features.log_mel_8k(audio, 2 * context_for(len(audio) / RATE)))[None])
            letters = [int(c) for c in torch.unique_consecutive(model.ctc(heard)[0].argmax(-1))]
            by_letters = " ".join("".join(LETTERS[c - 1] for c in letters if c).split())
            given = [ids.sot, ids.ru, ids.transcribe]
            for _ in range(200):
                logits = model.logits(model.decoder(torch.tensor([given]), heard)[:, -1])[0]
                given.append(int(logits.argmax()))
                if given[-1] == ids.eot:
                    break
            text = texts.normalized(tokenizer.decode([token for token in given if token < ids.texts]))
            totals += [len(wanted.split()), distance(wanted.split(), text.split()), distance(wanted.split(), by_letters.split())]
            shown.append((wanted, text, by_letters))
    print(f"step {saved['step']}: word errors by attention {100 * totals[1] / totals[0]:.1f} %, by letters {100 * totals[2] / totals[0]:.1f} %")
    for wanted, text, by_letters in shown[:3]:
        print(f"  said    {wanted}\n  heard   {text}\n  letters {by_letters}")


def overlap(data):
    """Prints how many training sentences ought not to be there, and how many words training lacks; returns the former."""
    known, words = texts.sample_vocabulary()
    known |= texts.held_out_sentences()
    said = {str(t) for path in data.glob("*.npz") for t in np.load(path)["texts"]}
    trained = {word for text in said for word in text.split()}
    both = sorted(t for t in said & known if len(t.split()) >= texts.WORDS_TO_KEEP_APART)
    print(f"{len(said)} different training sentences, {len(trained)} words")
    print(f"spoken and also in samples/, tests/ or the held-out set: {len(both)}, training leaves them out when it loads the shards")
    unheard = {"samples/ and the rulebook": set(words), "heldout.txt": {word for _, target in texts.hand_written_held_out() for word in target.split()}}
    for where, wanted in unheard.items():
        print(f"words of {where}: {len(wanted)}, of which training never heard {len(wanted - trained)}")
    return len(both)


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("what", choices=["make", "score", "dev", "overlap"])
    parser.add_argument("paths", nargs="+", type=pathlib.Path)
    parser.add_argument("--model", type=pathlib.Path)
    parser.add_argument("--autograde")
    options = parser.parse_args()
    folder = options.paths[0]
    if options.what == "make":
        make(folder)
    elif options.what == "overlap":
        return 1 if overlap(folder) else 0
    elif options.what == "dev":
        dev(folder, str(options.paths[1]))
    else:
        rows = json.loads((folder / "list.json").read_text(encoding="utf8"))
        results = with_autograde(folder, rows, options.model, options.autograde) if options.autograde else with_whisper(folder, rows, options.model)
        score(rows, results)


if __name__ == "__main__":
    sys.exit(main())
