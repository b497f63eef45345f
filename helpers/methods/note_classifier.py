"""A classifier of clinical notes: a pretrained body, a fresh head of three labels, and its fine-tuning."""

from __future__ import annotations

import torch
from transformers import AutoModelForSequenceClassification

from helpers.models.course import quiet
from helpers.tasks.clinical_notes import ID2LABEL, LABEL2ID, LABELS, examples_of
from helpers.training.finetuning import FineTuning, finetune, text_batches

RECIPE = FineTuning(steps=450, batch_size=16, learning_rate=1e-3)


def untrained_head(source, *, seed: int, **kwargs):
    """A classifier as the hub hands it out: a pretrained body under a fresh, random head of three labels.

    `source` is a folder, or an id of the hub. The library's report of the fresh weights is kept quiet.
    """
    torch.manual_seed(seed)
    with quiet():
        return AutoModelForSequenceClassification.from_pretrained(
            source, num_labels=len(LABELS), id2label=ID2LABEL, label2id=LABEL2ID, **kwargs
        ).eval()


def train(model, tokenizer, found, *, seed: int, recipe: FineTuning = RECIPE, frozen=()):
    """A trained copy of a classifier, and the loss of each step in nats."""
    generator = torch.Generator().manual_seed(seed)
    return finetune(
        model, examples_of(found), collate=text_batches(tokenizer), generator=generator, recipe=recipe, frozen=frozen
    )
