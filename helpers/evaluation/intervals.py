"""Means over seeds with their 95 % intervals, and differences taken seed by seed.

An interval over seeds says how far the mean of these runs may be off; it is Student's t, so that three runs give a wide
one. Where two methods met the same examples with the same seed, the interval of the paired difference decides.
"""

from __future__ import annotations

import numpy as np
import pandas as pd
from scipy.stats import norm, t


def interval(values, *, level: float = 0.95) -> tuple[float, float, float]:
    """Mean and Student's t interval of the mean: (mean, low, high); one value alone gives an infinite interval.

    >>> [round(number, 2) for number in interval([1.0, 2.0, 3.0])]
    [2.0, -0.48, 4.48]

    Raises ValueError for no values, or a value that is not a number.
    """
    values = np.asarray(values, dtype=float)
    if not values.size or not np.isfinite(values).all():
        raise ValueError(f"an interval needs at least one number and numbers alone; got {values.tolist()}")
    mean = float(values.mean())
    if len(values) < 2:
        return mean, -np.inf, np.inf
    half = float(t.ppf((1 + level) / 2, len(values) - 1) * values.std(ddof=1) / len(values) ** 0.5)
    return mean, mean - half, mean + half


def new_run_interval(values, *, level: float = 0.95) -> tuple[float, float]:
    """Where one more run is expected, with this probability, given the runs so far: (low, high), Student's t.

    Wider than the interval of the mean: the new run has a scatter of its own.

    >>> [round(end, 2) for end in new_run_interval([1.0, 2.0, 3.0])]
    [-2.97, 6.97]

    Raises ValueError for fewer than two runs.
    """
    values = np.asarray(values, dtype=float)
    if len(values) < 2:
        raise ValueError(f"{len(values)} run tells nothing of the scatter; record at least two seeds")
    half = t.ppf((1 + level) / 2, len(values) - 1) * values.std(ddof=1) * (1 + 1 / len(values)) ** 0.5
    return float(values.mean() - half), float(values.mean() + half)


def intervals(frame: pd.DataFrame, score: str, *, by) -> pd.DataFrame:
    """Mean, low and high of one column for each group of rows, and how many rows there were.

    >>> runs = pd.DataFrame({"model": ["a", "a", "a"], "accuracy": [1.0, 2.0, 3.0]})
    >>> intervals(runs, "accuracy", by="model").round(2).loc["a"].tolist()
    [2.0, -0.48, 4.48, 3.0]
    """
    grouped = frame.groupby(by, sort=False)[score]
    found = grouped.apply(lambda values: pd.Series([*interval(values), len(values)], ["mean", "low", "high", "runs"]))
    return found.unstack()


def paired(one: pd.DataFrame, two: pd.DataFrame, score: str, *, on="seed") -> tuple[float, float, float]:
    """Mean of one minus two, seed by seed, and its 95 % interval: (mean, low, high).

    Seeds that both met with the same examples differ less than the means' intervals say.

    >>> one = pd.DataFrame({"seed": [0, 1, 2], "accuracy": [1.0, 2.0, 3.0]})
    >>> two = pd.DataFrame({"seed": [2, 1, 0], "accuracy": [2.5, 1.5, 0.5]})
    >>> [round(number, 2) for number in paired(one, two, "accuracy")]
    [0.5, 0.5, 0.5]

    Raises ValueError when the two sides were not run with the same seeds.
    """
    sides = [side.set_index(on)[score] for side in (one, two)]
    if not len(sides[0]) or set(sides[0].index) != set(sides[1].index) or not all(s.index.is_unique for s in sides):
        seeds = [sorted(side.index) for side in sides]
        raise ValueError(f"seeds {seeds[0]} against {seeds[1]} make no pairs; run both with the same seeds, once each")
    return interval(sides[0] - sides[1])


def half_width(sums, counts=None) -> float:
    """Half of the 95 % interval of a mean when the texts are drawn: sums over each text, and how many went into each.

    >>> round(half_width([1.0, 0.0, 1.0, 0.0]), 2)
    0.49
    """
    sums = np.asarray(sums, dtype=float)
    counts = np.ones_like(sums) if counts is None else np.asarray(counts, dtype=float)
    if not np.isfinite(sums).all():
        return float("inf")
    apart = sums - counts * sums.sum() / counts.sum()
    return round(float(norm.ppf(0.975) * np.sqrt((apart**2).sum()) / counts.sum()), 9)
