"""Faketown: the same grammar with other ids, and only what the setting says is shared."""

import math
from dataclasses import replace

import pytest
import torch
from tiny_variants import QUICK

from helpers import tinytown
from helpers.experiments.variants import faketown
from helpers.experiments.variants.faketown import Setting
from helpers.objectives.padding import IGNORE_INDEX

SMALL = {"layers": 2, "d_model": 16}


def a_batch(**options):
    setting = Setting(**SMALL, **options)
    model, tokenizer = faketown.build(setting, 0, QUICK)
    family, recipe = faketown.Bilingual(setting), replace(setting.recipe(QUICK), mask_rate=0.4)
    how = {"recipe": recipe, "tokenizer": tokenizer, "generator": torch.Generator().manual_seed(0)}
    documents = tinytown.documents(60, seed=3)
    rows = family.examples(documents, None, **how)
    return family.collate(rows, **how), rows, model, tokenizer, family


def test_half_of_the_texts_are_faketown_and_no_word_is_in_both():
    batch, rows, _, tokenizer, _ = a_batch(random_words=False)
    fake = torch.tensor([flag for _, flag in rows])
    size, asked = len(tokenizer), batch["labels"] != IGNORE_INDEX
    assert 0.3 < fake.float().mean() < 0.7
    original = torch.where(asked, batch["labels"], batch["input_ids"])
    words = (original % size >= 22) & batch["attention_mask"].bool()
    assert torch.equal((original >= size)[words], fake[:, None].expand_as(words)[words])


def test_a_word_and_its_copy_are_read_back_to_the_same_text():
    batch, rows, _, tokenizer, _ = a_batch(random_words=False)
    asked = batch["labels"] != IGNORE_INDEX
    original = torch.where(asked, batch["labels"], batch["input_ids"]) % len(tokenizer)
    for row, (ids, _) in zip(original, rows):
        assert row[: len(ids)].tolist() == ids


@pytest.mark.parametrize("shared", [True, False])
def test_special_tokens_are_shared_or_not(shared):
    batch, rows, _, tokenizer, _ = a_batch(special_tokens=shared)
    first = batch["input_ids"][:, 0] - tokenizer.cls_token_id
    expected = [0 if shared or not fake else len(tokenizer) for _, fake in rows]
    assert first.tolist() == expected
    assert ((batch["input_ids"] == tokenizer.mask_token_id + len(tokenizer)).any().item()) is not shared


@pytest.mark.parametrize("shared", [True, False])
def test_positions_are_shared_or_not(shared):
    batch, rows, model, _, _ = a_batch(positions=shared)
    starts = batch["position_ids"][:, 0].tolist()
    assert starts == [0 if shared or not fake else QUICK.positions for _, fake in rows]
    assert batch["position_ids"].max() < model.config.max_position_embeddings


@pytest.mark.parametrize("random_words", [True, False])
def test_random_words_come_from_both_languages_or_there_are_none(random_words):
    batch, rows, _, tokenizer, _ = a_batch(random_words=random_words)
    asked, ids = batch["labels"] != IGNORE_INDEX, batch["input_ids"]
    drawn = asked & (ids != batch["labels"]) & (ids != tokenizer.mask_token_id)
    assert drawn.any().item() is random_words
    if random_words:
        of_fake = (ids >= len(tokenizer))[drawn] == torch.tensor([f for _, f in rows])[:, None].expand_as(ids)[drawn]
        assert 0.2 < of_fake.float().mean() < 0.8


def test_the_loss_is_the_models_own():
    batch, _, model, tokenizer, family = a_batch()
    with torch.no_grad():
        mine = family.losses(model, batch)["masked_lm"].item()
        inputs = {name: batch[name] for name in ("input_ids", "attention_mask", "position_ids", "labels")}
        assert mine == pytest.approx(model(**inputs).loss.item(), rel=1e-4)
    assert mine == pytest.approx(math.log(2 * len(tokenizer)), rel=0.1)


def test_an_encoder_writes_what_the_model_was_trained_on():
    setting = Setting(**SMALL, special_tokens=False, positions=False)
    _, tokenizer = faketown.build(setting, 0, QUICK)
    true, fake = (
        faketown.encoder(setting, fake=f, positions=QUICK.positions)(tokenizer, ["the cat", "cat"])
        for f in (False, True)
    )
    assert (fake["input_ids"] - true["input_ids"]).tolist() == [[len(tokenizer)] * 4, [len(tokenizer)] * 3 + [0]]
    assert (fake["position_ids"] - true["position_ids"]).unique().tolist() == [QUICK.positions]
    assert torch.equal(fake["attention_mask"], true["attention_mask"])
