"""Does the encoder lead in every reading task, and the decoder in every writing task? C45, from the table of tasks.

Reading answers about a text that is there; writing makes a new text. Zero-shot is left out: it answers about a text by
a word that is written. Of each family the method that is best on validation takes part, without a borrowed decoder.
"""

from __future__ import annotations

import pandas as pd

from helpers.evaluation.intervals import interval
from helpers.experiments import tasks
from helpers.experiments.runner import stale_reason
from helpers.experiments.suitability import textbook
from helpers.experiments.tasks.table import matching
from helpers.tasks import TASKS

READING = ("classification", "entities", "questions", "similarity")
WRITING = ("generation", "code", "summarisation", "translation")
LEADER = {**dict.fromkeys(READING, "encoder"), **dict.fromkeys(WRITING, "decoder")}  # as the claim tells it
SIDES = ("encoder", "decoder")


def pending() -> list[str]:
    """The tasks of which a run of encoder or decoder, or a bound, is not recorded under the present models."""
    there = {
        _key(row)
        for row in tasks.EXPERIMENT.rows()
        if row["stage"] in ("test", "bound") and TASKS[row["task"]].metric in row["scores"] and not stale_reason(row)
    }
    wanted = [{**cell, "seed": seed} for cell in tasks.cells() for seed in tasks.seeds_of(cell["task"], cell["family"])]
    wanted = [point for point in wanted if point["family"] in SIDES]
    wanted += [{"task": task, "who": who, "seed": s} for task in LEADER for who in tasks.BOUNDS for s in tasks.SEEDS]
    missing = {point["task"] for point in wanted if _key(point) not in there}
    return [task for task in LEADER if task in missing]


def _key(point: dict) -> tuple:
    return tuple(point.get(name) for name in ("task", "family", "model", "method", "who", "seed"))


def leads(rows: pd.DataFrame, runs: pd.DataFrame) -> dict[str, pd.Series]:
    """How far the family of which the claim tells is ahead of the other: {task: share of the way, seed by seed}.

    rows, runs: as `tasks.table.table()` and `tasks.table.runs()` give them.
    Raises ValueError for a task that one of the two has no row for, or where their seeds make no pairs.
    """
    best = textbook.alone(rows)
    return {task: _lead(matching(best, {"task": task}), runs, leader) for task, leader in LEADER.items()}


def _lead(cells: pd.DataFrame, runs: pd.DataFrame, leader: str) -> pd.Series:
    other = next(side for side in SIDES if side != leader)
    first, second = (
        textbook.runs_of(matching(cells, {"family": side}).iloc[0], runs).set_index("seed")["share"].sort_index()
        for side in (leader, other)
    )
    if set(first.index) != set(second.index):
        raise ValueError(
            f"seeds {sorted(first.index)} against {sorted(second.index)} make no pairs; run the others, too"
        )
    return first - second


def judged(leads) -> dict[str, str]:
    """Whether the claim is right about each task, by the rule of `textbook`: that the other family is worse.

    >>> judged({"code": [0.2, 0.3, 0.25], "entities": [0.0, 0.01, 0.0], "similarity": [0.3, -0.3, 0.1]})
    {'code': 'agrees', 'entities': 'better than claimed', 'similarity': 'open'}
    """
    return {task: textbook.judge(textbook.WORSE, interval(lead)) for task, lead in leads.items()}


def decide(leads) -> str:
    """The verdict on C45 from the leads of all its tasks, by the rule of `textbook`; "open" while some are missing.

    >>> decide({})
    'open'
    """
    return textbook.verdict(list(judged(leads).values())) if set(leads) == set(LEADER) else textbook.OPEN
