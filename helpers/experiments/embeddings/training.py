"""What a training of embeddings depends on: steps and start, the question, temperature, batch size, hard negatives.

Stage "steps": 300 steps of the contrastive training from pretrained and from random weights; stage "graded": as many
steps, with as many texts a step, on degrees of overlap. Changed: the start, or the question. Held fixed: steps, texts
a step, the way of reading, how the learning rate was found: for each start and question by its own loss on validation,
among the same rates, after 60 steps. Both record the way: [step, recall at 1, recall at 10, rho] at `POINTS` of one
training of 300 steps; a training of 60 steps has another schedule of rates. Stage "change": one thing changes from the
recipe of 60 steps; pairs, seed and order stay. Beside the scores stand the floor of the loss and the exact recall (the
bounds of the experiment). Cost on one core: 18 trainings of 300 steps, some 65 s each, and 30 of 60 steps, some 12 s
each: 26 minutes.
"""

from __future__ import annotations

import functools
from dataclasses import replace

import numpy as np
import torch

from helpers.experiments.embeddings import runs
from helpers.methods.embeddings import contrastive, graded, retrieval
from helpers.tasks.paraphrases import collection, paraphrase_pairs
from helpers.training.finetuning import FineTuning, finetune

SEEDS = (0, 1, 2)
LONG = 300  # steps
POINTS = (15, 30, 60, 120, 300)  # steps at which is measured on the way
STARTS = ("pretrained", "random")
WAYS = (("encoder", "mean"), ("decoder", "last"))  # one way of reading each family, for all stages but the first
TEMPERATURES = (0.01, 0.05, 0.2, 0.5)
BATCHES = (8, 16, 32, 64)
NEGATIVES = ("drawn", "hard")
USUAL = {"temperature": contrastive.TEMPERATURE, "batch": contrastive.RECIPE.batch_size, "negatives": "drawn"}


def points():
    """Curves over steps from both starts and on degrees; then one change at a time, for the encoder's mean."""
    for seed in SEEDS:
        for family, how in WAYS:
            for start in STARTS:
                yield {"stage": "steps", "family": family, "how": how, "start": start, "seed": seed, "steps": LONG}
        for family, how in WAYS:
            yield {"stage": "graded", "family": family, "how": how, "seed": seed, "steps": LONG}
        for name, values in (("temperature", TEMPERATURES), ("batch", BATCHES), ("negatives", NEGATIVES)):
            for value in values:
                changed = {**USUAL, name: value}
                recipe = replace(contrastive.RECIPE, batch_size=changed["batch"]).to_dict()
                who = {"family": "encoder", "how": "mean", "seed": seed}
                yield {"stage": "change", "what": name, **who, **changed, "recipe": recipe}


def run(point: dict) -> dict:
    """The curve and the scores of a long training, or the scores after a short one with one thing changed."""
    recipe, who = FineTuning(**point["recipe"]), (point["family"], point["how"])
    if point["stage"] != "change":
        recipe = replace(recipe, steps=point["steps"])
        return long_scores(*who, recipe, point["seed"], start=point.get("start", "pretrained"), kind=point["stage"])
    return changed(*who, recipe, point["seed"], temperature=point["temperature"], hard=point["negatives"] == "hard")


def long_scores(family: str, how: str, recipe: FineTuning, seed: int, *, start: str, kind: str) -> dict:
    """All questions after a training, and as "curve" what was measured on the way."""
    body, tokenizer, curve = trained(family, how, recipe, seed, start, kind)
    vectors = functools.partial(contrastive.embed, body, tokenizer, how=how)
    return {**runs.embedding_scores(vectors, seed), "curve": [list(each) for each in curve]}


@functools.lru_cache(maxsize=6)
def trained(family: str, how: str, recipe: FineTuning, seed: int, start: str = "pretrained", kind: str = "steps"):
    """A training with its way: (model, tokenizer, ((step, recall at 1, recall at 10, rho), ...)).

    kind: "steps" is contrastive, "graded" is taught degrees.
    """
    body, tokenizer = runs.start_of(family, seed, start == "random")
    curve = [(0, *measured(body, tokenizer, how, seed))]

    def watch(step, model):
        if step in (*POINTS, recipe.steps):
            curve.append((step, *measured(model, tokenizer, how, seed)))

    if kind == "steps":
        return train(body, tokenizer, how, recipe, seed, watch=watch), tokenizer, tuple(curve)
    relatives = graded.relatives(recipe.steps * recipe.batch_size, seed)
    model, _ = graded.train(body, tokenizer, relatives, how=how, seed=seed, recipe=recipe, watch=watch)
    return model, tokenizer, tuple(curve)


def measured(body, tokenizer, how: str, seed: int) -> tuple[float, float, float]:
    """Recall at 1 and at 10 in the collection of a seed, and rank correlation with the gold overlap."""
    vectors = functools.partial(contrastive.embed, body, tokenizer, how=how)
    queries, documents = (vectors(side) for side in collection(seed=seed))
    recall = retrieval.recalls(np.asarray(queries @ documents.T))
    return recall["1"], recall["10"], runs.spearman(runs.pairwise(vectors), seed)


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
    return [(pair, pairs[places[0]]) for pair, places in zip(pairs, strangers(pairs, 1))]


def strangers(pairs, count: int) -> list[list[int]]:
    """For each pair the places of the `count` pairs whose second texts are most like its first text by BM25.

    Pairs that share a text with it are left out, and so are second texts that were taken already.
    """
    scores = retrieval.bm25([one for one, _ in pairs], [two for _, two in pairs])
    texts, found = [set(pair) for pair in pairs], []
    for row, order in enumerate(np.argsort(-scores, axis=1, kind="stable")):
        others = {}
        for j in order:
            if not texts[j] & texts[row]:
                others.setdefault(pairs[j][1], int(j))
            if len(others) == count:
                break
        found.append(list(others.values()))
    return found


@functools.lru_cache(maxsize=3)  # the usual recipe stands among the values of each knob
def changed(family, how, recipe: FineTuning, seed: int, *, temperature: float, hard: bool) -> dict:
    """Recall, similarity and geometry after a training with one thing changed."""
    body, tokenizer = runs.stack(family)
    model = train(body, tokenizer, how, recipe, seed, temperature=temperature, hard=hard)
    return runs.embedding_scores(functools.partial(contrastive.embed, model, tokenizer, how=how), seed)


def models(point: dict) -> tuple[str, ...]:
    """The course model that a training starts from."""
    return () if point.get("start") == "random" else (runs.MODELS[point["family"]],)
