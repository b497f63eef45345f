"""Recorded results: whole on disk, readable after a kill, with Student's interval."""

import json

import numpy as np
import pytest
import torch
from scipy import stats

from helpers.experiments import results
from helpers.experiments.results import Record


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


def test_a_row_is_found_by_its_identity_and_its_score_summarised(tmp_path):
    record = Record(tmp_path / "results" / "rows.jsonl", "python -m helpers.some")
    for seed, value in enumerate((0.5, 0.6, 0.7)):
        record.add({"who": "exact", "seed": seed, "scores": {"a": {"b": value}}, "seconds": 1.0})
    mean, low, high = record.summary(who="exact", score=("a", "b"))
    assert mean == pytest.approx(0.6) and low < 0.5 < 0.7 < high
    record.add({"who": "exact", "seed": 0, "scores": {"a": {"b": 0.9}}, "seconds": 2.0})
    assert len(record.read()) == 3 and record.rows(seed=0)[0]["scores"]["a"]["b"] == 0.9
    assert not list(record.path.parent.glob("*.part"))
    with pytest.raises(FileNotFoundError, match="who='none'; `python -m helpers.some` makes them"):
        record.rows(who="none")


def test_a_line_cut_short_is_left_out_and_the_rest_kept(tmp_path):
    record = Record(tmp_path / "rows.jsonl", "python -m helpers.some")
    record.path.write_text(json.dumps({"who": "exact", "seed": 0, "scores": {}}) + '\n{"who": "exa')
    record.add({"who": "exact", "seed": 1, "scores": {}})
    assert [row["seed"] for row in record.read()] == [0, 1]


def test_what_is_recorded_is_not_run_again_and_a_stop_loses_nothing(tmp_path):
    record, calls = Record(tmp_path / "rows.jsonl", "python -m helpers.some"), []

    def job(name, fails=False):
        def work():
            calls.append(name)
            if fails:
                raise KeyboardInterrupt
            return {"random": 0.5}

        return {"who": name, "seed": 0}, work

    with pytest.raises(KeyboardInterrupt):
        record.run([job("one"), job("two", fails=True)])
    assert record.run([job("one"), job("two"), job("three")]) == 2
    assert calls == ["one", "two", "two", "three"] and len(record.read()) == 3
    row = record.rows(who="three")[0]
    assert row["command"] == "python -m helpers.some" and row["seconds"] >= 0


def test_the_fingerprint_changes_with_any_weight():
    torch.manual_seed(0)
    model = torch.nn.Linear(3, 2)
    before = results.fingerprint(model)
    assert before == results.fingerprint(model) and len(before) == 12
    with torch.no_grad():
        model.bias[1] += 1e-3
    assert results.fingerprint(model) != before
