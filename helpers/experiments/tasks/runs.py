"""One cell of the table at a time: fine-tune a model for a task by one of its family's methods, and score it."""

from __future__ import annotations

import functools
import time
from collections.abc import Callable
from dataclasses import dataclass

from helpers.experiments.tasks.families import FAMILIES, Method, method_named
from helpers.training.finetuning import FineTuning

RECIPE = FineTuning(steps=150, batch_size=16, learning_rate=1e-3)
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


@functools.lru_cache(maxsize=4)
def trained(task, train: Callable, model: str, seed: int, recipe: FineTuning):
    """(Predictor, seconds of training) on the task's training examples; kept while two methods ask the same model."""
    examples = task.examples("train", seed=seed) if task.form != "cloze" else ()
    started = time.perf_counter()
    return train(task, model, examples, seed=seed, recipe=recipe), time.perf_counter() - started


def asked(task, method: Method, predictor) -> Callable:
    """How a method asks a trained model: (examples, seed=0) -> answers."""
    if method.answer is None:
        return predictor.answer
    answer = method.answer(task)
    return lambda examples, seed=0: answer(predictor.model, predictor.tokenizer, list(examples), seed)


def run(
    task, family: str, *, model=None, method=None, seed: int = 0, recipe: FineTuning = RECIPE, split: str = "test"
) -> Run:
    """Fine-tune and score on a split; `seed` decides all that is random: data, new weights, order, drawn answers.

    model, method: names; the family's first ones unless they are given.
    """
    method = method_named(task, family, method)
    predictor, seconds = trained(task, method.train, model or FAMILIES[family][0], seed, recipe)
    answer, examples = asked(task, method, predictor), task.examples(split, seed=seed)
    scores = task.score(answer(examples, seed=seed), examples)
    return Run(scores, predictor.losses, seconds, answer, predictor.model, predictor.tokenizer)
