"""One cell of the table at a time: fine-tune a model for a task by one of its family's methods, and score it."""

from __future__ import annotations

import functools
import time
from collections.abc import Callable
from dataclasses import dataclass, replace

from helpers.experiments.tasks.budgets import points_of, recipe_of
from helpers.experiments.tasks.families import FAMILIES, Method, method_named
from helpers.training.finetuning import FineTuning


@dataclass(frozen=True)
class Run:
    """What a run has found: scores of the field's metrics, the loss of each step, seconds of training, the model."""

    scores: dict
    losses: list
    seconds: float
    answer: Callable
    model: object
    tokenizer: object


@functools.lru_cache(maxsize=4)
def trained(task, train: Callable, model: str, seed: int, recipe: FineTuning, size: int | None = None):
    """(Predictor, seconds of training) on the task's training examples; kept while two methods ask the same model."""
    examples = task.examples("train", size, seed=seed) if task.form != "cloze" else ()
    started = time.perf_counter()
    return train(task, model, examples, seed=seed, recipe=recipe), time.perf_counter() - started


def asked(task, method: Method, predictor) -> Callable:
    """How a method asks a trained model: (examples, seed=0) -> answers."""
    if method.answer is None:
        return predictor.answer
    answer = method.answer(task)
    return lambda examples, seed=0: answer(predictor.model, predictor.tokenizer, list(examples), seed)


def run(
    task,
    family: str,
    *,
    model=None,
    method=None,
    seed: int = 0,
    recipe: FineTuning | None = None,
    size: int | None = None,
    split: str = "test",
) -> Run:
    """Fine-tune and score on a split; `seed` decides all that is random: data, new weights, order, drawn answers.

    model, method: names; the family's first ones unless they are given; recipe: the task's budget if none is given;
    size: how many training examples, all of them if none is given.
    """
    method, recipe = method_named(task, family, method), recipe or recipe_of(task.name)
    predictor, seconds = trained(task, method.train, model or FAMILIES[family][0], seed, recipe, size)
    answer, examples = asked(task, method, predictor), task.examples(split, seed=seed)
    scores = task.score(answer(examples, seed=seed), examples)
    return Run(scores, predictor.losses, seconds, answer, predictor.model, predictor.tokenizer)


def searched(
    task, family: str, *, model: str, method: str, seed: int, recipe: FineTuning, split: str = "validation"
) -> dict:
    """Scores after a training, and as "curve" [[step, score], ...] those on the way, by the metric."""
    made, curve = method_named(task, family, method), []
    if not made.learns:
        return run(task, family, model=model, method=method, seed=seed, recipe=recipe, split=split).scores
    examples = task.examples(split, seed=seed)

    def watch(step, predictor):
        if step in points_of(recipe.steps):
            scores = task.score(asked(task, made, predictor)(examples, seed=seed), examples)
            curve.append((step, scores))

    made.train(task, model, task.examples("train", seed=seed), seed=seed, recipe=recipe, watch=watch)
    return {**curve[-1][1], "curve": [[step, scores[task.metric]] for step, scores in curve]}


def unlearnt(task, family: str, *, model: str, method: str, seed: int) -> dict:
    """Test scores of a method at step zero: the pretrained weights and, under a head, the fresh ones.

    One step of length zero changes no weight.
    """
    recipe = replace(recipe_of(task.name), steps=1, learning_rate=0.0)
    return run(task, family, model=model, method=method, seed=seed, recipe=recipe).scores
