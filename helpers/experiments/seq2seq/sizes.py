"""Translation by the number of training pairs: two stacks, or one stack with a causal or a prefix-LM mask.

Every arm gets the same pairs, steps, batches and search over learning rates. What the arms do not share is their
pretraining: all read the same documents, the decoder whole, the others with holes or noise.
"""

from __future__ import annotations

import functools
from dataclasses import replace

from helpers.experiments.seq2seq import records
from helpers.experiments.seq2seq.variants import ARMS, arm_named, train
from helpers.tasks import TASKS
from helpers.training.finetuning import Recipe, plain

SIZES = (30, 100, 300, 1_000)
RECIPE = Recipe(steps=150, batch_size=16, learning_rate=1e-3)
RATES = (1e-3, 3e-3, 1e-2)
SEARCHED_AT = 300  # training pairs of the search
TASK = "translation"


def measured(arm: str, size: int, seed: int, recipe: Recipe, split: str) -> dict[str, float]:
    """Scores of an arm on a split after fine-tuning on `size` pairs."""
    task = TASKS[TASK]
    solver = train(arm, task, task.examples("train", size, seed=seed), seed=seed, recipe=recipe)
    examples = task.examples(split, seed=seed)
    return task.score(solver.answer(examples), examples)


def key(stage: str, arm: str, *, size: int, seed: int, recipe: Recipe) -> dict:
    """The identity of a run's row."""
    return {
        "experiment": "sizes",
        "stage": stage,
        "arm": arm,
        "weights": records.weights_of(ARMS[arm].model),
        "size": size,
        "seed": seed,
        "recipe": plain(recipe),
    }


def jobs(names=tuple(ARMS), seeds=records.SEEDS, record=records.RECORD):
    """A search on validation at one size, then a test run for each size and seed, for every arm whose model is here."""
    for arm in (name for name in names if records.is_here(ARMS[name].model)):
        for rate in RATES:
            what = {"size": SEARCHED_AT, "seed": records.SEARCHED_WITH, "recipe": replace(RECIPE, learning_rate=rate)}
            yield key("search", arm, **what), functools.partial(measured, arm, split="validation", **what)
        recipe = replace(RECIPE, learning_rate=rate_of(arm, record=record))
        for seed in seeds:
            for size in SIZES:
                what = {"size": size, "seed": seed, "recipe": recipe}
                yield key("test", arm, **what), functools.partial(measured, arm, split="test", **what)


def rate_of(arm: str, *, record=records.RECORD) -> float | None:
    """The learning rate that the search has chosen for the weights that are here; None when nothing is recorded.

    Raises ValueError for an unknown arm.
    """
    weights = records.weights_of(arm_named(arm).model)
    return records.best_rate("exact match", record=record, experiment="sizes", arm=arm, weights=weights)


def search(arm: str, *, record=records.RECORD) -> dict[float, float]:
    """Learning rate -> exact match on validation, at SEARCHED_AT pairs; {} when nothing is recorded yet."""
    arm_named(arm)
    rows = record.found(arm=arm, stage="search")
    rows = [row for row in rows if row["weights"] == rows[-1]["weights"]]
    return {row["recipe"]["learning_rate"]: row["scores"]["exact match"] for row in rows}


def curve(arm: str, score: str = "exact match", *, record=records.RECORD) -> dict[int, tuple[float, float, float]]:
    """{training pairs: (mean, low, high)} over the seeds, on test examples; {} when nothing is recorded yet.

    Raises ValueError for an unknown arm.
    """
    arm_named(arm)
    match = {"experiment": "sizes", "stage": "test", "arm": arm}
    found = {size: records.summary(score, record=record, size=size, **match) for size in SIZES}
    return {size: summary for size, summary in found.items() if summary}


def apart(arm: str, other: str, *, size: int, score: str = "exact match", record=records.RECORD):
    """How far an arm is ahead of another at a number of pairs: (mean, low, high), seed by seed; None if unrecorded.

    Both arms of a seed learn from the same pairs and are asked for the same translations.
    Raises ValueError for an unknown arm.
    """
    sides = []
    for name in (arm, other):
        arm_named(name)
        rows = records.latest(record, experiment="sizes", stage="test", arm=name, size=size)
        sides.append({row["seed"]: row["scores"][score] for row in rows})
    return records.results.paired(*sides)
