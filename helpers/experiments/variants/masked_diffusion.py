"""Masked diffusion: can an encoder write, how many passes does it need, and what does it cost in nats?

Question: how far above the exact entropy is the bound of a model that was trained at all mask rates, and what share of
its texts can the language write after 1 to 24 forward passes, beside a decoder that takes one pass a word?

Changed: the objective and the mask. Fixed: the configuration (`same_configuration`), the documents of at most 23
words, batches, steps, AdamW. Beside it: the exact -log p of the same documents, given that they are so short; and an
exact reader that fills gaps in the same number of passes, each from its exact distribution, but those of one pass
independently of one another. What that reader gets wrong, no training can mend: it is the price of a pass.
The bound is realised on drawn documents, not expected: its distance to the exact surprise is paired by document.
A pass rewrites every place of the canvas, and every place sees every other one: no key or value can be kept.
One training is four times as long: is a distance a matter of steps?
Cost: 12 points; on one core about 2 minutes for a decoder, 4 for a diffusion model, 17 for a longer one, half a minute
for the exact reader.
"""

from __future__ import annotations

import functools
import math
import re
from dataclasses import replace
from types import SimpleNamespace

import numpy as np
import pandas as pd

from helpers import evaluation, tinytown
from helpers.evaluation.intervals import half_width
from helpers.experiments.ablations import settings
from helpers.experiments.variants import diffusion, same_configuration, small_models
from helpers.training import gpt

NAME = "masked diffusion"
SEEDS = small_models.SEEDS
RECIPE = replace(same_configuration.RECIPE, batch_tokens=40 * diffusion.LENGTH)
RECIPES = {
    "diffusion": RECIPE,
    "decoder": RECIPE,
    "exact": RECIPE,  # nothing is trained
    "diffusion, longer": replace(RECIPE, steps=4 * RECIPE.steps),
}
PASSES = (1, 2, 4, 8, 12, 24)
COUNTS = {"documents": 300, "samples": 200, "exact samples": 50}


def grid():
    """The trained writers and the exact one, a seed at a time."""
    for seed in SEEDS:
        for variant, recipe in RECIPES.items():
            yield {"experiment": NAME, "variant": variant, "seed": seed, "recipe": {**settings(recipe), **COUNTS}}


def short_documents(count: int, *, split: str = "train", seed=0, longest: int = diffusion.LENGTH - 1) -> list:
    """So many documents of at most `longest` words, those of all that `tinytown.documents` draws."""
    seed = list(seed) if isinstance(seed, list | tuple) else [seed]
    return list(evaluation.gather(count, lambda d: len(d.tokens) <= longest, split=split, seed=seed))


@functools.cache
def length_probs(longest: int = diffusion.LENGTH - 1) -> np.ndarray:
    """Exact probability that a document has 1, 2, ... `longest` words: (longest,)"""
    language = tinytown.training_language()
    return np.array([tinytown.Reading([None] * n, language).probability() for n in range(1, longest + 1)])


@functools.cache
def held_out(count: int, seed: int) -> tuple:
    """Short test documents, no text twice."""
    found = {d.tokens: d for d in short_documents(3 * count, split="test", seed=[seed, 520])}
    return tuple(found.values())[:count]


def exact_losses(documents) -> np.ndarray:
    """Exact -log p of each document among the short ones, in nats: (documents,)"""
    short = math.log(length_probs().sum())
    language = tinytown.training_language()
    return np.array([short - tinytown.log_prob(d.tokens, language=language) for d in documents])


def build(variant: str, seed: int, recipe=RECIPE):
    """An untrained writer: (model, tokenizer, family)."""
    decoder = variant == "decoder"
    model, tokenizer = same_configuration.build("CLM" if decoder else "MLM", seed, recipe)
    return model, tokenizer, gpt if decoder else diffusion.MaskedDiffusion()


def trained(variant: str, seed: int, recipe=None):
    """A trained writer: (model, tokenizer); its own recipe unless another is given."""
    recipe = recipe or RECIPES[variant]
    model, tokenizer, family = build(variant, seed, recipe)
    how = {"folder": small_models.folder_of(NAME, variant, seed), "optimizer": small_models.adamw, "seed": seed}
    small_models.train(model, tokenizer, family, recipe, language=SimpleNamespace(documents=short_documents), **how)
    return model, tokenizer


def surprise(losses, documents) -> dict[str, float]:
    """Nats per word, ends counted, beside the exact entropy of the same documents; differences paired by document."""
    exact, words = exact_losses(documents), [len(d.tokens) + 1 for d in documents]
    excess = losses - exact
    mean = {"loss": losses.sum() / sum(words), "floor": exact.sum() / sum(words), "excess": excess.sum() / sum(words)}
    return {**{name: float(value) for name, value in mean.items()}, "ci95": half_width(excess, words)}


def quality(texts) -> dict[str, float]:
    """Share of texts that the language can write as a whole, its half-width, and the share of different texts."""
    valid = [evaluation.is_valid(text) for text in texts]
    return {"valid": float(np.mean(valid)), "ci95": half_width(valid), "distinct": len(set(texts)) / len(texts)}


def diffusion_scores(model, tokenizer, *, seed: int, counts=COUNTS) -> dict:
    """The bound, and the quality of what is written by the number of passes, in both orders."""
    documents = held_out(counts["documents"], 0)
    rows = [tokenizer.convert_tokens_to_ids(list(d.tokens)) for d in documents]
    by_passes = {}
    for order in ("random", "confident"):
        for passes in PASSES:
            how = {"passes": passes, "order": order, "seed": seed}
            canvas = diffusion.written(model, tokenizer, counts["samples"], **how)
            by_passes[f"{order} {passes}"] = quality(diffusion.texts_of(canvas, tokenizer))
    return {**surprise(diffusion.bounds(model, rows, tokenizer), documents), "written": by_passes}


def decoder_scores(model, tokenizer, *, seed: int, counts=COUNTS) -> dict:
    """The exact loss of the decoder's own chain rule, and the share of valid texts at one pass a word."""
    documents = held_out(counts["documents"], 0)
    losses = evaluation.causal_losses(model, tokenizer, [" ".join(d.tokens) for d in documents])
    written = evaluation.valid_samples(model, tokenizer, count=counts["samples"], seed=seed)
    return {**surprise(np.array([row.sum() for row in losses]), documents), "written": {"one a word": written}}


def exact_text(length: int, passes: int, rng) -> str:
    """A text by a reader that knows the language: in each pass random gaps are filled, independently of one another."""
    language = tinytown.training_language()
    words, hidden = [None] * length, rng.permutation(length).tolist()
    for step in range(1, passes + 1):
        weights = tinytown.Reading(words, language).gaps()
        now = hidden[diffusion.still_hidden(length, step, passes) : diffusion.still_hidden(length, step - 1, passes)]
        for place in now:
            row = weights[place]
            if not row.sum():
                return ""  # the words of one pass do not go together: nothing can be written around them
            words[place] = language.words[rng.choice(len(row), p=row / row.sum())]
    return " ".join(words)


def exact_scores(*, seed: int, counts=COUNTS) -> dict:
    """The quality of the exact reader's texts by the number of passes."""
    probs, found = length_probs() / length_probs().sum(), {}
    for passes in PASSES:
        rng = np.random.default_rng([seed, 530, passes])
        lengths = 1 + rng.choice(len(probs), size=counts["exact samples"], p=probs)
        found[f"random {passes}"] = quality([exact_text(int(n), passes, rng) for n in lengths])
    return {"written": found}


def run(point: dict) -> dict:
    """The scores of one writer, which is trained if need be."""
    variant, seed = point["variant"], point["seed"]
    if variant == "exact":
        return exact_scores(seed=seed)
    score = decoder_scores if variant == "decoder" else diffusion_scores
    return score(*trained(variant, seed), seed=seed)


def by_passes(runs: pd.DataFrame) -> pd.DataFrame:
    """What was written in so many passes: one row a writer, order and number of passes, with line, seed and valid.

    runs: recorded rows. The decoder, which takes one pass a word, has no row here (`written.one a word.valid`).
    """
    columns = [name for name in runs if re.fullmatch(r"written\.\w+ \d+\.valid", name)]
    found = runs.melt(["variant", "seed"], columns, value_name="valid").dropna(subset="valid")
    found[["order", "passes"]] = found["variable"].str.extract(r"written\.(\w+) (\d+)\.valid")
    lines = {"random": "random places first", "confident": "surest places first"}
    line = found["order"].map(lines).where(found["variant"] != "exact", "perfect reader")
    line += found["variant"].map(lambda name: ", 4 × the steps" if name == "diffusion, longer" else "")
    return found.assign(passes=found["passes"].astype(int), line=line)[["line", "passes", "seed", "valid"]]
