"""Fits the points by which a call's type is told (rules/ru/60-types.toml) to labelled calls, and says how well that does on unseen writers.

    fit.py PROGRAM CALLS            writes rules/ru/60-types.toml, fitted to all calls
    fit.py PROGRAM CALLS --check    for each writer: fits to the others, grades his calls with that rulebook, prints the agreement

README.md tells how it is fitted.
"""

import argparse
import json
import math
import shutil
import subprocess
import tempfile
import tomllib
from pathlib import Path

import numpy as np

import book
import calls as reading
import model

HERE = Path(__file__).absolute().parent
RULES = HERE.parent.parent / "rules" / "ru"
# Penalties on the sum of the weights and on the sum of their squares.
L1, L2 = 1, 2
# A call is also shown without its direction, at this weight: exports often do not tell it.
BLIND = 0.3
# And as one channel gives it, where nobody knows who speaks, at this weight.
MONO = 0.6
# Four calls in which nothing is found (badly heard, very short, or one whose speakers are not told apart) are shown as qualification at this
# weight: that nothing was found must not make a call spam.
BARE = 1
# Points are written with one decimal.
SMALLEST = 0.1


class Fit:
    """The signs of all calls; each fit is to those of some writers."""

    def __init__(self, calls, mono, spec):
        self.calls, self.spec = calls, spec
        self.writer = np.array([call.writer for call in calls])
        self.types = np.array([reading.TYPES.index(call.type) for call in calls])
        known = reading.findings_of(calls + mono)
        self.names, self.columns, self.blind = self.signs(calls, known)
        _, self.mono, _ = self.signs(mono, known)
        talks = [[self.bare_sign(name, way) for name in self.names] for way in ("", "in", "out")]
        self.bare = np.array([*talks, np.zeros(len(self.names))], float)

    def signs(self, calls, known):
        """Names of all signs, and where each holds in each call, with the direction and without."""
        columns, names = reading.signs_of_calls(calls, self.spec["signs"], known, self.spec["numbers"])
        columns += [reading.holds(calls, together) for together in self.spec["together"]]
        names += self.spec["together"]
        ways = [(way, np.array([call.direction == way for call in calls])) for way in ("in", "out")]
        names = names + [f"direction.{way} and {name}" for way, _ in ways for name in names] + [f"direction.{way}" for way, _ in ways]
        both = [column & where for _, where in ways for column in columns] + [where for _, where in ways]
        blind = np.hstack([np.array(columns).T, np.zeros((len(calls), len(both)))])
        return names, np.array(columns + both).T.astype(float), blind

    def given(self, signs):
        """Points that rows of signs have for each type before any are fitted."""
        points = np.zeros((len(signs), len(reading.TYPES)))
        for kind, given in self.spec["given"].items():
            for worth, name in given:
                points[:, reading.TYPES.index(kind)] += worth * signs[:, self.names.index(name)]
        return points

    @staticmethod
    def bare_sign(name, way):
        """Whether a sign holds in a call of a direction (or none) in which both talk and nothing is found."""
        talked = "words.client" in name and " not " not in name
        return name == f"direction.{way}" or (talked and (not name.startswith("direction.") or name.startswith(f"direction.{way} ")))

    def run(self, writers):
        """For each type the points it starts with and its signs' (points, sign), fitted to the calls of `writers`."""
        train = np.isin(self.writer, writers)
        shown = [(self.columns, 1.0), (self.blind, BLIND), (self.mono, MONO)]
        signs = np.vstack([*(each[train] for each, _ in shown), self.bare])
        shares = np.concatenate([*(np.full(train.sum(), share) for _, share in shown), np.full(len(self.bare), BARE)])
        labels = np.concatenate([np.tile(self.types[train], len(shown)), np.full(len(self.bare), reading.TYPES.index("qualification"))])
        # One point doubles the odds.
        given = self.given(signs) * math.log(2.0)
        weights, start = model.kinds(signs, labels, len(reading.TYPES), shares, given, L1, L2)
        weights, start = weights / math.log(2.0), start / math.log(2.0)
        return [(round(float(start[kind]), 1), self.terms(name, weights[:, kind])) for kind, name in enumerate(reading.TYPES)]

    def terms(self, kind, weights):
        """Terms worth writing, the largest first, given ones of the same sign added."""
        total = {name: round(float(weight), 1) for weight, name in zip(weights, self.names) if SMALLEST <= abs(round(float(weight), 1))}
        for points, name in self.spec["given"].get(kind, ()):
            total[name] = round(total.get(name, 0.0) + points, 1)
        return sorted(((points, name) for name, points in total.items()), key=lambda term: (-term[0], term[1]))


def write(fitted, folder):
    """Puts what was fitted into the rule file of a folder."""
    path = Path(folder, "60-types.toml")
    text = path.read_text("utf-8")
    for kind, (start, signs) in zip(reading.TYPES, fitted):
        text = book.set_type(text, kind, start, signs)
    path.write_text(text, "utf-8")


def check(program, fit, folder):
    """Grades each writer's calls with a rulebook fitted to the others; prints figures and, at the end, their means with 95 % intervals."""
    writers, found = sorted(set(fit.writer)), []
    with tempfile.TemporaryDirectory() as place:
        for writer in writers:
            rules, own = Path(place, "rules", writer), Path(place, "calls", writer)
            shutil.copytree(RULES, rules)
            write(fit.run([other for other in writers if other != writer]), rules)
            own.mkdir(parents=True)
            for call in fit.calls:
                if call.writer == writer:
                    shutil.copy(Path(folder, f"{call.id}.json"), own)
            found.append(figures(program, own, rules))
            print(writer, *(f"{name} {value:.3f}" for name, value in found[-1].items()), flush=True)
    for name in found[0]:
        values = np.array([one[name] for one in found])
        # From how far the writers lie apart.
        reach = 1.96 * values.std(ddof=1) / math.sqrt(len(values)) if 1 < len(values) else 0.0
        print(f"mean of {name}: {values.mean():.3f} ±{reach:.3f}")


def figures(program, folder, rules):
    """What `autograde evaluate` says of a folder."""
    run = [program, "evaluate", str(folder), "--rules", str(rules), "--json", "--quiet"]
    found = json.loads(subprocess.run(run, check=True, capture_output=True, text=True).stdout)
    return {
        "type": found["call_type"]["value"],
        "exact": found["values"]["agreement"]["value"],
        "kappa": found["values"]["kappa_quadratic"]["value"],
        "verdict": found["verdict"]["value"],
        "CQR error": found["cqr"]["mean_absolute_error"]["value"],
        "CQR bias": found["cqr"]["bias"]["value"],
    }


def main():
    arguments = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    arguments.add_argument("program")
    arguments.add_argument("calls", type=Path)
    arguments.add_argument("--check", action="store_true")
    given = arguments.parse_args()
    spec = tomllib.loads((HERE / "signs.toml").read_text("utf-8"))
    calls, mono = (read(given.program, given.calls, RULES) for read in (reading.read, reading.read_mono))
    fit = Fit(calls, mono, spec)
    if given.check:
        check(given.program, fit, given.calls)
    else:
        write(fit.run(sorted(set(fit.writer))), RULES)


if __name__ == "__main__":
    main()
