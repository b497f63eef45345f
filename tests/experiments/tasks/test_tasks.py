"""The grid of the table: a search before each test that needs one, bounds, and costs as soon as the best are known."""

import dataclasses
from collections import Counter

import pytest

from helpers.experiments import __main__ as command
from helpers.experiments import runner, tasks
from helpers.experiments.runner import plan, stale_reason
from helpers.experiments.tasks import budgets, costs, families, runs
from helpers.tasks import TASKS

BEST = {"course-bert": 0.3, "course-gpt": 0.4, "course-t5": 0.5, "course-bart": 0.6}


@pytest.fixture
def experiment(tmp_path, monkeypatch):
    """The experiment in a folder of its own; the middle rate is best, and of two encoder-decoders BART."""
    monkeypatch.setattr(runner, "weights_of", lambda model: f"weights of {model}")
    monkeypatch.setattr(runner, "language_here", lambda: "tinytown")

    def scores(task, family, *, model, method, seed, recipe, split="test"):
        value = BEST[model] - abs(recipe.learning_rate - budgets.RATES[1])
        return runs.Run({task.metric: value}, [], 0.0, None, None, None)

    monkeypatch.setattr(runs, "run", scores)
    monkeypatch.setattr(runs, "searched", lambda task, family, **how: scores(task, family, **how).scores)
    monkeypatch.setattr(families, "is_trained", lambda name: False)
    monkeypatch.setattr(costs, "measured", lambda task, cells: {family: {"one example": 1.0} for family in cells})
    monkeypatch.setattr(tasks, "bound", lambda task, who, seed: {task.metric: float(who == "exact")})
    monkeypatch.setattr(tasks, "EXPERIMENT", dataclasses.replace(tasks.EXPERIMENT, folder=tmp_path))
    return tasks.EXPERIMENT


def code(point):
    return point["task"] in ("code", "zero-shot")


def test_searches_come_first_costs_last_and_nothing_is_run_twice(experiment):
    tried, fixed = 3 * (3 + 1 + 2), 1 + 1 + 2  # learning rates of code's methods; zero-shot has nothing to search
    tests, zero, bounds = 5 * (6 + 4), 5 * 6, 2 * 2 * 5
    assert command.run(experiment, only=[code]) == tried + fixed + tests + zero + bounds + 2
    assert command.run(experiment, only=[code]) == 0
    stages = [row["stage"] for row in experiment.rows() if row["task"] == "code" and "model" in row]
    assert Counter(stages) == {"search": tried, "test": 30, "zero": 30} and stages[-30:] == ["test"] * 30
    rates = {row["recipe"]["learning_rate"] for row in experiment.rows() if row["stage"] == "test" and "recipe" in row}
    assert rates == {budgets.RATES[1]}


def test_costs_are_those_of_the_best_cells_and_of_their_weights(experiment):
    command.run(experiment, only=[code])
    one, two = (row for row in experiment.rows() if row["stage"] == "cost")
    assert [cell["model"] for cell in one["recipe"].values()] == ["course-bert", "course-gpt", "course-bart"]
    assert one["recipe"]["encoder"]["method"] == "left to right" and "recipe" not in two["recipe"]["encoder"]
    assert set(one["weights"]) == {"course-bert", "course-gpt", "course-bart"}


def test_a_retrained_model_makes_its_rows_and_the_costs_stale(experiment, monkeypatch):
    command.run(experiment, only=[code])
    monkeypatch.setattr(runner, "weights_of", lambda model: f"weights of {model}" + "!" * (model == "course-gpt"))
    found = plan(experiment, only=[code])
    assert found.stale == {"other weights of course-gpt": 3 + 5 + 5 + 1 + 5 + 2}
    assert Counter(point["stage"] for point in found.todo) == {
        "search": 4,
        "test": 5,
        "zero": 5,
    }


def test_a_method_that_does_not_learn_has_a_point_on_validation():
    points = [p for p in tasks.grid() if p["task"] == "zero-shot" and p["stage"] == "search"]
    assert {p["model"] for p in points} == {model for models in families.FAMILIES.values() for model in models}
    assert all(tasks.search(point) is None for point in points)


def test_a_point_is_run_as_its_fields_say():
    point = {"stage": "bound", "task": "entities", "who": "chance", "seed": 1}
    task = TASKS["entities"]
    by_hand = task.chance(task.examples("train", seed=1), task.examples("test", seed=1))
    assert tasks.run(point) == by_hand and by_hand["f1"] < tasks.run({**point, "who": "exact"})["f1"]
    asked = {"task": "zero-shot", "seed": 0}
    best = tasks.run({**point, **asked, "who": "exact"})["expected accuracy"]
    cloze = {**asked, "family": "encoder", "model": "course-bert", "method": "cloze"}
    found = [tasks.run({"stage": stage, **cloze})["accuracy"] for stage in ("search", "test")]
    assert all(best - 0.05 < accuracy < 1 for accuracy in found)
    rows = [row for row in tasks.EXPERIMENT.rows(**cloze) if not stale_reason(row)]
    assert [row["scores"]["accuracy"] for row in rows] == pytest.approx(found[: len(rows)], abs=0.005)


def test_the_deeper_control_joins_the_rows_that_decide_and_no_others(monkeypatch):
    monkeypatch.setattr(families, "is_trained", lambda name: True)
    deep = [cell for cell in tasks.cells() if cell["model"] == "course-t5-deep"]
    assert {cell["task"] for cell in deep} == set(families.DECIDING)
    assert {cell["family"] for cell in deep} == {"encoder-decoder, 4+4"}
    assert [c["method"] for c in deep if c["task"] == "similarity"] == ["head", "bi-encoder"]
    monkeypatch.setattr(families, "is_trained", lambda name: False)
    assert all(cell["model"] != "course-t5-deep" for cell in tasks.cells())
