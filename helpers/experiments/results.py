"""Files of recorded results: one JSON line a run, always whole on disk; and the interval over the seeds."""

from __future__ import annotations

import hashlib
import json
import os
import time
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from scipy.stats import t

FOUND = ("scores", "seconds", "command")  # what a run adds to the identity of its row


def read(path) -> list[dict]:
    """All rows; a file that is not there has none, and a line cut short is left out."""
    path, rows = Path(path), []
    for line in path.read_text(encoding="utf-8").splitlines() if path.exists() else ():
        try:
            rows.append(json.loads(line))
        except ValueError:
            continue
    return rows


def write(path, rows) -> None:
    """Write all rows in one step: a kill leaves the old file or the new one, never a part."""
    path = Path(path)
    path.parent.mkdir(parents=True, exist_ok=True)
    unfinished = path.with_suffix(".part")
    unfinished.write_text("".join(json.dumps(row) + "\n" for row in rows), encoding="utf-8")
    os.replace(unfinished, path)


def interval(values, *, level=0.95) -> tuple[float, float, float]:
    """Mean and Student's t interval of the mean: (mean, low, high); one value alone gives an infinite interval.

    >>> [round(number, 2) for number in interval([1.0, 2.0, 3.0])]
    [2.0, -0.48, 4.48]
    """
    values = np.asarray(values, dtype=float)
    mean = float(values.mean())
    if len(values) < 2:
        return mean, -np.inf, np.inf
    half = float(t.ppf((1 + level) / 2, len(values) - 1) * values.std(ddof=1) / len(values) ** 0.5)
    return mean, mean - half, mean + half


def fingerprint(model) -> str:
    """Twelve hexadecimal digits that change when any weight of a model does."""
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


def paired(one: dict, two: dict) -> tuple[float, float, float] | None:
    """Mean of one minus two, seed by seed, and its 95 % interval: (mean, low, high); None without a common seed.

    Both are {seed: value}. Seeds that both met with the same examples differ less than the means' intervals say.

    >>> [round(number, 2) for number in paired({0: 1.0, 1: 2.0, 2: 3.0}, {0: 0.5, 1: 1.5, 2: 2.5})]
    [0.5, 0.5, 0.5]
    """
    both = sorted(one.keys() & two.keys())
    return interval([one[seed] - two[seed] for seed in both]) if both else None


def score_of(row: dict, score):
    """One score of a row; a score may be a path of names.

    >>> score_of({"scores": {"recall": {"10": 0.7}}}, ("recall", "10"))
    0.7
    """
    value = row["scores"]
    for name in (score,) if isinstance(score, str) else score:
        value = value[name]
    return value


@dataclass(frozen=True)
class Record:
    """A file of rows and the command that makes them.

    A row's identity is everything but its results. Whatever stands in the file under the same identity is not run
    again; a model with other weights is another identity, so that rows of a retrained model are made anew.
    """

    path: Path
    command: str

    def read(self) -> list[dict]:
        """All rows."""
        return read(self.path)

    def add(self, row: dict) -> None:
        """Add one row, in place of one with the same identity."""
        write(self.path, [old for old in self.read() if identity(old) != identity(row)] + [row])

    def prune(self, is_stale) -> int:
        """Drop the rows whose identity is stale, made by models or recipes that are gone; how many they were."""
        rows = self.read()
        kept = [row for row in rows if not is_stale(identity(row))]
        if len(kept) < len(rows):
            write(self.path, kept)
        return len(rows) - len(kept)

    def found(self, **match) -> list[dict]:
        """The recorded rows whose fields have these values; [] without any."""
        return [row for row in self.read() if all(row.get(name) == value for name, value in match.items())]

    def rows(self, **match) -> list[dict]:
        """The recorded rows whose fields have these values.

        Raises FileNotFoundError when there is none, naming the command that makes them.
        """
        found = self.found(**match)
        if not found:
            what = ", ".join(f"{name}={value!r}" for name, value in match.items())
            raise FileNotFoundError(f"{self.path} has no row with {what or 'anything'}; `{self.command}` makes them")
        return found

    def summary(self, *, score, **match) -> tuple[float, float, float]:
        """Mean and 95 % interval over the rows of one score: (mean, low, high); a score may be a path of names."""
        return interval([score_of(row, score) for row in self.rows(**match)])

    def run(self, jobs) -> int:
        """Do the (identity, work) jobs that are not recorded, one whole row each; returns how many runs were made."""
        done, made = [identity(row) for row in self.read()], 0
        for key, work in jobs:
            if key in done:
                continue
            started = time.process_time()
            scores = work()
            seconds = round(time.process_time() - started, 1)
            self.add({**key, "scores": scores, "seconds": seconds, "command": self.command})
            made += 1
            print(" ".join(str(value) for name, value in key.items() if name != "recipe"), f"{seconds} s", flush=True)
        return made
