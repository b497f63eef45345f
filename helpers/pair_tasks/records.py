"""The record of the pair tasks and probes: one JSON line a run, with its seed, recipe, weights and command.

A row's identity is everything but its results. Whatever stands in the file under the same identity is not run again;
a model with other weights is another identity, so that rows of a model that has been retrained are made anew.
"""

from __future__ import annotations

from pathlib import Path

from helpers import results
from helpers.checkpoints import DATA

RESULTS = DATA / "results" / "next_sentence.jsonl"
COMMAND = "python -m helpers.pair_tasks"
FOUND = ("scores", "seconds", "command")  # what a run adds to its identity


def fingerprint(model) -> str:
    """Twelve hexadecimal digits that change when any weight of a model does."""
    import hashlib

    digest = hashlib.sha256()
    for name, weight in sorted(model.state_dict().items()):
        digest.update(name.encode() + weight.detach().cpu().contiguous().float().numpy().tobytes())
    return digest.hexdigest()[:12]


def identity(row: dict) -> dict:
    """A row without its results.

    >>> identity({"who": "exact", "seed": 0, "scores": {}, "seconds": 1.0, "command": "x"})
    {'who': 'exact', 'seed': 0}
    """
    return {name: value for name, value in row.items() if name not in FOUND}


def read(path: Path | str = RESULTS) -> list[dict]:
    """All rows, as `results.read` gives them."""
    return results.read(path)


def add(row: dict, path: Path | str = RESULTS) -> None:
    """Add one row, in place of one with the same identity."""
    results.write(path, [old for old in read(path) if identity(old) != identity(row)] + [row])


def prune(is_stale, path: Path | str = RESULTS) -> int:
    """Drop the rows whose identity is stale, made by models or recipes that are no longer there; how many they were."""
    rows = read(path)
    kept = [row for row in rows if not is_stale(identity(row))]
    if len(kept) < len(rows):
        results.write(path, kept)
    return len(rows) - len(kept)


def rows(path: Path | str = RESULTS, **match) -> list[dict]:
    """The recorded rows whose fields have these values.

    Raises FileNotFoundError when there is none, naming the command that makes them.
    """
    found = [row for row in read(path) if all(row.get(name) == value for name, value in match.items())]
    if not found:
        what = ", ".join(f"{name}={value!r}" for name, value in match.items())
        raise FileNotFoundError(f"{path} has no row with {what or 'anything'}; `{COMMAND}` makes them")
    return found


def summary(path: Path | str = RESULTS, *, score, **match) -> tuple[float, float, float]:
    """Mean and 95 % interval over the seeds of one score: (mean, low, high); a score may be a path of names."""
    values = []
    for row in rows(path, **match):
        value = row["scores"]
        for name in (score,) if isinstance(score, str) else score:
            value = value[name]
        values.append(value)
    return results.interval(values)
