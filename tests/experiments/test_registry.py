"""Every experiment is found by the name of its file, and what is recorded is what it would make now."""

import pytest

from helpers.experiments.registry import EXPERIMENTS
from helpers.experiments.runner import OTHER_WEIGHTS, _point, plan, stale_reason
from helpers.models import DATA


@pytest.mark.parametrize("name", EXPERIMENTS)
def test_an_experiment_has_the_name_of_its_file_and_its_module(name):
    experiment = EXPERIMENTS[name]
    assert experiment.path == DATA / "results" / f"{name}.jsonl" and experiment.path.exists()
    assert experiment.run.__module__ == f"helpers.experiments.{name}"


# Shown by the notebooks, which say so, as of the models' earlier weights: the table of tasks, and what is beside it.
EARLIER = {"tasks": {}, "suitability": {"experiment": "more_steps"}}


def of_earlier_weights(name, point):
    return name in EARLIER and EARLIER[name].items() <= point.items()


@pytest.mark.parametrize("name", EXPERIMENTS)
def test_what_is_recorded_was_made_by_the_present_models_language_and_recipes(name):
    experiment = EXPERIMENTS[name]
    rows, found = experiment.rows(), plan(experiment)
    assert [point for point in found.todo + found.waiting if not of_earlier_weights(name, point)] == []
    assert {stale_reason(row) for row in rows if not of_earlier_weights(name, row)} <= {""}
    assert "a point or recipe that is gone" not in found.stale
    assert {row["command"] for row in rows} == {experiment.command}
    assert all(row["scores"] and row["seconds"] >= 0 for row in rows)


@pytest.mark.parametrize("name", EARLIER)
def test_rows_of_earlier_weights_are_whole_and_old_in_nothing_else(name):
    experiment = EXPERIMENTS[name]
    rows = [row for row in experiment.rows() if of_earlier_weights(name, row)]
    reasons = {why for row in rows for why in stale_reason(row).split(", ")} - {""}
    assert reasons and all(why.startswith(OTHER_WEIGHTS) for why in reasons)
    recorded, found = [_point(row) for row in rows], plan(experiment)
    wanted = [_point(point) for point in found.todo + found.waiting if of_earlier_weights(name, point)]
    assert wanted and all(point in recorded for point in wanted)
