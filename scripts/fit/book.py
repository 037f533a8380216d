"""Writes what was fitted into the rule file, and nothing else of it."""

import re


def number(value):
    """A number as short as it can be written: 2, 0.5, -1.2."""
    return f"{value:.1f}".rstrip("0").rstrip(".")


def set_type(text, kind, start_points, signs):
    """The text of 60-types.toml with other points and signs of a type."""
    start = text.index(f'id       = "{kind}"')
    end = text.find("[[type]]", start)
    end = len(text) if end < 0 else end
    block = re.sub(r"^points +=.*$", f"points   = {number(start_points)}", text[start:end], flags=re.MULTILINE)
    lines = "".join(f'  {{ if = "{sign}", points = {number(worth)} }},\n' for worth, sign in signs)
    block, count = re.subn(r"^signs = \[\n.*?^\]$", lambda _: f"signs = [\n{lines}]", block, flags=re.MULTILINE | re.DOTALL)
    if count != 1:
        raise ValueError(f"60-types.toml: `{kind}` has no `signs`")
    return text[:start] + block + text[end:]
