"""The table: which row stands first, when a row is doubtful, what is stale, what it costs."""

import dataclasses

import pytest

from helpers.experiments import runner, tasks
from helpers.experiments.tasks import table
from helpers.tasks import TASKS

RATES = [recipe["learning_rate"] for recipe in tasks.RECIPES]


@pytest.fixture
def add(tmp_path, monkeypatch):
    """A function that adds rows to an experiment of its own; the decoder's code cell stands in it already."""
    monkeypatch.setattr(runner, "weights_of", lambda model: f"weights of {model}")
    monkeypatch.setattr(runner, "language_here", lambda: "tinytown")
    experiment = dataclasses.replace(tasks.EXPERIMENT, folder=tmp_path)
    monkeypatch.setattr(tasks, "EXPERIMENT", experiment)

    def add(stage, value, *, model="course-gpt", seed=0, rate=RATES[1], **more):
        cell = {"task": "code", "family": "decoder", "model": model, "method": "prompt", "seed": seed}
        point = {"stage": stage, **cell, "recipe": {**tasks.RECIPES[0], "learning_rate": rate}, **more}
        weights = {"weights": {model: f"weights of {model}"}, "language": "tinytown"}
        runner.record(experiment, {**weights, **point, "scores": {"exact match": value}})

    for rate, value in zip(RATES, (0.4, 0.55, 0.5)):
        add("search", value, rate=rate)
    for seed in tasks.SEEDS:
        add("test", 0.5 + seed / 50, seed=seed)
        for who, value in (("exact", 0.6), ("chance", 0.1)):
            row = {"stage": "bound", "task": "code", "who": who, "seed": seed, "language": "tinytown"}
            runner.record(experiment, {**row, "scores": {"exact match": value + seed / 10}})
    return add


def test_a_row_has_mean_interval_ends_and_no_doubt(add):
    (row,) = table.table(task="code").to_dict("records")
    assert row["mean"] == pytest.approx(0.52) and row["low"] < 0.5 < 0.54 < row["high"]
    assert (row["chance"], row["optimum"]) == (pytest.approx(0.2), pytest.approx(0.7))
    assert row["share"] == pytest.approx((0.4 + 0.32 + 0.24) / 0.5 / 3)  # seed by seed, each with its own ends
    assert (row["learning_rate"], row["validation"], row["doubts"]) == (RATES[1], 0.55, ("seeds disagree",))
    assert list(table.searches().values()) == [dict(zip(RATES, (0.4, 0.55, 0.5)))]


def test_the_best_on_validation_stands_first(add):
    add("search", 0.9, method="another")
    add("test", 0.1, method="another")
    assert list(table.table()["method"]) == ["another", "prompt"]
    (best,) = table.best(family="decoder").to_dict("records")
    assert best["method"] == "another" and best["doubts"] == ("fewer than 3 seeds",)


def test_old_rows_are_doubted_until_their_successors_are_there(add, monkeypatch):
    monkeypatch.setattr(runner, "weights_of", lambda model: "new weights")
    assert table.table()["stale"][0] == "other weights of course-gpt"
    add("search", 0.3, weights={"course-gpt": "new weights"})
    add("test", 0.3, weights={"course-gpt": "new weights"})
    (row,) = table.table().to_dict("records")
    assert (row["mean"], row["validation"], row["doubts"]) == (0.3, 0.3, ("fewer than 3 seeds",))


@pytest.mark.parametrize(
    "values, search, found",
    [
        ([0.9, 0.91, 0.92], {1: 0.5, 2: 0.9, 3: 0.6}, ()),
        ([0.9, 0.91], {1: 0.5, 2: 0.9, 3: 0.6}, ("fewer than 3 seeds",)),
        ([0.9, 0.7, 0.92], {1: 0.5, 2: 0.9, 3: 0.6}, ("seeds disagree",)),
        ([0.9, 0.9, 0.9], {1: 0.5, 2: 0.6, 3: 0.9}, ("search ended at its edge",)),
        ([0.9, 0.9, 0.9], {1: 0.9, 2: 0.6, 3: 0.5}, ("search ended at its edge",)),
        ([0.9, 0.9, 0.9], {1: 0.91, 2: 0.9, 3: 0.6}, ()),
        ([0.9, 0.9, 0.9], {float("nan"): 0.9}, ()),
    ],
)
def test_doubts(values, search, found):
    assert table.doubts(values, search) == found


def test_what_is_not_there_is_named(add, tmp_path, monkeypatch):
    with pytest.raises(ValueError, match="no task is called 'poem' here; choose one of code"):
        table.table(task="poem")
    monkeypatch.setattr(tasks, "EXPERIMENT", dataclasses.replace(tasks.EXPERIMENT, folder=tmp_path / "empty"))
    with pytest.raises(FileNotFoundError, match="no row with stage='bound'; `python -m helpers.experiments tasks`"):
        table.table()


def test_a_task_from_which_nothing_can_be_learnt_is_refused(add):
    row = {"stage": "bound", "task": "code", "who": "chance", "seed": 0, "language": "tinytown"}
    runner.record(tasks.EXPERIMENT, {**row, "scores": {"exact match": 0.6}})
    with pytest.raises(ValueError, match="code: chance 0.6 is no less than the optimum 0.6"):
        table.table()


def test_costs_are_ratios_to_the_encoder(add):
    numbers = {"encoder": {"fine-tuning": 2.0, "parameters": 0}, "decoder": {"fine-tuning": 3.0, "parameters": 5}}
    runner.record(tasks.EXPERIMENT, {"stage": "cost", "task": "code", "language": "tinytown", "scores": numbers})
    ratios, plain = table.costs(), table.costs(ratios=False)
    assert ratios["fine-tuning"]["code", "decoder"] == 1.5 and ratios["fine-tuning"]["code", "encoder"] == 1
    assert ratios["parameters"].isna().all() and plain["fine-tuning"]["code", "decoder"] == 3


def test_the_recorded_table_is_whole():
    found = table.table()
    assert list(dict.fromkeys(found["task"])) == list(TASKS) and len(found) == len(list(tasks.cells()))
    assert len(table.runs()) == len(tasks.SEEDS) * len(found) and len(table.best()) == 3 * len(TASKS)
