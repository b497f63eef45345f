"""The record of the few-shot curves: one JSON line a run, with its seed, recipe, weights and command."""

from __future__ import annotations

import numpy as np

from helpers.experiments.few_shot.methods import METHODS
from helpers.experiments.results import Record
from helpers.models import DATA

RECORD = Record(DATA / "results" / "few_shot.jsonl", "python -m helpers.experiments.few_shot")
LABELLED = (0, 4, 8, 16, 32, 64, 256)
SEEDS = (0, 1, 2, 3, 4)
SEARCHED_AT, SEARCH_SEEDS = 32, (100, 101)


def chosen(who: str, *, record: Record = RECORD, weights: str | None = None) -> dict:
    """The recipe of a method with the best mean accuracy on the validation reviews; the first one of a tie.

    Raises FileNotFoundError when the search has not been recorded.
    """
    match = {"who": who, "phase": "search"} | ({"weights": weights} if weights else {})
    rows = record.rows(**match)

    def mean(recipe):
        return np.mean([row["scores"]["accuracy"] for row in rows if row["recipe"] == recipe] or [0.0])

    return max(METHODS[who].recipes, key=mean)


def curve(who: str, *, score: str = "accuracy", record: Record = RECORD) -> list[tuple[float, float, float]]:
    """Mean and 95 % interval over the draws at every number of labels: [(mean, low, high), ...]."""
    return [record.summary(who=who, phase="curve", labels=count, score=score) for count in LABELLED]
