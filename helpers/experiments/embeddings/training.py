"""What a contrastive training depends on: steps and start, temperature, batch size, how hard the negatives are.

One thing changes at a time from the recipe of the experiment; pairs, seed and order stay. Beside the scores stand the
floor of the loss and the exact recall (the bounds of the experiment). Cost on one core: 12 trainings of 480 steps, some
80 s each, and 39 of 60 steps, some 12 s each: 24 minutes.
"""

from __future__ import annotations

import functools
from dataclasses import replace

import numpy as np
import torch

from helpers.experiments.embeddings import runs
from helpers.methods.embeddings import contrastive, retrieval
from helpers.tasks.paraphrases import collection, paraphrase_pairs
from helpers.training.finetuning import FineTuning, finetune

SEEDS = (0, 1, 2)
LONG = replace(contrastive.RECIPE, steps=480)
POINTS = (15, 30, 60, 120, 240, 480)  # steps at which recall is measured on the way
STARTS = ("pretrained", "random")
WAYS = (("encoder", "mean"), ("decoder", "last"))
TEMPERATURES = (0.01, 0.02, 0.05, 0.1, 0.2, 0.5)
BATCHES = (8, 16, 32, 64, 128)
NEGATIVES = ("drawn", "hard")
USUAL = {"temperature": contrastive.TEMPERATURE, "batch": contrastive.RECIPE.batch_size, "negatives": "drawn"}


def points():
    """Curves over steps from both starts; then one change at a time, for the encoder's mean."""
    for seed in SEEDS:
        for family, how in WAYS:
            for start in STARTS:
                who = {"family": family, "how": how, "start": start, "seed": seed}
                yield {"stage": "steps", **who, "recipe": LONG.to_dict()}
        for name, values in (("temperature", TEMPERATURES), ("batch", BATCHES), ("negatives", NEGATIVES)):
            for value in values:
                changed = {**USUAL, name: value}
                recipe = replace(contrastive.RECIPE, batch_size=changed["batch"]).to_dict()
                who = {"family": "encoder", "how": "mean", "seed": seed}
                yield {"stage": "change", "what": name, **who, **changed, "recipe": recipe}


def run(point: dict) -> dict:
    """The curve of a long training, or the scores after a short one with one thing changed."""
    recipe, who = FineTuning(**point["recipe"]), (point["family"], point["how"])
    if point["stage"] == "steps":
        return curve(*who, recipe, point["seed"], random=point["start"] == "random")
    return changed(*who, recipe, point["seed"], temperature=point["temperature"], hard=point["negatives"] == "hard")


def recall(body, tokenizer, how: str, seed: int) -> float:
    """Recall at 1 in the collection of a seed."""
    queries, documents = (contrastive.embed(body, tokenizer, side, how=how) for side in collection(seed=seed))
    return retrieval.recalls(np.asarray(queries @ documents.T))["1"]


def curve(family: str, how: str, recipe: FineTuning, seed: int, *, random: bool, points=POINTS) -> dict:
    """Recall at 1 along one training: {"curve": [[step, recall], ...], "recall": the last one}."""
    body, tokenizer = runs.start_of(family, seed, random)
    found = [[0, recall(body, tokenizer, how, seed)]]

    def watch(step, model):
        if step in points:
            found.append([step, recall(model, tokenizer, how, seed)])

    train(body, tokenizer, how, recipe, seed, watch=watch)
    return {"curve": found, "recall": found[-1][1]}


def train(body, tokenizer, how, recipe, seed, *, temperature=contrastive.TEMPERATURE, hard=False, watch=None):
    """The contrastive training on the pairs of a seed; `hard` puts each pair beside its most similar stranger."""
    pairs = paraphrase_pairs("train", recipe.steps * recipe.batch_size, seed)
    write = contrastive.sides(tokenizer)
    examples, collate = pairs, write
    if hard:
        examples = twos(pairs)
        collate = lambda chosen: write([pair for both in chosen for pair in both])  # noqa: E731
        recipe = replace(recipe, batch_size=recipe.batch_size // 2)
    how_ = {"collate": collate, "loss": contrastive.contrastive_loss(how, temperature=temperature), "watch": watch}
    return finetune(body, examples, generator=torch.Generator().manual_seed(seed), recipe=recipe, **how_)[0]


def twos(pairs) -> list[tuple]:
    """Each pair with the pair whose second text is most like its first text by BM25, its own left out.

    >>> twos([("red hat", "a red hat"), ("red coat", "a red coat"), ("rain", "it rained rain")])[0][1][0]
    'red coat'
    """
    scores = retrieval.bm25([one for one, _ in pairs], [two for _, two in pairs])
    texts, places = [set(pair) for pair in pairs], []
    np.fill_diagonal(scores, -np.inf)
    for row, order in enumerate(np.argsort(-scores, axis=1, kind="stable")):
        places.append(next(int(j) for j in order if j != row and not texts[j] & texts[row]))
    return [(pair, pairs[place]) for pair, place in zip(pairs, places)]


def changed(family, how, recipe: FineTuning, seed: int, *, temperature: float, hard: bool) -> dict:
    """Recall, similarity and geometry after a training with one thing changed."""
    body, tokenizer = runs.stack(family)
    model = train(body, tokenizer, how, recipe, seed, temperature=temperature, hard=hard)
    return runs.embedding_scores(functools.partial(contrastive.embed, model, tokenizer, how=how), seed)


def models(point: dict) -> tuple[str, ...]:
    """The course model that a training starts from."""
    return () if point.get("start") == "random" else (runs.MODELS[point["family"]],)
