"""The same cells of the table with more steps of fine-tuning: does a low score come from too few of them?"""

from __future__ import annotations

from dataclasses import replace

from helpers.experiments.tasks import runs
from helpers.experiments.tasks.families import FAMILIES
from helpers.tasks import TASKS
from helpers.training.finetuning import FineTuning

SEEDS = range(1)
TIMES = 4  # as many steps as in the table
ASKED = ("questions", "similarity")


def longer():
    """The table's recipe with more steps."""
    return replace(runs.RECIPE, steps=TIMES * runs.RECIPE.steps)


def points():
    """A point for each task and family."""
    for task in ASKED:
        for family in FAMILIES:
            yield {"task": task, "who": family, "recipe": longer().to_dict()}


def run(point: dict) -> dict[str, float]:
    """Scores of a family's head after more steps, on the table's own test examples."""
    how = {"method": "head", "seed": point["seed"], "recipe": FineTuning(**point["recipe"])}
    return runs.run(TASKS[point["task"]], point["who"], **how).scores
