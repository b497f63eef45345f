"""Every experiment is found by the name of its file, and what is recorded is what it would make now."""

import pytest

from helpers.experiments.registry import EXPERIMENTS
from helpers.experiments.runner import plan, stale_reason
from helpers.models import DATA


@pytest.mark.parametrize("name", EXPERIMENTS)
def test_an_experiment_has_the_name_of_its_file_and_its_module(name):
    experiment = EXPERIMENTS[name]
    assert experiment.path == DATA / "results" / f"{name}.jsonl" and experiment.path.exists()
    assert experiment.run.__module__ == f"helpers.experiments.{name}"


@pytest.mark.parametrize("name", EXPERIMENTS)
def test_what_is_recorded_was_made_by_the_present_models_language_and_recipes(name):
    experiment = EXPERIMENTS[name]
    rows, found = experiment.rows(), plan(experiment)
    assert found.todo + found.waiting == []
    assert {stale_reason(row) for row in rows} <= {""}
    assert "a point or recipe that is gone" not in found.stale
    assert {row["command"] for row in rows} == {experiment.command}
    assert all(row["scores"] and row["seconds"] >= 0 for row in rows)
