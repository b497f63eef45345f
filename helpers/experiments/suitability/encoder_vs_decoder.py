"""BertModel or GPT2Model under the same classifier, read at the first token, the last one, or their mean.

Trained with padding on the right and everything told; then asked again with one thing wrong at a time.
"""

from __future__ import annotations

import numpy as np
import torch

from helpers.methods.fine_tuned import fresh
from helpers.methods.pooling import PooledClassifier, padded_batches
from helpers.tasks import probe_questions
from helpers.tasks.reviews import LABELS
from helpers.training.finetuning import FineTuning, accuracy, class_probs, finetune

SEEDS = range(4)
FAMILIES = {"encoder": ("course-bert", "BertModel"), "decoder": ("course-gpt", "GPT2Model")}
READ = ("first", "last", "mean")
RECIPE = FineTuning(steps=120, batch_size=32, learning_rate=5e-4)
COUNTS = {"train": 120 * 32, "test": 500}
MISTAKES = {  # what goes wrong at prediction: (pooling, or None for the trained one; how batches are written)
    "as trained": (None, {}),
    "index 0, padding left": ("index 0", {"side": "left"}),
    "index -1, padding right": ("index -1", {}),
    "padding left, positions not told": (None, {"side": "left", "tell_places": False}),
    "padding right, no mask": (None, {"tell_padding": False}),
    "padding left, no mask": (None, {"side": "left", "tell_padding": False}),
}


def reviews(split: str, *, seed: int) -> list[tuple[str, int]]:
    """Reviews with the number of their overall sentiment, drawn by seed."""
    texts, labels = probe_questions.problems("sentiment", split, count=COUNTS[split], seed=seed)
    return [(" ".join(text), LABELS.index(label)) for text, label in zip(texts, labels)]


def body(family: str):
    """The pretrained stack of a family without any head: (model, tokenizer)."""
    return fresh(*FAMILIES[family])


def trained(family: str, how: str, *, seed: int, recipe: FineTuning = RECIPE):
    """A classifier of reviews on a family's stack, fine-tuned with all weights: (classifier, tokenizer)."""
    generator, (stack, tokenizer) = torch.Generator().manual_seed(seed), body(family)
    fresh = PooledClassifier(stack, len(LABELS), how=how, generator=generator)
    made = finetune(
        fresh, reviews("train", seed=seed), collate=padded_batches(tokenizer), generator=generator, recipe=recipe
    )
    return made[0], tokenizer


def mistaken(classifier, tokenizer, examples) -> dict[str, float]:
    """Accuracy of a trained classifier on (text, label) examples, as trained and with each mistake."""
    trained_how, scores = classifier.how, {}
    for name, (how, written) in MISTAKES.items():
        classifier.how = how or trained_how
        probs = class_probs(classifier, examples, collate=padded_batches(tokenizer, **written))
        scores[name] = accuracy(probs.numpy(), [label for _, label in examples])
    classifier.how = trained_how
    return scores


def bounds(seed: int) -> dict[str, float]:
    """The most frequent label's share, and the exact optimum, on the same reviews."""
    share = float(np.mean([label for _, label in reviews("test", seed=seed)]))
    return {"chance": max(share, 1 - share), "exact": probe_questions.optimum("sentiment", seed=seed, count=COUNTS)}


def points():
    """The bounds, and a point for each family and place that is read."""
    yield {"who": "bounds", "reviews": COUNTS}
    what = {"reviews": COUNTS, "recipe": RECIPE.to_dict()}
    yield from ({"who": family, "how": how, **what} for family in FAMILIES for how in READ)


def run(point: dict) -> dict[str, float]:
    """Bounds, or the accuracies of a classifier as it was trained and with each mistake."""
    if point["who"] == "bounds":
        return bounds(point["seed"])
    made = trained(point["who"], point["how"], seed=point["seed"], recipe=FineTuning(**point["recipe"]))
    return mistaken(*made, reviews("test", seed=point["seed"]))
