"""C45's rows: which tasks are still to be measured, and whose lead is counted."""

import dataclasses

import pandas as pd
import pytest

from helpers.experiments import runner, tasks
from helpers.experiments.suitability import read_or_write
from helpers.tasks import TASKS


def cell(task, family, method="head"):
    return {"task": task, "family": family, "model": f"a {family}", "method": method}


CELLS = [cell(task, family) for task in read_or_write.LEADER for family in read_or_write.SIDES]
SHARES = {"encoder": (0.9, 0.8, 0.7), "decoder": (0.5, 0.6, 0.4)}
RUNS = pd.DataFrame([{**c, "seed": s, "share": SHARES[c["family"]][s]} for c in CELLS for s in (2, 0, 1)])


def test_a_lead_is_that_of_the_family_of_which_the_claim_tells_seed_by_seed():
    found = read_or_write.leads(pd.DataFrame(CELLS), RUNS)
    assert tuple(found) == (*read_or_write.READING, *read_or_write.WRITING)
    assert found["entities"].round(6).to_dict() == {0: 0.4, 1: 0.2, 2: 0.3}
    assert found["code"].round(6).to_dict() == {0: -0.4, 1: -0.2, 2: -0.3}


def test_a_borrowed_decoder_is_not_the_encoder():
    rows = pd.DataFrame([cell("code", "encoder", "with a decoder"), *CELLS])
    assert read_or_write.leads(rows, RUNS)["code"].mean() == pytest.approx(-0.3)


def test_seeds_that_make_no_pairs_are_refused():
    with pytest.raises(ValueError, match=r"\[0, 1, 2\] against \[0, 1\]|\[0, 1\] against \[0, 1, 2\]"):
        read_or_write.leads(pd.DataFrame(CELLS), RUNS[(RUNS["family"] == "encoder") | (RUNS["seed"] < 2)])


def test_a_task_is_pending_until_all_its_runs_and_bounds_are_recorded_under_the_present_models(tmp_path, monkeypatch):
    monkeypatch.setattr(runner, "weights_of", lambda model: "present")
    monkeypatch.setattr(runner, "language_here", lambda: "tinytown")
    monkeypatch.setattr(tasks, "EXPERIMENT", dataclasses.replace(tasks.EXPERIMENT, folder=tmp_path))
    all_tasks = list(read_or_write.LEADER)
    assert read_or_write.pending() == all_tasks
    points = [
        point for point in tasks.grid() if point.get("task") == "entities" and point["stage"] in ("test", "bound")
    ]
    points = [point for point in points if point.get("family") in (None, *read_or_write.SIDES)]
    for number, point in enumerate(points):
        weights = {"weights": {point["model"]: "past" if number == 0 else "present"}} if "model" in point else {}
        row = {**point, **weights, "language": "tinytown", "scores": {TASKS["entities"].metric: 0.5}}
        runner.record(tasks.EXPERIMENT, row)
    assert read_or_write.pending() == all_tasks  # one row is of other weights
    runner.record(
        tasks.EXPERIMENT,
        {
            **points[0],
            "weights": {points[0]["model"]: "present"},
            "language": "tinytown",
            "scores": {TASKS["entities"].metric: 0.5},
        },
    )
    assert read_or_write.pending() == [task for task in all_tasks if task != "entities"]


AHEAD, LEVEL, BEHIND, UNSURE = (0.2, 0.3, 0.25), (0.0, 0.01, 0.0), (-0.2, -0.3, -0.25), (0.3, -0.3, 0.1)


@pytest.mark.parametrize(
    ("first", "rest", "verdict"),
    [
        (AHEAD, AHEAD, "holds"),
        (BEHIND, AHEAD, "holds with a caveat"),
        (LEVEL, AHEAD, "holds with a caveat"),
        (UNSURE, AHEAD, "open"),
        (BEHIND, LEVEL, "does not hold here"),
    ],
)
def test_one_rule_decides_as_for_every_claim_of_the_table(first, rest, verdict):
    leads = {task: rest for task in read_or_write.LEADER} | {"code": first}
    assert read_or_write.decide(leads) == verdict
    assert read_or_write.decide({task: lead for task, lead in leads.items() if task != "code"}) == "open"
