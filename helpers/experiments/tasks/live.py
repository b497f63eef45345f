"""One cell of the table, fine-tuned live with the recorded choices."""

from __future__ import annotations

from dataclasses import replace

from helpers.experiments.tasks import families, table
from helpers.experiments.tasks.runs import RECIPE, Run, run
from helpers.tasks import TASKS


def fine_tune(task_name: str, family: str, *, seed: int = 0, way=None, model=None, learning_rate=None) -> Run:
    """One cell of the table, live; way, model and learning rate are the recorded ones unless they are given.

    Raises ValueError for an unknown task, family or way.
    """
    if task_name not in TASKS:
        raise ValueError(f"no task is called {task_name!r}; choose one of {', '.join(TASKS)}")
    families.ways(TASKS[task_name], family)  # refuses an unknown family
    if None in (way, model, learning_rate):
        try:
            cell = table.cell(task_name, family, way=way, model=model)
            way, model = cell.way, cell.model
            learning_rate = learning_rate or cell.learning_rate
        except FileNotFoundError:
            pass  # nothing is recorded yet: the first way, the first model, the middle rate
    recipe = replace(RECIPE, learning_rate=learning_rate or RECIPE.learning_rate)
    return run(TASKS[task_name], family, model=model, way=way, seed=seed, recipe=recipe)
