"""The record of a training run: one JSON line for the recipe, then one for each measured step."""

from __future__ import annotations

import json
from pathlib import Path

from helpers.training import rows


def start(path, header, *, after=None):
    """Begin a record; when a run resumes, keep the old one's lines up to step `after` and drop what came later."""
    lines = [] if after is None else read(path)[1]
    rows.write(path, [header, *(line for line in lines if line["step"] <= after)])


def append(path, line):
    """Add one measured step."""
    with Path(path).open("a", encoding="utf-8") as file:
        file.write(json.dumps(line) + "\n")


def read(path):
    """A run's header and its measured steps; a last line cut short by a kill is left out.

    Raises FileNotFoundError naming the file when there is no such run.
    """
    path = Path(path)
    if not path.exists():
        raise FileNotFoundError(f"{path} is missing; `python -m helpers.training {path.stem}` makes it")
    lines = []
    for line in path.read_text(encoding="utf-8").splitlines():
        try:
            lines.append(json.loads(line))
        except ValueError:
            break
    return (lines[0], lines[1:]) if lines else ({}, [])
