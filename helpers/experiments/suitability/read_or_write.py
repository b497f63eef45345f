"""Does the encoder lead in every reading task, and the decoder in every writing task? C45, from the table of tasks.

Reading answers about a text that is there; writing makes a new text. Zero-shot is left out: it answers about a text by
a word that is written. Of each family the method that is best on validation takes part, without a borrowed decoder.
"""

from __future__ import annotations

import pandas as pd

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
    wanted = [{**cell, "seed": seed} for cell in tasks.cells() for seed in tasks.seeds_of(cell["task"])]
    wanted = [point for point in wanted if point["family"] in SIDES]
    wanted += [
        {"task": task, "who": who, "seed": s} for task in LEADER for who in tasks.BOUNDS for s in tasks.seeds_of(task)
    ]
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


def decide(outcomes: list[str]) -> str:
    """The verdict on C45 from where the intervals of the eight leads lie; the rule is older than the rows.

    It holds when all are above 0; it does not hold when one is below 0, or at least half of them include 0.

    >>> decide(["above 0"] * 8), decide(["above 0"] * 7 + ["includes 0"]), decide(["above 0"] * 7 + ["below 0"])
    ('holds', 'holds with a caveat', 'does not hold here')
    >>> decide(["above 0"] * 4 + ["includes 0"] * 4), decide([])
    ('does not hold here', 'open')
    """
    if len(outcomes) < len(LEADER):
        return textbook.OPEN
    if "below 0" in outcomes or 2 * outcomes.count("includes 0") >= len(outcomes):
        return textbook.FAILS
    return textbook.CAVEAT if "includes 0" in outcomes else textbook.HOLDS
