"""What turns BERT's weights into a reader of the left side: the causal mask, the objective, and where training starts.

Changed: the start (course-bert, or random weights of the same sizes) and the mask under which the next word is asked
for (causal, or both sides). Held fixed: the texts, their order, the number of updates, AdamW; the learning rate is
chosen on validation texts for each start. Scored along the way under the causal mask: the expected loss over the exact
distribution of the next word, as an excess over its floor, never below zero; `seen` is the loss at the words that came,
under the mask of training: without a causal mask it falls below the floor, which is a leak.
"""

from __future__ import annotations

import functools

import numpy as np
import torch
from torch.nn import functional as F
from transformers import BertForPreTraining

from helpers import tinytown
from helpers.evaluation import in_batches
from helpers.evaluation.divergence import loss_scores
from helpers.experiments.runner import Search
from helpers.models import load_course
from helpers.objectives.padding import IGNORE_INDEX, pad_rows
from helpers.training.step import train_step
from helpers.transformer.checks import one_of
from helpers.transformer.masks import bidirectional, causal, combine, padding, to_additive

STARTS, MASKS = ("course-bert", "random weights"), {"causal": causal, "both sides": bidirectional}
SEEDS = (0, 1, 2)
UPDATES = (0, 20, 40, 80, 160, 320)  # where the model is scored
BATCH, TEXTS, CLIP = 16, 100, 1.0
RATES = (5e-4, 1e-3, 2e-3, 4e-3)
PART = "mask swap"


def grid():
    """Each start under each mask, a seed at a time."""
    for seed in SEEDS:
        yield from ({"part": PART, "start": start, "mask": mask, "seed": seed} for start in STARTS for mask in MASKS)


def search(point: dict) -> Search:
    """The rate of a start, by its excess under the causal mask on validation texts after all updates."""
    tried = {"stage": "search", "part": PART, "start": point["start"], "mask": "causal"}
    return Search(tried, tuple({"rate": rate} for rate in RATES), f"excess.{UPDATES[-1]}", lowest=True)


def models(point: dict) -> tuple[str, ...]:
    """Course-bert, whose sizes the random weights have, too."""
    return ("course-bert",)


def run(point: dict) -> dict:
    """Scores by number of updates: {"excess": {"80": ...}, "loss": ..., "seen": ...}, and the floor."""
    model, tokenizer = start_of(point["start"], point["seed"])
    split = "validation" if point.get("stage") == "search" else "test"
    rate, mask = point["recipe"]["rate"], MASKS[point["mask"]]
    return trained(model, tokenizer, mask=mask, rate=rate, seed=point["seed"], split=split)


def start_of(start: str, seed: int):
    """The weights to start from and the tokenizer.

    Raises ValueError for another start.
    """
    model, tokenizer = load_course("course-bert")
    if one_of(start, "start", STARTS) == "course-bert":
        return model, tokenizer
    with torch.random.fork_rng(devices=[]):
        torch.manual_seed(seed)
        return BertForPreTraining(model.config), tokenizer


def trained(model, tokenizer, *, mask, rate, seed, split="test", updates=UPDATES, texts=TEXTS) -> dict:
    """Train a model on "predict the next token" and score it after each number of updates."""
    documents = tinytown.documents(BATCH * updates[-1], split="train", seed=[seed, 1310])
    optimizer = torch.optim.AdamW(model.train().parameters(), lr=rate)
    found, done = {"excess": {}, "loss": {}, "seen": {}}, 0
    for count in updates:
        for batch in in_batches(documents[BATCH * done : BATCH * count], BATCH):
            losses = functools.partial(next_token_losses, tokenizer=tokenizer, mask=mask)
            train_step(model, optimizer, [batch], losses=losses, rate=rate, clip=CLIP)
        done, scores = count, scored(model, tokenizer, mask=mask, seed=seed, split=split, count=texts)
        for name in found:
            found[name][str(count)] = scores[name]
    return {**found, "floor": scores["floor"]}


def batch_of(documents, tokenizer, mask) -> dict:
    """`[CLS] words [SEP]` of documents, padded, under a mask: what BERT takes."""
    ids = [tokenizer.convert_tokens_to_ids(["[CLS]", *d.tokens, "[SEP]"]) for d in documents]
    batch = pad_rows(ids, pad_id=tokenizer.pad_token_id)
    allowed = combine(mask(batch["input_ids"].shape[1]), padding(batch["attention_mask"]))
    return {"input_ids": batch["input_ids"], "attention_mask": to_additive(allowed)}


def next_token_losses(model, documents, *, tokenizer, mask) -> dict:
    """Mean -log p of the next token, the end included; the output at i is compared with the token at i + 1."""
    batch = batch_of(documents, tokenizer, mask)
    logits = model(**batch).prediction_logits[:, :-1].flatten(0, 1)
    labels = batch["input_ids"][:, 1:].masked_fill(batch["input_ids"][:, 1:] == tokenizer.pad_token_id, IGNORE_INDEX)
    return {"next token": F.cross_entropy(logits, labels.flatten())}


@functools.cache
def problems(count: int, seed: int, split: str) -> tuple:
    """Distinct documents, each with the exact distributions of its next words and of its end, (words + 1, V + 1)."""
    language = tinytown.training_language()
    drawn = tinytown.distinct_documents(count, split=split, seed=[seed, 1311])
    weights = [tinytown.Reading(d.tokens, language).next_words() for d in drawn]
    return tuple((d, rows / rows.sum(1, keepdims=True)) for d, rows in zip(drawn, weights, strict=True))


@torch.no_grad()
def scored(model, tokenizer, *, mask, seed: int, split: str, count: int) -> dict:
    """Expected loss, floor and excess under the causal mask, and the loss that was seen under the mask of training."""
    asked = problems(count, seed, split)
    documents, exact = [d for d, _ in asked], [rows for _, rows in asked]
    columns = tokenizer.convert_tokens_to_ids([*tinytown.training_language().words, "[SEP]"])
    model.eval()
    said = []
    for some in in_batches(documents):
        rows = model(**batch_of(some, tokenizer, causal)).prediction_logits.log_softmax(-1)
        said += [row[: len(d.tokens) + 1] for row, d in zip(rows, some, strict=True)]
    lengths = [len(d.tokens) + 1 for d in documents]
    seen = [float(next_token_losses(model, [d], tokenizer=tokenizer, mask=mask)["next token"]) for d in documents]
    model.train()
    return {**loss_scores(exact, said, columns), "seen": float(np.average(seen, weights=lengths))}
