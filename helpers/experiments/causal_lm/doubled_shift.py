"""What does a doubled shift of the labels cost a model that is trained with it from the beginning?

Changed: the labels are shifted once more by hand, although the model shifts them itself. Held fixed: course-gpt's size
and recipe in small, random weights, documents, their order. Each loss stands beside its own exact floor: the entropy
of the next word, and of the word after the next. About 10 minutes on one core, for six trainings.
"""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import torch
from torch.nn import functional as F

from helpers import tinytown
from helpers.evaluation import causal_excess, held_out_documents, in_batches, valid_samples
from helpers.evaluation.divergence import loss_scores
from helpers.experiments.ablations import settings
from helpers.experiments.causal_lm import training
from helpers.objectives.padding import IGNORE_INDEX
from helpers.training.recipe import Recipe

NAME = "doubled_shift"
SEEDS = (0, 1, 2)
RECIPE = Recipe("course-gpt", steps=600, warmup_steps=60, peak_learning_rate=2e-3, batch_tokens=1_920)
EVERY = 20  # steps between two lines of the curve
HELD_OUT, SAMPLES = 150, 200


def shifted(batch: dict) -> dict:
    """A batch whose labels are shifted by hand: the bug, since the model shifts them again.

    >>> shifted({"labels": torch.tensor([[5, 7, 8, 5]])})["labels"].tolist()
    [[7, 8, 5, -100]]
    """
    return {**batch, "labels": F.pad(batch["labels"][:, 1:], (0, 1), value=IGNORE_INDEX)}


SHIFTS = {"once": training.unchanged, "twice": shifted}


def points():
    """Both, with every seed of weights and documents."""
    yield from ({"shift": shift, "seed": seed, "recipe": settings(RECIPE)} for seed in SEEDS for shift in SHIFTS)


def models(point: dict) -> tuple[str, ...]:
    return ()


def run(point: dict) -> dict:
    """The training's own loss along the way, its held-out loss and floor, the next word's, and the valid samples."""
    model, tokenizer, lines = training.train(
        replace(RECIPE, seed=point["seed"]),
        measure=lambda model, tokenizer: {},
        at=range(1, RECIPE.steps, EVERY),
        steps=RECIPE.steps,
        folder=training.MODELS / f"shift-{point['shift']}-{point['seed']}",
        change=SHIFTS[point["shift"]],
    )
    return {"curve": [[line["step"], line["train"]] for line in lines], **measured(model, tokenizer, point["shift"])}


def measured(model, tokenizer, shift: str, *, count: int = HELD_OUT, samples: int = SAMPLES) -> dict:
    """The held-out loss of what was trained, its floor and excess; the excess at the next word; valid samples."""
    next_word = causal_excess(model, tokenizer, count=count)
    own = next_word if shift == "once" else after_next(model, tokenizer, held_out_documents(count, 0))
    valid = valid_samples(model, tokenizer, count=samples)["valid"]
    return {**own, "next word": next_word["excess"], "valid": valid}


def after_next(model, tokenizer, documents) -> dict:
    """Expected loss of a model that was trained to say the word after the next, its floor and the excess, in nats."""
    language = tinytown.training_language()
    exact = [after_next_probs(document.tokens, language) for document in documents]
    rows = []
    for batch in in_batches([" ".join(document.tokens) for document in documents]):
        encoded = tokenizer(batch, return_tensors="pt", padding=True, padding_side="right").to(model.device)
        with torch.no_grad():
            logits = model(**encoded).logits.cpu()
        rows += [row[: int(mask.sum()) - 1] for row, mask in zip(logits, encoded["attention_mask"])]
    return loss_scores(exact, rows, tokenizer.convert_tokens_to_ids([*language.words, tokenizer.eos_token]))


def after_next_probs(tokens, language) -> np.ndarray:
    """Exact probabilities of the word after the next, or of the end, behind each beginning: (words, V + 1).

    Behind t words it is known that a word comes next, and not which.
    """
    weights = [tinytown.Reading([*tokens[:t], None], language).next_words()[-1] for t in range(len(tokens))]
    return np.array(weights) / np.array(weights).sum(1, keepdims=True)
