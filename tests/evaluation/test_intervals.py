"""Intervals over seeds: Student's, paired, and of one more run."""

import numpy as np
import pandas as pd
import pytest
from scipy import stats

from helpers.evaluation.intervals import half_width, interval, intervals, new_run_interval, paired


def test_the_interval_is_students():
    values = np.random.default_rng(0).normal(size=7)
    mean, low, high = interval(values)
    expected = stats.t.interval(0.95, 6, loc=values.mean(), scale=stats.sem(values))
    assert (low, high) == pytest.approx(expected) and mean == pytest.approx(values.mean())
    assert interval([1.0]) == (1.0, -np.inf, np.inf)


@pytest.mark.parametrize("values", [[], [1.0, float("nan")], [float("inf")]])
def test_what_is_no_number_has_no_interval(values):
    with pytest.raises(ValueError, match="an interval needs at least one number and numbers alone"):
        interval(values)


def test_each_group_has_its_own_interval_in_the_order_of_the_rows():
    frame = pd.DataFrame({"who": ["b", "a", "b", "a"], "score": [1.0, 5.0, 3.0, 7.0]})
    found = intervals(frame, "score", by="who")
    assert list(found.index) == ["b", "a"] and list(found["runs"]) == [2, 2]
    assert tuple(found.loc["a", ["mean", "low", "high"]]) == pytest.approx(interval([5.0, 7.0]))


def test_pairs_are_made_seed_by_seed():
    one = pd.DataFrame({"seed": [2, 0, 1], "score": [3.0, 1.0, 2.0]})
    two = pd.DataFrame({"seed": [0, 1, 2], "score": [0.9, 1.8, 2.9]})
    assert paired(one, two, "score") == pytest.approx(interval([0.1, 0.2, 0.1]))
    for other in (two[:2], pd.concat([two, two])):
        with pytest.raises(ValueError, match="make no pairs; run both with the same seeds, once each"):
            paired(one, other, "score")


def test_a_new_run_falls_into_its_interval_as_often_as_promised():
    rng, inside = np.random.default_rng(0), []
    for _ in range(4_000):
        runs = rng.normal(size=4)
        low, high = new_run_interval(runs[:3])
        inside.append(low < runs[3] < high)
    assert abs(np.mean(inside) - 0.95) < 4 * (0.95 * 0.05 / 4_000) ** 0.5
    low, high = new_run_interval([1.0, 3.0])
    assert (high - low) / 2 == pytest.approx(stats.t.ppf(0.975, 1) * 2**0.5 * 1.5**0.5)
    with pytest.raises(ValueError, match="record at least two seeds"):
        new_run_interval([1.0])


def test_the_half_width_of_a_mean_over_texts_of_different_lengths():
    """With equal counts the interval of a plain mean; a text twice as long may have twice the sum."""
    sums = np.array([1.0, 2.0, 4.0, 1.0])
    assert half_width(sums) == pytest.approx(stats.norm.ppf(0.975) * sums.std() / 2)
    assert half_width([0.5, 1.0, 1.5], [1, 2, 3]) == 0  # every text has the mean of all
    assert half_width(3 * sums, [3, 3, 3, 3]) == pytest.approx(half_width(sums))
    assert half_width([1.0, np.inf]) == np.inf


def test_the_half_width_over_texts_covers_the_mean_as_often_as_promised():
    rng, inside = np.random.default_rng(0), []
    for _ in range(1_000):
        counts = rng.integers(1, 20, size=200)
        sums = np.array([rng.normal(1, 1, count).sum() for count in counts])
        inside.append(abs(sums.sum() / counts.sum() - 1) < half_width(sums, counts))
    assert abs(np.mean(inside) - 0.95) < 4 * (0.95 * 0.05 / 1_000) ** 0.5
