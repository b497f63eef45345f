"""Translation by the number of training pairs: two stacks, or one stack with a causal or a prefix-LM mask.

With no pair at all a model is asked as it was pretrained (`translation` stands in all of their pretraining texts, one
sentence at a time), so that what the pairs teach can be told from what was known before.

Every variant gets the same pairs, steps, batches and search over learning rates. What they do not share is their
pretraining: all read the same documents, the decoder whole, the others with holes or noise.
"""

from __future__ import annotations

from dataclasses import replace

from helpers.experiments.runner import Search
from helpers.experiments.seq2seq.variants import VARIANTS, train
from helpers.tasks import TASKS
from helpers.training.finetuning import FineTuning

NAME = "sizes"
SEEDS = (0, 1, 2)
SIZES = (30, 100, 300, 1_000)
RECIPE = FineTuning(steps=150, batch_size=16, learning_rate=1e-3)
RATES = (1e-3, 3e-3, 1e-2)
UNTRAINED = FineTuning(steps=1, batch_size=1, learning_rate=0.0)  # a step of length zero changes no weight
SEARCHED_AT = 300  # training pairs of the search


def grid():
    """Every variant, size and seed."""
    for variant in VARIANTS:
        for seed in SEEDS:
            yield {"experiment": NAME, "stage": "zero", "variant": variant, "size": 0, "seed": seed}
            for size in SIZES:
                yield {"experiment": NAME, "stage": "test", "variant": variant, "size": size, "seed": seed}


def search(point: dict) -> Search | None:
    """The learning rate with the best translations of validation sentences, at one size; none without pairs."""
    if point["stage"] == "zero":
        return None
    tries = {"experiment": NAME, "stage": "search", "variant": point["variant"], "size": SEARCHED_AT}
    return Search(tries, tuple(replace(RECIPE, learning_rate=rate).to_dict() for rate in RATES), "exact match")


def models(point: dict) -> tuple[str, ...]:
    """The course model of a variant."""
    return (VARIANTS[point["variant"]].model,)


def run(point: dict) -> dict[str, float]:
    """Scores of a variant after fine-tuning on so many pairs."""
    task, seed = TASKS["translation"], point["seed"]
    learnt = task.examples("train", max(1, point["size"]), seed=seed)
    recipe = FineTuning(**point["recipe"]) if "recipe" in point else UNTRAINED
    solver = train(point["variant"], task, learnt, seed=seed, recipe=recipe)
    examples = task.examples("validation" if point["stage"] == "search" else "test", seed=seed)
    return task.score(solver.answer(examples), examples)
