"""The record of a training run: one JSON line for the recipe, then one for each measured step."""

from __future__ import annotations

import json
from pathlib import Path

from helpers.models import DATA
from helpers.training import rows

RECORDS = DATA / "training"  # of the course models


def start(path, header, *, after=None):
    """Begin a record; when a run resumes, keep the old one's lines up to step `after` and drop what came later."""
    before = [] if after is None else rows.read(path)[1:]
    rows.write(path, [header, *(line for line in before if line["step"] <= after)])


def append(path, line):
    """Add one measured step."""
    with Path(path).open("a", encoding="utf-8") as file:
        file.write(json.dumps(line) + "\n")


def read(path):
    """A run's header and its measured steps; a last line cut short by a kill is left out.

    Raises FileNotFoundError naming the file when there is no such run.
    """
    if not Path(path).exists():
        raise FileNotFoundError(f"{path} is missing; `python -m helpers.training {Path(path).stem}` makes it")
    header, *lines = rows.read(path) or [{}]
    return header, lines


def along(name, measure):
    """What was recorded of one ability along a model's training: [(million words read, value), ...].

    Raises KeyError for a measure that was not taken, FileNotFoundError for a training without a record.
    """
    steps = read(RECORDS / f"{name}.jsonl")[1]
    return [(line["words"] / 1e6, line["evaluations"][measure]) for line in steps if "evaluations" in line]
