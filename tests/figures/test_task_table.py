"""The table of tasks: a row a task, a mark on what is doubtful, a dash where nothing is known."""

import pandas as pd

from helpers.figures.task_table import doubts_of, task_table

CELL = {"metric": "f1", "low": 0.8, "high": 1.0, "chance": 0.1, "lookup": float("nan"), "optimum": 1.0, "doubts": ()}
CELLS = pd.DataFrame(
    [
        {**CELL, "task": "entities", "family": "encoder", "mean": 0.95, "lookup": 0.7},
        {**CELL, "task": "entities", "family": "decoder", "mean": 0.9, "lookup": 0.7, "doubts": ("still rising",)},
        {**CELL, "task": "code", "family": "decoder", "mean": 0.5},
    ]
)
TITLES = {"entities": "named entities", "code": "code completion"}


def test_a_row_a_task_with_its_ends():
    found = task_table(CELLS, TITLES)
    assert list(found.columns) == ["metric", "chance", "look-up", "encoder", "decoder", "optimum"]
    assert found.loc["named entities"].tolist() == ["f1", "0.10", "0.70", "0.95 ± 0.10", "0.90 ± 0.10 !", "1.00"]
    assert found.loc["code completion", ["look-up", "encoder"]].tolist() == ["–", "–"]


def test_doubts_are_told_in_words():
    assert doubts_of(CELLS, TITLES) == ["named entities, decoder: still rising"]
