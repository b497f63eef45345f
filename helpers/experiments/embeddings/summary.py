"""What the record says: which learning rate and which way of reading validation chose, and differences by seed."""

from __future__ import annotations

from helpers.experiments import results
from helpers.experiments.embeddings import RECORD, runs
from helpers.experiments.results import score_of


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
    return min(
        ways, key=lambda how: min(map(cost, record.rows(stage="search", kind="tuned", family=family, how=how, **match)))
    )


def by_seed(score, *, record=RECORD, **match) -> dict:
    """One score of the rows that match, seed by seed: {seed: value}; a score may be a path of names."""
    return {row["seed"]: score_of(row, score) for row in record.rows(**match)}


def paired(one: dict, two: dict, *, score, record=RECORD) -> tuple[float, float, float]:
    """Mean difference of two kinds of rows ({field: value}), seed by seed, and its 95 % interval.

    Raises ValueError when the two were not run with the same seeds.
    """
    sides = [by_seed(score, record=record, **match) for match in (one, two)]
    if sides[0].keys() != sides[1].keys():
        raise ValueError(f"seeds {sorted(sides[0])} against {sorted(sides[1])} make no pairs; run both with the same")
    return results.paired(*sides)


def difference(stage: str, one, two, *, score, record=RECORD) -> tuple[float, float, float]:
    """Mean difference of two readers (family, how) of one stage, seed by seed, and its 95 % interval."""
    sides = ({"stage": stage, "family": family, "how": how} for family, how in (one, two))
    return paired(*sides, score=score, record=record)
