"""The runner: what is recorded is not run again, what is stale is named, and the two are never mixed."""

import dataclasses
import json

import pytest

from helpers.experiments import __main__ as command
from helpers.experiments import runner
from helpers.experiments.runner import Experiment, Search, plan

RATES = ({"rate": 1}, {"rate": 3}, {"rate": 9})


def grid():
    yield {"stage": "bound", "who": "exact", "seed": 0}
    for model in ("course-bert", "course-gpt"):
        for seed in (0, 1):
            yield {"stage": "test", "model": model, "seed": seed}


def search(point):
    return Search({"stage": "search", "model": point["model"]}, RATES, "accuracy") if point["stage"] == "test" else None


def models(point):
    return (point["model"],) if "model" in point else ()


def run(point):
    if point["stage"] == "bound":
        return {"accuracy": 1.0}
    return {"accuracy": 0.9 - abs(point["recipe"]["rate"] - 3) / 100, "recall": {"10": 0.5}}


@pytest.fixture
def experiment(tmp_path, monkeypatch):
    monkeypatch.setattr(runner, "weights_of", lambda model: f"weights of {model}")
    monkeypatch.setattr(runner, "language_here", lambda: "tinytown")
    return Experiment("example", grid=grid, run=run, search=search, models=models, folder=tmp_path)


def test_everything_is_run_once_and_searches_come_first(experiment):
    assert str(plan(experiment)) == "0 current, 7 to run, then 4 more"
    assert command.run(experiment) == 6 + 1 + 4
    assert str(plan(experiment)) == "11 current, 0 to run" and command.run(experiment) == 0


def test_the_recipe_that_validation_prefers_is_taken(experiment):
    command.run(experiment)
    assert set(experiment.frame(stage="test")["recipe.rate"]) == {3}
    lowest = Search({"stage": "search", "model": "course-gpt"}, RATES, "accuracy", lowest=True)
    assert experiment.chosen(lowest) == {"rate": 9}


def test_of_a_tie_the_first_recipe_counts(experiment):
    command.run(experiment)
    tie = Search({"stage": "search", "model": "course-gpt"}, RATES[::-1], "recall.10")
    assert experiment.chosen(tie) == {"rate": 9}


def test_a_killed_measurement_is_taken_up_where_it_stopped(experiment, monkeypatch):
    calls = []

    def dies(point):
        calls.append(point)
        if len(calls) == 4:
            raise KeyboardInterrupt
        return run(point)

    killed = Experiment("example", grid=grid, run=dies, search=search, models=models, folder=experiment.folder)
    with pytest.raises(KeyboardInterrupt):
        command.run(killed)
    with experiment.path.open("a") as file:
        file.write('{"stage": "test", "half a li')
    assert command.run(experiment) == 11 - 3 and len(experiment.frame()) == 11


@pytest.mark.parametrize(
    ("name", "value", "why", "count"),
    [
        ("weights_of", lambda model: model + "!" * (model == "course-gpt"), "other weights of course-gpt", 5),
        ("language_here", lambda: "faketown", "another language", 11),
    ],
)
def test_rows_of_other_weights_or_language_are_named_and_made_anew(experiment, monkeypatch, name, value, why, count):
    if name == "weights_of":
        monkeypatch.setattr(runner, "weights_of", lambda model: model)
    command.run(experiment)
    monkeypatch.setattr(runner, name, value)
    assert plan(experiment).stale == {why: count} and f"{count} stale ({why})" in str(plan(experiment))
    assert set(experiment.frame(seed=1)["stale"]) <= {"", why}
    assert command.run(experiment) == count and plan(experiment).stale == {}


def test_current_and_stale_rows_are_never_mixed(experiment, monkeypatch):
    command.run(experiment)
    monkeypatch.setattr(runner, "weights_of", lambda model: "retrained")
    assert set(experiment.frame(stage="test")["stale"]) == {
        "other weights of course-bert",
        "other weights of course-gpt",
    }
    command.run(experiment, only=[command.condition(experiment, "model=course-gpt")])
    assert set(experiment.frame(stage="test")["model"]) == {"course-gpt"}


def test_the_age_of_an_experiment_is_one_sentence(experiment, monkeypatch):
    command.run(experiment)
    assert experiment.age() == "example.jsonl: measured on the models that are here"
    monkeypatch.setattr(runner, "weights_of", lambda model: "retrained")
    why = "measured on other weights of course-bert, course-gpt; `python -m helpers.experiments example` measures again"
    assert experiment.age() == f"example.jsonl: {why}"
    assert experiment.age(model="course-gpt") == f"example.jsonl model=course-gpt: {why.replace('course-bert, ', '')}"
    monkeypatch.setattr(runner, "language_here", lambda: "faketown")
    assert "measured on another language, other weights of course-bert, course-gpt;" in experiment.age()


def test_a_point_that_is_gone_is_named_and_removed_when_the_grid_is_whole(experiment):
    command.run(experiment)
    fewer = Experiment(
        "example", grid=lambda: list(grid())[:3], run=run, search=search, models=models, folder=experiment.folder
    )
    assert plan(fewer).stale == {"a point or recipe that is gone": 5}
    command.run(fewer)
    assert plan(fewer).stale == {} and len(fewer.rows()) == 6


def test_old_rows_that_no_search_asks_for_any_more_are_removed_when_the_grid_is_whole(experiment, monkeypatch):
    command.run(experiment)
    monkeypatch.setattr(runner, "weights_of", lambda model: "retrained")
    fewer = Experiment(
        "example", grid=lambda: list(grid())[:3], run=run, search=search, models=models, folder=experiment.folder
    )
    command.run(fewer, only=[command.condition(fewer, "stage=bound")])
    assert len(fewer.rows()) == 11  # a part of the grid removes nothing
    command.run(fewer)
    assert plan(fewer).stale == {} and len(fewer.rows()) == 1 + 3 + 2


def test_two_workers_make_the_same_rows(experiment, tmp_path):
    command.run(experiment)
    rows = list(command.measured(ALONE, [{"seed": seed} for seed in range(3)], workers=2))
    assert sorted((row["seed"], row["scores"]["square"]) for row in rows) == [(0, 0), (1, 1), (2, 4)]


def square(point):
    return {"square": point["seed"] ** 2}


def seeds():
    return [{"seed": seed} for seed in range(3)]


ALONE = Experiment("alone", grid=seeds, run=square)


def test_the_frame_has_a_column_for_each_field_and_score(experiment):
    command.run(experiment)
    frame = experiment.frame(stage="test", model="course-bert")
    assert list(frame["seed"]) == [0, 1] and list(frame["recall.10"]) == [0.5, 0.5]
    assert list(frame["accuracy"]) == [0.9, 0.9] and list(frame["stale"]) == ["", ""]
    with pytest.raises(FileNotFoundError, match="model='course-elmo'; `python -m helpers.experiments example` makes"):
        experiment.frame(model="course-elmo")


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("seed=7", "example has no seed '7'; choose one of 0, 1"),
        ("task=code", "has no field for 'task=code'; write FIELD=VALUE with one of: stage, who, seed, model"),
        ("seed", "has no field for 'seed'"),
    ],
)
def test_a_part_that_does_not_exist_is_refused(experiment, text, message):
    with pytest.raises(ValueError, match=message):
        command.condition(experiment, text)


def test_an_unknown_experiment_is_refused():
    with pytest.raises(SystemExit, match="no experiment is called 'poetry'"):
        command.main(["poetry"])


def test_a_row_says_what_made_it(experiment):
    command.run(experiment)
    row = json.loads(experiment.path.read_text().splitlines()[-1])
    assert row["command"] == "python -m helpers.experiments example" and row["seconds"] >= 0
    assert row["language"] == "tinytown" and row["weights"] == {"course-gpt": "weights of course-gpt"}


def widening(low=(), high=(), **more):
    """A search from rate 1 to 9 with recipes beyond its ends."""
    beyond = {"below": tuple({"rate": r} for r in low), "above": tuple({"rate": r} for r in high)}
    return Search({"stage": "search", "model": "course-bert"}, RATES, "accuracy", **beyond, **more)


@pytest.mark.parametrize(
    "best, rates, taken, marked",
    [
        (3, [1, 3, 9], 3, False),  # inside: nothing is added
        (27, [1, 3, 9, 27, 81], 27, False),  # the best stood at the end, and stands inside once the grid is longer
        (99, [1, 3, 9, 27, 81], 81, True),  # extended once and not again: the row is marked
        (0, [0.3, 1, 3, 9], 0.3, True),
    ],
)
def test_a_grid_whose_best_point_lies_at_its_edge_is_extended_once_then_marked(experiment, best, rates, taken, marked):
    search = widening(low=(0.3,), high=(27, 81))

    def score(point):
        return {"accuracy": 0.9 - abs(point["recipe"]["rate"] - best) / 1000}

    one = [{"stage": "test", "model": "course-bert", "seed": 0}]
    made = dataclasses.replace(experiment, grid=lambda: one, search=lambda point: search, run=score)
    command.run(made)
    tried = sorted(row["recipe"]["rate"] for row in made.rows() if row["stage"] == "search")
    assert tried == rates and plan(made).todo == [] and command.run(made) == 0
    assert made.chosen(search) == {"rate": taken} and made.at_edge(search) == marked


def test_a_lead_that_is_worth_nothing_extends_no_grid(experiment):
    command.run(experiment)
    near = widening(low=(0.3,), lowest=True, worth=0.5)
    assert experiment.extended(near) == near and not experiment.at_edge(near)
