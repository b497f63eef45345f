"""The record of the text-to-text experiments, and reading it when a part is not recorded yet."""

from __future__ import annotations

from helpers.experiments import results
from helpers.experiments.tasks.record import SEARCHED_WITH, SEEDS, is_here, weights_of  # noqa: F401  (part of what a record needs)
from helpers.models import DATA

RECORD = results.Record(DATA / "results" / "seq2seq.jsonl", "python -m helpers.experiments.seq2seq")


def latest(record=RECORD, **match) -> list[dict]:
    """The rows with these values that were made with the weights and recipe of the last of them; [] without any."""
    rows = record.found(**match)
    same = [(row.get("weights"), row.get("recipe")) for row in rows]
    return [row for row, made in zip(rows, same) if made == same[-1]]


def summary(score, *, record=RECORD, **match) -> tuple[float, float, float] | None:
    """Mean and 95 % interval over the seeds of one score, as (mean, low, high); None when nothing is recorded yet.

    A score may be a path of names: ("alignment", "f1").
    """
    values = [results.score_of(row, score) for row in latest(record, **match)]
    return results.interval(values) if values else None


def best_rate(score: str, *, record=RECORD, **match) -> float | None:
    """The learning rate with the best score among the search's rows, the smallest of a tie; None without any.

    `weights` belongs into `match` where rows of other weights may be left.
    """
    by_rate = {row["recipe"]["learning_rate"]: row["scores"][score] for row in record.found(stage="search", **match)}
    return max(sorted(by_rate), key=by_rate.get) if by_rate else None
