"""Saturated tasks learnt from fewer examples: where all families stand at the ceiling, how soon does each get there?

Question: do the families differ where the whole training set hides it? Changed: the number of training examples; held
fixed: steps, batch, one learning rate for all. Chance and the exact optimum are the table's, on the same test texts.
Cost on one core: 144 runs of about 15 s, 36 minutes.
"""

from __future__ import annotations

from dataclasses import replace

from helpers.experiments.tasks import runs
from helpers.experiments.tasks.budgets import RECIPE
from helpers.experiments.tasks.families import FAMILIES
from helpers.tasks import TASKS
from helpers.training.finetuning import FineTuning

SEEDS = range(3)
SIZES = (30, 100, 300, 1_000)
SHORT = replace(RECIPE, steps=150)
ASKED = {  # task -> how each family does it: the table's methods
    "classification": dict.fromkeys(FAMILIES, "head"),
    "entities": dict.fromkeys(FAMILIES, "head"),
    "summarisation": {"encoder": "left to right", "decoder": "prompt", "encoder-decoder": "text"},
    "translation": {"encoder": "left to right", "decoder": "prompt", "encoder-decoder": "text"},
}


def points():
    """A point for each task, family and number of examples."""
    for task, ways in ASKED.items():
        for family in ways:
            yield from ({"task": task, "who": family, "size": size, "recipe": SHORT.to_dict()} for size in SIZES)


def run(point: dict) -> dict[str, float]:
    """Test scores of a family that has learnt from so many examples."""
    how = {"seed": point["seed"], "size": point["size"], "recipe": FineTuning(**point["recipe"])}
    return runs.run(TASKS[point["task"]], point["who"], method=ASKED[point["task"]][point["who"]], **how).scores
