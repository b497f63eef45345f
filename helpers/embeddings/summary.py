"""What the record says: which learning rate and which way of reading validation chose, and differences by seed."""

from __future__ import annotations

import numpy as np

from helpers.embeddings import RECORD, runs
from helpers.results import interval


def cost(row: dict) -> float:
    """What a search makes small: a loss, or a correlation with its sign turned.

    >>> cost({"scores": {"spearman": 0.5}}), cost({"scores": {"loss": 0.2}})
    (-0.5, 0.2)
    """
    return row["scores"].get("loss", -row["scores"].get("spearman", 0.0))


def best_rate(record=RECORD, **match) -> float:
    """The learning rate whose model did best on validation pairs."""
    return min(record.rows(stage="search", **match), key=cost)["recipe"]["learning_rate"]


def best_read(family: str, *, record=RECORD, weights=None) -> str:
    """The way of reading a family that validation preferred after training on twins."""
    match = {"weights": weights} if weights else {}
    ways = runs.READ[family]
    return min(ways, key=lambda how: min(map(cost, record.rows(stage="search", kind="tuned", family=family, how=how,
                                                               **match))))  # fmt: skip


def difference(stage: str, one, two, *, score, record=RECORD) -> tuple[float, float, float]:
    """Mean difference of two readers (family, how), seed by seed, and its 95 % interval; a score may be a path."""
    sides = []
    for family, how in (one, two):
        values = {}
        for row in record.rows(stage=stage, family=family, how=how):
            value = row["scores"]
            for name in (score,) if isinstance(score, str) else score:
                value = value[name]
            values[row["seed"]] = value
        sides.append([values[seed] for seed in sorted(values)])
    return interval(np.subtract(*sides))
