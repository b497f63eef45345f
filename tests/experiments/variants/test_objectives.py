"""What the small models are asked: rows between marks, and a loss that counts what is asked alone."""

import math

import torch
from tiny_variants import QUICK

from helpers import tinytown
from helpers.experiments.variants import objectives, same_configuration
from helpers.objectives.padding import IGNORE_INDEX


def a_batch(family, documents, seed=0):
    _, tokenizer = same_configuration.build("MLM", 0, QUICK)
    how = {"recipe": QUICK, "tokenizer": tokenizer, "generator": torch.Generator().manual_seed(seed)}
    return family.collate(family.examples(documents, None, **how), **how), tokenizer


def test_rows_are_the_words_between_the_encoders_marks():
    documents = tinytown.documents(5, seed=1)
    _, tokenizer = same_configuration.build("MLM", 0, QUICK)
    texts = [" ".join(d.tokens) for d in documents]
    assert objectives.rows_of(documents, tokenizer) == tokenizer(texts)["input_ids"]


def test_about_the_share_of_the_recipe_is_hidden_and_never_a_mark():
    batch, tokenizer = a_batch(objectives.MaskedLM(), tinytown.documents(100, seed=1))
    asked = batch["labels"] != IGNORE_INDEX
    assert abs(asked.sum() / batch["words"] - QUICK.mask_rate) < 0.03
    assert not torch.isin(batch["labels"][asked], torch.tensor(tokenizer.all_special_ids)).any()


def test_the_loss_counts_what_is_asked_alone():
    logits = torch.zeros(1, 3, 4)
    logits[0, 0, 2] = 50.0  # not asked: certain and wrong
    assert math.isclose(objectives.asked_loss(logits, torch.tensor([[-100, 1, 3]])), math.log(4), rel_tol=1e-6)
    assert objectives.asked_loss(logits, torch.full((1, 3), -100)) == 0
