"""The table: which row stands first, when a row is doubtful, what is stale, what it costs."""

import dataclasses

import pytest

from helpers.experiments import runner, tasks
from helpers.experiments.tasks import budgets, families, table
from helpers.tasks import TASKS

RECIPES = budgets.recipes("code")
RATES = list(budgets.RATES)
METRIC = TASKS["code"].metric


@pytest.fixture
def add(tmp_path, monkeypatch):
    """A function that adds rows to an experiment of its own; the decoder's code cell stands in it already."""
    monkeypatch.setattr(runner, "weights_of", lambda model: f"weights of {model}")
    monkeypatch.setattr(runner, "language_here", lambda: "tinytown")
    experiment = dataclasses.replace(tasks.EXPERIMENT, folder=tmp_path)
    monkeypatch.setattr(tasks, "EXPERIMENT", experiment)

    def add(stage, value, *, model="course-gpt", seed=0, rate=RATES[1], **more):
        cell = {"task": "code", "family": "decoder", "model": model, "method": "prompt", "seed": seed}
        point = {"stage": stage, **cell, "recipe": {**RECIPES[0], "learning_rate": rate}, **more}
        weights = {"weights": {model: f"weights of {model}"}, "language": "tinytown"}
        scores = (
            {METRIC: value, "curve": [[100, value - 0.3], [300, value], [500, value]]}
            if stage == "search"
            else {METRIC: value}
        )
        runner.record(experiment, {**weights, **point, "scores": scores})

    for rate, value in zip(RATES, (0.4, 0.55, 0.5)):
        add("search", value, rate=rate)
    for seed in tasks.SEEDS:
        add("test", 0.5 + seed / 50, seed=seed)
        for who, value in (("exact", 0.6), ("chance", 0.1)):
            row = {"stage": "bound", "task": "code", "who": who, "seed": seed, "language": "tinytown"}
            runner.record(experiment, {**row, "scores": {METRIC: value + seed / 10, "lookup": 0.3}})
    return add


def test_a_row_has_mean_interval_ends_and_no_doubt(add):
    (row,) = table.table(task="code").to_dict("records")
    assert row["mean"] == pytest.approx(0.54) and row["low"] < 0.52 < 0.56 < row["high"]
    assert (row["chance"], row["optimum"]) == (pytest.approx(0.3), pytest.approx(0.8)) and row["lookup"] == 0.3
    assert row["share"] == pytest.approx((0.4 + 0.32 + 0.24 + 0.16 + 0.08) / 0.5 / 5)  # seed by seed
    assert (row["learning_rate"], row["validation"], row["doubts"]) == (RATES[1], 0.55, ("seeds disagree",))
    assert list(table.searches().values()) == [dict(zip(RATES, (0.4, 0.55, 0.5)))]


def test_the_curve_of_the_chosen_rate_is_shown_and_must_be_flat(add):
    found = table.curves(table.best(task="code"))
    assert list(found["step"]) == [100, 300, 500] and list(found["score"]) == pytest.approx([0.25, 0.55, 0.55])
    assert table.doubts([0.5] * 3, {1: 0.5}, curve=[[100, 0.2], [500, 0.9]]) == ("still rising",)


def test_steps_of_zero_stand_beside_their_method(add):
    for seed in tasks.SEEDS:
        add("zero", 0.05, seed=seed)
    found = table.zero_steps(task="code", method="prompt")
    assert list(found["score"]) == [0.05] * 5 and list(found["seed"]) == list(tasks.SEEDS)


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
    runner.record(tasks.EXPERIMENT, {**row, "scores": {METRIC: 0.6}})
    with pytest.raises(ValueError, match="code: chance 0.6 is no less than the optimum 0.6"):
        table.table()


def test_costs_are_ratios_to_the_encoder(add):
    numbers = {"encoder": {"fine-tuning": 2.0, "parameters": 0}, "decoder": {"fine-tuning": 3.0, "parameters": 5}}
    runner.record(tasks.EXPERIMENT, {"stage": "cost", "task": "code", "language": "tinytown", "scores": numbers})
    ratios, plain = table.costs(), table.costs(ratios=False)
    assert ratios["fine-tuning"]["code", "decoder"] == 1.5 and ratios["fine-tuning"]["code", "encoder"] == 1
    assert "one example, ms" not in ratios  # nothing of the kind was recorded here
    assert ratios["parameters"].isna().all() and plain["fine-tuning"]["code", "decoder"] == 3


def test_the_recorded_table_is_whole():
    found = table.table()
    assert list(dict.fromkeys(found["task"])) == list(TASKS)
    usual = found[found["family"].isin(families.FAMILIES)]
    assert len(usual) == len([cell for cell in tasks.cells() if cell["family"] in families.FAMILIES])
    assert len(table.runs()) == sum(len(tasks.seeds_of(*cell)) for cell in zip(found["task"], found["family"]))
    assert len(usual.drop_duplicates(["task", "family"])) == 27


def test_answers_are_given_in_milliseconds_beside_their_ratios(add):
    numbers = {"encoder": {"one example": 0.004}, "decoder": {"one example": 0.006}}
    runner.record(tasks.EXPERIMENT, {"stage": "cost", "task": "code", "language": "tinytown", "scores": numbers})
    found = table.costs().loc[("code", "decoder")]
    assert found["one example"] == pytest.approx(1.5) and found["one example, ms"] == pytest.approx(6)
