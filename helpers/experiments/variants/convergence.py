"""Convergence: a decoder that classifies by prompt, an encoder that embeds, a decoder made two-sided.

Question: do decoders cover what encoders were made for, and where do encoders stay ahead?

Changed: whose weights are read and how: course-gpt by prompt or under a fresh head; course-bert under a head; the
vectors of both; and LLM2Vec's steps one after the other (no mask, masked next words, contrastive), and the last one
without the second.
Fixed: reviews and text pairs, labels, steps of a head. Beside it: the exact posterior of the reviews, the best constant
answer; the share of common words for similarity. Time of one text and of 32, and the weights' memory.
Cost: 25 points of 1 to 2 minutes on one core.
"""

from __future__ import annotations

import functools
import statistics
from dataclasses import replace

import numpy as np
import torch

from helpers.experiments.ablations import settings
from helpers.experiments.tasks.costs import seconds
from helpers.experiments.variants import small_models, tasks
from helpers.experiments.variants.two_sided import MaskedNextWord, TwoSided, with_dropout
from helpers.methods import in_context
from helpers.methods.cloze import PATTERNS
from helpers.methods.embeddings.contrastive import RECIPE as CONTRASTIVE
from helpers.methods.embeddings.contrastive import contrastive_loss, sides
from helpers.methods.fine_tuned import fresh
from helpers.methods.pooling import pool
from helpers.models.encoding import encode
from helpers.tasks import review_posteriors, similarity
from helpers.tasks.reviews import test_reviews
from helpers.training.finetuning import finetune

NAME = "convergence"
SEEDS = small_models.SEEDS
RECIPE = replace(small_models.RECIPE, steps=500, peak_learning_rate=5e-4, warmup_steps=50, checkpoint_every=250)
MODELS = {"encoder": ("course-bert", "BertModel"), "decoder": ("course-gpt", "GPT2Model")}
STEPS = ("no mask", "masked next word", "contrastive")  # LLM2Vec's, each on top of those before it
WITHOUT_MASKED = "no mask, contrastive"  # the last step without the one before it
VARIANTS = (
    *("prompt", "encoder", "decoder", *STEPS),
    *(WITHOUT_MASKED, "encoder, contrastive", "decoder, contrastive"),
)
READS = {name: (MODELS["encoder" if name.startswith("encoder") else "decoder"][0],) for name in VARIANTS}
ROUNDS = 7


def grid():
    """Every reader with every seed; the prompt draws nothing."""
    for seed in SEEDS:
        for variant in VARIANTS:
            if variant != "prompt" or seed == SEEDS[0]:
                yield {"experiment": NAME, "variant": variant, "seed": seed, "recipe": settings(RECIPE)}


def stack(variant: str, seed: int):
    """The stack of a variant, trained if need be: (body, tokenizer).

    Raises ValueError for an unknown variant.
    """
    if variant not in VARIANTS[1:]:
        raise ValueError(f"no stack is named {variant!r}; choose from {', '.join(VARIANTS[1:])}")
    body, tokenizer = fresh(*MODELS["encoder" if variant.startswith("encoder") else "decoder"])
    if variant in (*STEPS, WITHOUT_MASKED):
        body = TwoSided(body)
    if variant in STEPS[1:]:
        head = fresh("course-gpt", "GPT2LMHeadModel")[0].lm_head.requires_grad_(False)
        how = {"folder": small_models.folder_of(NAME, STEPS[1], seed), "optimizer": small_models.adamw, "seed": seed}
        small_models.train(body, tokenizer, MaskedNextWord(head), RECIPE, **how)
    if variant.endswith("contrastive"):
        body = simcse(body, tokenizer, seed=seed)
    return body.eval(), tokenizer


def simcse(body, tokenizer, *, seed: int, recipe=CONTRASTIVE):
    """A copy that was taught to find a text's second reading, under dropout, among those of other texts."""
    texts = [example.source for example in _pairs("train", seed, recipe.steps * recipe.batch_size)]
    generator, collate = torch.Generator().manual_seed(seed), sides(tokenizer)
    twice = [(text, text) for text in texts]
    how = {"collate": lambda some: _without_segments(collate(some)), "generator": generator, "recipe": recipe}
    with torch.random.fork_rng(devices=[]):
        torch.manual_seed(seed)
        trained, _ = finetune(with_dropout(body), twice, loss=contrastive_loss("mean"), **how)
    return trained


def _without_segments(batch):
    return {side: {n: v for n, v in part.items() if n != "token_type_ids"} for side, part in batch.items()}


@functools.cache
def _pairs(split: str, seed: int, count: int) -> tuple:
    return similarity.TASK.examples(split, count, seed=seed)


def vectors(body, tokenizer, texts):
    """The mean of each text's last states: (texts, d_model)"""
    batch = {name: value for name, value in encode(tokenizer, texts).items() if name != "token_type_ids"}
    with torch.no_grad():
        return pool(body(**batch).last_hidden_state, batch["attention_mask"], "mean")


def similarity_scores(body, tokenizer, *, seed: int, count: int = 300) -> dict[str, float]:
    """Rank correlation of the cosine of two texts' vectors with the gold overlap, and that of counting words."""
    found = _pairs("test", seed, count)
    one, two = (vectors(body, tokenizer, [getattr(e, side) for e in found]) for side in ("source", "second"))
    cosines = torch.nn.functional.cosine_similarity(one, two).tolist()
    words = list(map(similarity.shared_words, found))
    return {
        name: similarity.score(answers, found)["spearman"] for name, answers in (("cosine", cosines), ("words", words))
    }


def prompt_scores() -> dict:
    """course-gpt on held-out restaurant reviews, whose verdict it has never read, by the words good and bad."""
    model, tokenizer = fresh("course-gpt", "GPT2LMHeadModel")
    how = {"pattern": PATTERNS["plain"], "verbalizer": {"good": "good", "bad": "bad"}}
    texts = list(dict.fromkeys(review.text for review in test_reviews()))
    probs = in_context.label_probs(model, tokenizer, [], texts, **how)
    exact = review_posteriors.names_known(texts)
    problems = [tasks.Problem(text, (), (0,), row[None]) for text, row in zip(texts, exact)]
    answer = functools.partial(in_context.label_probs, model, tokenizer, [], **how)
    return {"zero-shot": tasks.scores_of(np.log(probs), problems), **costs(model, answer, texts)}


def costs(model, answer, texts) -> dict:
    """Milliseconds of one text and of 32, medians, and megabytes of weights."""
    times = {
        name: 1_000 * statistics.median(seconds(lambda some=some: answer(texts=some)) for _ in range(ROUNDS))
        for name, some in (("one text", texts[:1]), ("32 texts", texts[:32]))
    }
    return {"milliseconds": times, "megabytes": sum(w.numel() * w.element_size() for w in model.parameters()) / 1e6}


def run(point: dict) -> dict:
    """The scores of one reader: tasks under a head and similarity of its vectors, or its answers to a prompt."""
    variant, seed = point["variant"], point["seed"]
    if variant == "prompt":
        return prompt_scores()
    body, tokenizer = stack(variant, seed)
    texts = [review.text for review in test_reviews()]
    return {
        "similarity": similarity_scores(body, tokenizer, seed=seed),
        "tasks": tasks.scored(body, tokenizer, seed=seed),
        **costs(body, functools.partial(vectors, body, tokenizer), texts),
    }
