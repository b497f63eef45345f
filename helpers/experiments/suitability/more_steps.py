"""Cells of the table that were still rising, or stand low, trained three times as long: is a low score only a budget?

Question: which printed words would another budget change? Changed: the number of steps; held fixed: the cell's model,
method and learning rate, as the table's search chose them, its examples and its batch. The curve is taken on the test
examples and chooses nothing. Chance and the exact optimum are the table's, on the same texts. One cell that stays low
is trained at the two neighbouring learning rates as well (`rate` in its rows).
Cost on one core: extractive QA 6 minutes a run, similarity 4 to 6, the rest 2; 42 runs, 3 hours.
"""

from __future__ import annotations

from collections.abc import Iterator

import pandas as pd

from helpers.evaluation.intervals import interval
from helpers.experiments import tasks
from helpers.experiments.suitability import textbook
from helpers.experiments.tasks import runs
from helpers.tasks import TASKS
from helpers.training.finetuning import FineTuning

SEEDS = range(3)
TIMES = 3  # as many steps as in the table
JOINT = ("similarity", "head")  # both texts in one row; the printed words are judged by the vectors, which lead
BORROWED = (("encoder", "course-bert", "with a decoder"),)
ASKED = {  # task -> (family, model, method)
    "similarity": (
        ("encoder", "course-bert", "bi-encoder"),
        ("decoder", "course-gpt", "bi-encoder"),
        ("encoder-decoder", "course-t5", "bi-encoder"),
        ("encoder", "course-bert", "head"),
        ("decoder", "course-gpt", "head"),
    ),
    "questions": (
        ("encoder", "course-bert", "head"),
        ("decoder", "course-gpt", "head"),
        ("encoder-decoder", "course-bart", "head"),
    ),
    "generation": (("encoder", "course-bert", "left to right"), ("encoder-decoder", "course-bart", "text")),
    "summarisation": BORROWED,
    "translation": BORROWED,
}
CELL = ["task", "who", "model", "method"]
RATES = {("questions", "encoder"): (1e-4, 1e-3)}  # beside the one that the table's search chose


def points() -> Iterator[dict]:
    """A point for each cell whose search is done."""
    known = tasks.EXPERIMENT.by_identity()
    for task, ways in ASKED.items():
        for family, model, method in ways:
            cell = {"task": task, "family": family, "model": model, "method": method}
            recipe = tasks.EXPERIMENT.chosen(tasks.search({"stage": "test", **cell}), known)
            if recipe:
                longer = {**recipe, "steps": TIMES * recipe["steps"]}
                point = {"task": task, "who": family, "model": model, "method": method}
                yield {**point, "recipe": longer}
                for rate in RATES.get((task, family), ()):
                    yield {**point, "rate": rate, "recipe": {**longer, "learning_rate": rate}}


def run(point: dict) -> dict:
    """Test scores after the longer training, and "curve" on the way."""
    how = {name: point[name] for name in ("model", "method", "seed")}
    recipe = FineTuning(**point["recipe"])
    return runs.searched(TASKS[point["task"]], point["who"], recipe=recipe, split="test", **how)


def compared(longer: pd.DataFrame, everything: pd.DataFrame, table_runs: pd.DataFrame) -> pd.DataFrame:
    """A row for each cell and rate: `table` and `longer`, its shares of the way as (mean, low, high), and what follows.

    longer: the recorded rows of this experiment; everything, table_runs: `tasks.table.table()` and `.runs()`.
    Beside task, family and method stand the `rate` ("" for the table's), the printed `word` ("" for none, or one that
    is told of models before any training) and the verdict on it after the longer training.
    """
    ends = table_runs.drop_duplicates(["task", "seed"]).set_index(["task", "seed"])[["chance", "optimum"]]
    found = []
    longer = longer.assign(rate=longer["rate"].map("{:g}".format, na_action="ignore").fillna(""))
    for (task, family, model, method, rate), group in longer.groupby([*CELL, "rate"], sort=False):
        same = everything[list(tasks.CELL)] == [task, family, model, method]
        (before,) = everything[same.all(axis=1)].to_dict("records")
        scores = group.set_index("seed")[TASKS[task].metric]
        bounds = ends.loc[task].loc[scores.index]
        share = interval((scores - bounds["chance"]) / (bounds["optimum"] - bounds["chance"]))
        word = textbook.CAN if method == textbook.BORROWED else textbook.PRINTED[task][1].get(family, "")
        word = "" if word == textbook.NATIVELY or (task, method) == JOINT else word
        found.append(
            {
                **{"task": task, "family": family, "method": method, "rate": rate, "word": word},
                "table": (before["share"], before["share_low"], before["share_high"]),
                "longer": share,
                "verdict": textbook.judge(word, share) if word else "no claim",
            }
        )
    order = [(task, family, method) for task, ways in ASKED.items() for family, _, method in ways]
    place = ("task", "family", "method")
    return pd.DataFrame(sorted(found, key=lambda row: (order.index(tuple(row[at] for at in place)), row["rate"])))
