"""One cell of the table, fine-tuned live with the recorded choices."""

from __future__ import annotations

from dataclasses import replace

from helpers.experiments.tasks import families, table
from helpers.experiments.tasks.budgets import recipe_of
from helpers.experiments.tasks.runs import Run, run
from helpers.tasks import TASKS


def fine_tune(task_name: str, family: str, *, seed: int = 0, method=None, model=None, learning_rate=None) -> Run:
    """One cell of the table, live; method, model and learning rate are the recorded ones unless they are given.

    Raises ValueError for an unknown task, family or method.
    """
    if task_name not in TASKS:
        raise ValueError(f"no task is called {task_name!r}; choose one of {', '.join(TASKS)}")
    families.method_named(TASKS[task_name], family, method)  # refuses what does not exist
    given = {name: value for name, value in (("method", method), ("model", model)) if value}
    cell = table.table(task=task_name, family=family, **given).iloc[0]
    rate = learning_rate or cell["learning_rate"]
    budget = recipe_of(task_name)
    recipe = replace(budget, learning_rate=rate if rate == rate else budget.learning_rate)
    return run(TASKS[task_name], family, model=cell["model"], method=cell["method"], seed=seed, recipe=recipe)
