"""Labelled calls with what the rulebook finds in them, and the signs that can be made of that."""

import json
import subprocess
import tempfile
from pathlib import Path

import numpy as np

TYPES = ["qualification", "objection", "spam", "transactional", "reanimation"]
MOST_TURNS = 5


class Call:
    """One labelled call. `writer` is what stands before the number in its name.

    Where nobody knows who speaks, a type's sign holds if it would with the right speaker, and that a sign is missing is never sure.
    """

    def __init__(self, label, hits):
        self.id, self.type = label["id"], label["call_type"]
        self.writer = self.id.rsplit("-", 1)[0]
        self.direction = label.get("direction")
        self.mono = "unknown" in hits["speakers"]
        held, possible = hits["findings"], hits["possible"]
        self.turns = {finding: frozenset(held.get(finding, []) + possible.get(finding, [])) for finding in held.keys() | possible.keys()}
        self.numbers = hits["numbers"]


def read(program, folder, rules):
    """Every labelled call of a folder, by name, with what `autograde rules hits` finds in it."""
    run = [program, "rules", "hits", str(folder), "--rules", str(rules), "--quiet"]
    lines = subprocess.run(run, check=True, capture_output=True, text=True).stdout.splitlines()
    hits = [json.loads(line) for line in lines]
    calls = [
        Call(json.loads(Path(folder, Path(entry["source"]).name).read_text("utf-8")), entry)
        for entry in hits if "source" in entry
    ]
    return sorted(calls, key=lambda call: call.id)


def read_mono(program, folder, rules):
    """The same calls as one channel gives them: who speaks is not known."""
    with tempfile.TemporaryDirectory() as place:
        for path in sorted(Path(folder).glob("*.json")):
            label = json.loads(path.read_text("utf-8"))
            for turn in label["turns"]:
                turn["who"] = "unknown"
            Path(place, path.name).write_text(json.dumps(label), "utf-8")
        return read(program, place, rules)


def findings_of(calls):
    """Ids of all findings that some call holds."""
    return sorted({name for call in calls for name in call.turns})


def named(patterns, known):
    """The findings that patterns stand for, in the order of the patterns, each once."""
    found = []
    for pattern in patterns:
        if pattern.endswith("*"):
            found += [name for name in known if name.startswith(pattern[:-1])]
        else:
            found.append(pattern)
    return list(dict.fromkeys(found))


def in_turns(calls, finding):
    """In how many turns each call holds a finding."""
    return np.array([len(call.turns.get(finding, ())) for call in calls])


def holds(calls, expression):
    """Where several signs hold together: atoms joined by `and`."""
    return np.all([atom(calls, part.strip()) for part in expression.split(" and ")], axis=0)


def atom(calls, text):
    """Where one sign holds: `not …`, `x`, or a number of the call from a limit up or down."""
    if text.startswith("not "):
        return ~atom(calls, text[4:]) & np.array([not call.mono for call in calls])
    what, sign, place = (text.split() + ["", ""])[:3]
    if not sign:
        return 1 <= in_turns(calls, what)
    values = np.array([call.numbers.get(what, 0) for call in calls])
    return values <= float(place) if sign == "<=" else float(place) <= values


def signs_of_calls(calls, patterns, known, numbers):
    """Columns and their expressions: findings in one turn, two and so on, numbers of the call from a limit up."""
    columns, names = [], []
    for finding in named(patterns, known):
        turns = in_turns(calls, finding)
        for least in range(1, MOST_TURNS + 1):
            columns.append(turns >= least)
            names.append(finding if least == 1 else f"turns({finding}) >= {least}")
    for number, places in numbers.items():
        for place in places:
            columns.append(np.array([place <= call.numbers.get(number, 0) for call in calls]))
            names.append(f"{number} >= {place}")
    return columns, names
