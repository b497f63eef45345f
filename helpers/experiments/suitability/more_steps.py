"""The same cells of the table with more steps of fine-tuning: is a low score the architecture's, or the budget's?"""

from __future__ import annotations

from dataclasses import replace

from helpers.experiments.tasks.families import FAMILIES
from helpers.experiments.tasks.runs import RECIPE, run
from helpers.tasks import TASKS
from helpers.training.finetuning import plain

TIMES = 4  # as many steps as in the table
ASKED = ("questions", "similarity")


def tuned(task: str, family: str, *, seed: int) -> dict[str, float]:
    """Scores of a family's head after more steps, on the table's own test examples."""
    return run(TASKS[task], family, way="head", seed=seed, recipe=longer()).scores


def longer():
    """The table's recipe with more steps."""
    return replace(RECIPE, steps=TIMES * RECIPE.steps)


def jobs(seeds, weights):
    """All runs: (identity, work)."""
    for seed in seeds:
        for task in ASKED:
            for family, (name, *_) in FAMILIES.items():
                key = {
                    "experiment": "budget",
                    "task": task,
                    "who": family,
                    "seed": seed,
                    "weights": weights[name],
                    "recipe": plain(longer()),
                }
                yield key, lambda t=task, f=family, s=seed: tuned(t, f, seed=s)
