"""Longer trainings: the table's own cells at the table's rates, more steps, and nothing else."""

import pandas as pd
import pytest

from helpers.experiments import suitability, tasks
from helpers.experiments.suitability import more_steps, textbook
from helpers.experiments.tasks import runs, table
from helpers.tasks import TASKS


def test_a_longer_training_differs_from_its_cell_in_the_steps_alone():
    points = [point for point in more_steps.points() if "rate" not in point]
    asked = [(p["task"], p["who"], p["model"], p["method"]) for p in points]
    assert asked == [(task, *way) for task, ways in more_steps.ASKED.items() for way in ways]
    for point in points:
        cell = {"task": point["task"], "family": point["who"], "model": point["model"], "method": point["method"]}
        known = tasks.EXPERIMENT.chosen(tasks.search({"stage": "test", **cell}))
        assert point["recipe"] == {**known, "steps": more_steps.TIMES * known["steps"]}
        assert suitability.models(point) == (point["model"],)


def test_a_cell_that_stays_low_is_trained_at_the_neighbouring_rates_too_and_nothing_else_changes():
    points = list(more_steps.points())
    others = [point for point in points if "rate" in point]
    assert {(p["task"], p["who"]): None for p in others} == dict.fromkeys(more_steps.RATES)
    for point in others:
        (base,) = [p for p in points if "rate" not in p and (p["task"], p["who"]) == (point["task"], point["who"])]
        assert point["recipe"] == {**base["recipe"], "learning_rate": point["rate"]} != base["recipe"]


def test_every_cell_that_decides_a_word_and_still_rises_is_asked():
    cells = textbook.judged(textbook.alone(table.table()), table.runs())
    rising = cells[[bool(word) and "still rising" in doubts for word, doubts in zip(cells["word"], cells["doubts"])]]
    assert {(c.task, c.family, c.model, c.method) for c in rising.itertuples()} <= {
        (task, *way) for task, ways in more_steps.ASKED.items() for way in ways
    }


def test_a_run_is_scored_on_the_test_examples_on_its_way(monkeypatch):
    asked = []

    def searched(task, family, **how):
        asked.append((task.name, family, how["split"], how["recipe"].steps))
        return {}

    monkeypatch.setattr(runs, "searched", searched)
    point = next(more_steps.points()) | {"seed": 0}
    more_steps.run(point)
    assert asked == [("similarity", "encoder", "test", 1800)] and TASKS["similarity"].form == "pair"


def test_a_longer_training_is_judged_by_the_same_rule_on_the_same_texts():
    everything, table_runs = table.table(), table.runs()
    seeds = range(3)
    ends = table_runs.drop_duplicates(["task", "seed"]).set_index(["task", "seed"])["optimum"]
    ways = [("similarity", "encoder", "bi-encoder"), ("summarisation", "encoder", "with a decoder")]
    longer = pd.DataFrame(
        [
            {"task": t, "who": f, "model": "course-bert", "method": m, "seed": seed, TASKS[t].metric: ends[t, seed]}
            for t, f, m in ways
            for seed in seeds
        ]
    )
    elsewhere = longer[longer["task"] == "similarity"].assign(rate=1e-4, spearman=-1.0)
    found = more_steps.compared(pd.concat([elsewhere, longer]), everything, table_runs)
    assert list(found["rate"]) == ["", "0.0001", ""] and list(found["word"]) == ["excellent", "excellent", "can"]
    assert list(found["verdict"]) == ["agrees", "worse than claimed", "agrees"]
    assert found.loc[0, "longer"] == pytest.approx((1, 1, 1))
    (row,) = everything.query("task == 'similarity' and family == 'encoder' and method == 'bi-encoder'").itertuples()
    assert found.loc[0, "table"] == found.loc[1, "table"] == (row.share, row.share_low, row.share_high)


def test_a_word_told_of_untrained_models_is_not_judged_after_more_training():
    everything, table_runs = table.table(), table.runs()
    cell = {"task": "generation", "who": "encoder", "model": "course-bert", "method": "left to right", "rate": None}
    longer = pd.DataFrame([{**cell, "seed": seed, TASKS["generation"].metric: 0.5} for seed in range(3)])
    together = {**cell, "task": "similarity", "method": "head"}  # the family's word is judged by its vectors
    longer = pd.concat([longer, pd.DataFrame([{**together, "seed": seed, "spearman": 0.5} for seed in range(3)])])
    found = more_steps.compared(longer, everything, table_runs)
    assert list(found["task"]) == ["similarity", "generation"]
    assert set(found["word"]) == {""} and set(found["verdict"]) == {"no claim"}
