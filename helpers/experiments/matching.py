"""Matching a word across two texts: who learns to say whether two errands name the same person, and when?

Question: extractive QA, similarity read jointly and the cross-encoder all ask for this; are they out of a model's
reach, or only of a short training's? Changed: the model, the learning rate, and for two families the start (random
weights). Held fixed: pairs, each read once, in the same order; batch, steps, warm-up, the head (two classes on the
vector that the family reads). Both texts stand in one row. Beside every curve: chance (one half), comparing genders
(three quarters), and the exact optimum (the names decide: 1). Scores are taken on one set of distinct test pairs
along the training.

Cost on one core: 42 trainings of about 100 s, 70 minutes.
"""

from __future__ import annotations

import numpy as np
import torch

from helpers.evaluation.expected import expected_accuracy
from helpers.experiments.runner import Experiment
from helpers.methods.fine_tuned import fresh, tuned, without_dropout
from helpers.methods.heads import pair_batches
from helpers.tasks import same_person
from helpers.tasks.task import Example
from helpers.training.finetuning import FineTuning, class_probs

SEEDS = (0, 1, 2)
MODELS = {"encoder": ("course-bert",), "decoder": ("course-gpt",), "encoder-decoder": ("course-t5", "course-bart")}
RATES = (1e-4, 3e-4, 1e-3)
RECIPE = FineTuning(steps=1_000, batch_size=32)
RANDOM_AT = 3e-4  # the rate of the trainings from random weights
EVERY, TEST = 50, 500  # steps between two looks; pairs that are asked
LEARNT = 0.9  # accuracy from which the question counts as learnt


def grid():
    """The bounds, every model with every rate, and two from random weights, a seed at a time."""
    for seed in SEEDS:
        yield {"stage": "bound", "seed": seed, "recipe": {"test": TEST}}
        for family, names in MODELS.items():
            for name in names:
                yield from (trained(family, name, "pretrained", rate, seed) for rate in RATES)
                if family != "encoder-decoder":
                    yield trained(family, name, "random", RANDOM_AT, seed)


def trained(family: str, model: str, start: str, rate: float, seed: int) -> dict:
    """The point of one training."""
    recipe = {**RECIPE.to_dict(), "learning_rate": rate}
    who = {"family": family, "model": model, "start": start}
    return {"stage": "test", **who, "rate": rate, "seed": seed, "recipe": recipe}


def models(point: dict) -> tuple[str, ...]:
    """The course model that a training starts from."""
    return (point["model"],) if point.get("start") == "pretrained" else ()


def start_of(model: str, start: str, seed: int):
    """A classifier of pairs with a fresh head, on pretrained or on random weights: (model, tokenizer).

    Raises ValueError for another start.
    """
    if start not in ("pretrained", "random"):
        raise ValueError(f"start {start!r} does not exist; choose pretrained or random")
    made, tokenizer = fresh(model, "AutoModelForSequenceClassification", seed=seed, num_labels=2)
    if start == "pretrained":
        return made, tokenizer
    with torch.random.fork_rng():
        torch.manual_seed(seed)
        return without_dropout(type(made)(made.config)).eval(), tokenizer


def written(tokenizer, config):
    """A function that writes (first, second, label) as a batch, both texts in one row; labels (batch,) are classes."""
    collate = pair_batches(None, tokenizer, config)

    def write(pairs):
        batch = collate([Example(first, label, second) for first, second, label in pairs])
        return {**batch, "labels": batch["labels"].long()}

    return write


def accuracy(model, collate, asked) -> float:
    """Share of pairs that are judged rightly; the label follows from the texts, so that it is its own posterior."""
    probs = class_probs(model, list(asked), collate=collate).numpy()
    return expected_accuracy(probs, np.eye(2)[[label for *_, label in asked]])


def learnt_at(curve, threshold: float = LEARNT) -> int | None:
    """The first step from which a curve stays at or above a threshold; None when it does not get there.

    >>> learnt_at([[50, 0.5], [100, 0.92], [150, 0.95]]), learnt_at([[50, 0.5]])
    (100, None)
    """
    step = None
    for at, value in reversed(curve):
        if value < threshold:
            break
        step = at
    return step


def run(point: dict) -> dict:
    """The bounds on the test pairs, or the curve of a training, its end, and when it was learnt."""
    seed = point["seed"]
    if point["stage"] == "bound":
        asked = same_person.pairs("test", point["recipe"]["test"], seed)
        return {"exact": same_person.exact(asked), "gender": same_person.by_gender(asked), "chance": 0.5}
    recipe = FineTuning(**point["recipe"])
    model, tokenizer = start_of(point["model"], point["start"], seed)
    curve = curve_of(model, tokenizer, recipe, seed)
    return {"accuracy": curve[-1][1], "curve": curve, "learnt at": learnt_at(curve)}


def curve_of(model, tokenizer, recipe: FineTuning, seed: int, *, every: int = EVERY, test: int = TEST) -> list:
    """Train on fresh pairs: [[step, accuracy on test pairs], ...], from step 0 on."""
    collate, asked = written(tokenizer, model.config), same_person.pairs("test", test, seed)
    curve = [[0, accuracy(model, collate, asked)]]

    def watch(step, predictor):
        if step % every == 0 or step == recipe.steps:
            curve.append([step, accuracy(predictor.model, collate, asked)])

    learn(model, tokenizer, recipe, seed, watch=watch)
    return curve


def learn(model, tokenizer, recipe: FineTuning, seed: int, *, watch=None):
    """Train a classifier of pairs on fresh ones, each read once: a Predictor without answers; `watch` as in `tuned`."""
    pairs = same_person.pairs("train", recipe.steps * recipe.batch_size, seed)
    how = {"collate": written(tokenizer, model.config), "answer": None, "seed": seed, "recipe": recipe}
    return tuned(model, tokenizer, pairs, **how, watch=watch)


EXPERIMENT = Experiment("matching", grid=grid, run=run, models=models)
