"""One cell of the table at a time: fine-tune a model for a task in one of its family's ways, and score it."""

from __future__ import annotations

import functools
import time
from collections.abc import Callable
from dataclasses import dataclass

from helpers.experiments.tasks import families
from helpers.training.finetuning import Recipe

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
