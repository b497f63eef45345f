"""Distillation: how small, how fast and how good is course-bert with half of its layers?

Question: what is kept of the score (raw, and above chance, which DistilBERT's "97 %" does not take away), and what do
the hidden words, the teacher and the start from its layers contribute?

Changed: one part of the recipe at a time. Fixed: the student's shape, documents, steps, optimiser. Beside it: the
teacher itself; its layers cut and not trained; the optimum and the best constant answer of each task; the exact floor.
Cost: 18 points, 1 minute (teacher, cut) to 3 minutes on one core.
"""

from __future__ import annotations

import functools
import statistics
from dataclasses import replace

import torch
from transformers import BertForMaskedLM

from helpers import evaluation
from helpers.experiments.ablations import settings
from helpers.experiments.tasks.costs import seconds
from helpers.experiments.variants import small_models, tasks
from helpers.experiments.variants.distilling import WEIGHTS, Distillation, student_of
from helpers.methods.fine_tuned import fresh
from helpers.models.encoding import encode
from helpers.transformer.parameters import tables_and_blocks

NAME = "distillation"
SEEDS = small_models.SEEDS
RECIPE = replace(small_models.RECIPE, steps=1_500, peak_learning_rate=1e-3, warmup_steps=100, checkpoint_every=500)
TRAINED = {  # the terms of the loss, and whether the student starts from the teacher's layers
    "distilled": (tuple(WEIGHTS), True),
    "without hidden words": (("soft targets", "cosine"), True),
    "without a teacher": (("hidden words",), True),
    "random start": (tuple(WEIGHTS), False),
}
VARIANTS = ("teacher", "layers cut", *TRAINED)
READS = dict.fromkeys(VARIANTS, ("course-bert",))
COUNT, ROUNDS = 500, 7


def grid():
    """The teacher and every student with every seed."""
    for seed in SEEDS:
        for variant in VARIANTS:
            recipe = {"recipe": settings(RECIPE)} if variant in TRAINED else {}
            yield {"experiment": NAME, "variant": variant, "seed": seed, **recipe}


@functools.cache
def teacher():
    """course-bert under its masked-LM head: (model, tokenizer)."""
    return fresh("course-bert", "BertForMaskedLM")


def student(variant: str, seed: int):
    """A student before it is trained.

    Raises ValueError for an unknown variant.
    """
    if variant not in VARIANTS[1:]:
        raise ValueError(f"no student is named {variant!r}; choose from {', '.join(VARIANTS[1:])}")
    made = student_of(teacher()[0])
    if variant == "layers cut" or TRAINED[variant][1]:
        return made
    return small_models.seeded(lambda: BertForMaskedLM(made.config), seed)


def trained(variant: str, seed: int, recipe=None):
    """The teacher, or a student, which is trained if need be: (model, tokenizer)."""
    model, tokenizer = teacher()
    if variant == "teacher":
        return model, tokenizer
    made = student(variant, seed)
    if variant in TRAINED:
        family = Distillation(model, tuple((term, WEIGHTS[term]) for term in TRAINED[variant][0]))
        how = {"folder": small_models.folder_of(NAME, variant, seed), "optimizer": small_models.adamw, "seed": seed}
        small_models.train(made, tokenizer, family, recipe or RECIPE, **how)
    return made.eval(), tokenizer


def milliseconds(model, tokenizer, texts) -> float:
    """Median time of one forward pass over some texts at once."""
    batch = encode(tokenizer, texts)
    with torch.no_grad():
        return 1_000 * statistics.median(seconds(lambda: model(**batch)) for _ in range(ROUNDS))


def sizes(model, tokenizer) -> dict[str, float]:
    """Parameters in look-up tables and in the rest, and the time of one text and of 32."""
    tables, rest = tables_and_blocks(model)
    texts = [" ".join(d.tokens) for d in evaluation.held_out_documents(32, 0)]
    times = {"one text": milliseconds(model, tokenizer, texts[:1]), "32 texts": milliseconds(model, tokenizer, texts)}
    return {"tables": tables, "rest": rest, "milliseconds": times}


def kept(student_scores: dict, teacher_scores: dict) -> dict[str, float]:
    """Share of the teacher's score that a student keeps on one task, raw and above chance.

    >>> student_scores, teacher_scores = {"accuracy": 0.8, "chance": 0.5}, {"accuracy": 0.9, "chance": 0.5}
    >>> {name: round(share, 3) for name, share in kept(student_scores, teacher_scores).items()}
    {'raw': 0.889, 'above chance': 0.75}

    Raises ValueError for a teacher that is not above chance: there is nothing to keep.
    """
    chance, one, two = teacher_scores["chance"], student_scores["accuracy"], teacher_scores["accuracy"]
    if two <= chance:
        raise ValueError(f"the teacher's accuracy {two:.3f} is not above chance {chance:.3f}; train it first")
    return {"raw": one / two, "above chance": (one - chance) / (two - chance)}


def run(point: dict) -> dict:
    """Sizes, excess over the exact floor, and the scores of three tasks after fine-tuning."""
    model, tokenizer = trained(point["variant"], point["seed"])
    return {
        **sizes(model, tokenizer),
        "excess": evaluation.masked_excess(model, tokenizer, count=COUNT)["excess"],
        "tasks": tasks.scored(model.bert, tokenizer, seed=point["seed"]),
    }
