"""Recorded results: whole on disk, readable after a kill, with Student's interval."""

import numpy as np
import pytest
from scipy import stats

from helpers import results


def test_rows_come_back_and_a_line_cut_short_is_passed_over(tmp_path):
    path = tmp_path / "folder" / "rows.jsonl"
    assert results.read(path) == []
    results.write(path, [{"seed": 0}, {"seed": 1, "name": "é"}])
    with path.open("a") as file:
        file.write('{"seed": 2, "na')
    assert results.read(path) == [{"seed": 0}, {"seed": 1, "name": "é"}]
    results.write(path, [*results.read(path), {"seed": 2}])
    assert [row["seed"] for row in results.read(path)] == [0, 1, 2]
    assert [file.name for file in path.parent.iterdir()] == ["rows.jsonl"]


def test_a_write_that_fails_leaves_the_old_file(tmp_path):
    path = tmp_path / "rows.jsonl"
    results.write(path, [{"seed": 0}])
    with pytest.raises(TypeError):
        results.write(path, [{"seed": 1}, {"seed": object()}])
    assert results.read(path) == [{"seed": 0}]


def test_the_interval_is_students():
    values = np.random.default_rng(0).normal(size=7)
    mean, low, high = results.interval(values)
    expected = stats.t.interval(0.95, 6, loc=values.mean(), scale=stats.sem(values))
    assert (low, high) == pytest.approx(expected) and mean == pytest.approx(values.mean())
    assert results.interval([1.0]) == (1.0, -np.inf, np.inf)
