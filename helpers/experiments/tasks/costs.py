"""What a cell costs beside its quality: seconds of fine-tuning, seconds to answer, weights that are trained.

The families are measured in turns in one process, so that whatever else the computer does slows all of them alike.
"""

from __future__ import annotations

import statistics
import time

import torch

from helpers.evaluation import in_batches
from helpers.experiments.tasks import runs
from helpers.experiments.tasks.budgets import recipe_of
from helpers.experiments.tasks.families import method_named
from helpers.training.finetuning import FineTuning

ROUNDS, STEPS = 5, 4  # measurements of which the median counts; steps of training in each of them


def measured(task, cells: dict) -> dict[str, dict[str, float]]:
    """Costs of each family's cell, measured in turns; cells: {family: {"model":, "method":, "recipe":}}."""
    contenders = {family: Contender(task, family, **cell) for family, cell in cells.items()}
    rounds = [{family: contender.round() for family, contender in contenders.items()} for _ in range(ROUNDS)]
    return {
        family: {name: statistics.median(r[family][name] for r in rounds) for name in rounds[0][family]}
        | {"parameters": contender.parameters()}
        for family, contender in contenders.items()
    }


class Contender:
    """One family's cell, trained as in the table (an untrained writer knows no end), ready to be measured."""

    def __init__(self, task, family: str, *, model: str, method: str, recipe: dict | None = None):
        method = method_named(task, family, method)
        self.learns, self.test = method.learns, list(task.examples("test")[:32])
        self.train = task.examples("train") if method.learns else ()
        self.recipe = FineTuning(**recipe) if recipe else recipe_of(task.name)
        self.predictor = method.train(task, model, self.train, seed=0, recipe=self.recipe)
        self.answer = runs.asked(task, method, self.predictor)

    def round(self) -> dict[str, float]:
        """Seconds of all fine-tuning steps, of one answer, and of 32 answers in one batch."""
        one, many = (seconds(lambda e=e: self.answer(e)) for e in (self.test[:1], self.test))
        return {"fine-tuning": self.tuning() if self.learns else 0.0, "one example": one, "batch of 32": many}

    def tuning(self) -> float:
        """Seconds that the recipe's steps take, from a few of them; the start of a run is left out."""
        few = self.train[: STEPS * self.recipe.batch_size]
        return self.recipe.steps / STEPS * seconds(lambda: steps(self.predictor, few, self.recipe.batch_size))

    def parameters(self) -> int:
        """How many weights fine-tuning changes."""
        return sum(weight.numel() for weight in self.predictor.model.parameters()) if self.learns else 0


def seconds(work) -> float:
    """Wall time of one call."""
    started = time.perf_counter()
    work()
    return time.perf_counter() - started


def steps(predictor, examples, batch_size: int) -> None:
    """Steps of training on the model of a predictor, a batch of these examples each."""
    optimizer = torch.optim.AdamW(predictor.model.parameters(), lr=1e-5)
    for batch in in_batches(examples, batch_size):
        predictor.model(**predictor.collate(batch)).loss.backward()
        optimizer.step()
        optimizer.zero_grad()
