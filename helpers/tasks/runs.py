"""One cell of the table at a time: fine-tune a model for a task in one of its family's ways, and score it."""

from __future__ import annotations

import functools
import time
from collections.abc import Callable
from dataclasses import dataclass, replace

from helpers.finetuning import Recipe
from helpers.tasks import families

RECIPE = Recipe(steps=150, batch_size=16, learning_rate=1e-3)
RATES = (3e-4, 1e-3, 3e-3)


@dataclass(frozen=True)
class Run:
    """What a run has found: scores of the field's metrics, the loss of each step, seconds of training, the model."""

    scores: dict
    losses: list
    seconds: float
    answer: Callable
    model: object
    tokenizer: object


def way_named(task, family: str, name: str | None = None):
    """A family's way by name, the first one if no name is given.

    Raises ValueError for a way that the family does not have for this task.
    """
    found = {way.name: way for way in families.ways(task, family)}
    if name is not None and name not in found:
        raise ValueError(f"the {family} has no way {name!r} for {task.name}; choose one of {', '.join(found)}")
    return found[name] if name else next(iter(found.values()))


@functools.lru_cache(maxsize=4)
def trained(task, train: Callable, model: str, seed: int, recipe: Recipe):
    """(Solver, seconds of training) on the task's training examples; kept while two ways ask the same model."""
    examples = task.examples("train", seed=seed) if task.form != "cloze" else ()
    started = time.perf_counter()
    return train(task, model, examples, seed=seed, recipe=recipe), time.perf_counter() - started


def run(task, family: str, *, model=None, way=None, seed: int = 0, recipe: Recipe = RECIPE, split: str = "test") -> Run:
    """Fine-tune and score on a split; `seed` decides all that is random: data, new weights, order, drawn answers."""
    way = way if isinstance(way, families.Way) else way_named(task, family, way)
    solver, seconds = trained(task, way.train, model or families.FAMILIES[family][0], seed, recipe)
    answer = solver.answer
    if way.answer is not None:
        asked = way.answer(task)
        answer = lambda examples, seed=0: asked(solver.model, solver.tokenizer, list(examples), seed)  # noqa: E731
    examples = task.examples(split, seed=seed)
    scores = task.score(answer(examples, seed=seed), examples)
    return Run(scores, solver.losses, seconds, answer, solver.model, solver.tokenizer)


def fine_tune(task_name: str, family: str, *, seed: int = 0, way=None, model=None, learning_rate=None) -> Run:
    """One cell of the table, live; way, model and learning rate are the recorded ones unless they are given.

    Raises ValueError for an unknown task, family or way.
    """
    from helpers.tasks import TASKS, table

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
