"""The record of the pair tasks and probes: one JSON line a run, with its seed, recipe, weights and command."""

from __future__ import annotations

from pathlib import Path

from helpers.checkpoints import DATA
from helpers.results import Record, fingerprint, identity

__all__ = ["COMMAND", "RESULTS", "add", "fingerprint", "identity", "prune", "read", "rows", "run", "summary"]

RESULTS = DATA / "results" / "next_sentence.jsonl"
COMMAND = "python -m helpers.pair_tasks"


def read(path: Path | str = RESULTS) -> list[dict]:
    """All rows."""
    return Record(path, COMMAND).read()


def add(row: dict, path: Path | str = RESULTS) -> None:
    """Add one row, in place of one with the same identity."""
    Record(path, COMMAND).add(row)


def prune(is_stale, path: Path | str = RESULTS) -> int:
    """Drop the rows whose identity is stale; how many they were."""
    return Record(path, COMMAND).prune(is_stale)


def rows(path: Path | str = RESULTS, **match) -> list[dict]:
    """The recorded rows whose fields have these values, as `Record.rows` finds them."""
    return Record(path, COMMAND).rows(**match)


def summary(path: Path | str = RESULTS, *, score, **match) -> tuple[float, float, float]:
    """Mean and 95 % interval over the seeds of one score: (mean, low, high); a score may be a path of names."""
    return Record(path, COMMAND).summary(score=score, **match)


def run(jobs, path: Path | str = RESULTS) -> int:
    """Do what is not recorded, one whole row each; returns how many runs were made."""
    return Record(path, COMMAND).run(jobs)
