"""Faketown: Tinytown's grammar with other words. Every word has a copy of its own id; no string is shared.

What the two may share beside the blocks: the special tokens, the positions, and random words that stand in for
hidden ones (one in two is then a word of the other language).

Source: Dufter and Schuetze 2020, "Identifying Elements Essential for BERT's Multilinguality" (arXiv 2005.00396).
"""

from __future__ import annotations

from dataclasses import dataclass, replace

import torch

from helpers import tinytown
from helpers.experiments.variants import small_models
from helpers.experiments.variants.changed_models import bert
from helpers.experiments.variants.objectives import MaskedLM, asked_loss
from helpers.models.encoding import encode
from helpers.models.tokenizers import build_tokenizer, word_id_range
from helpers.objectives.padding import IGNORE_INDEX


@dataclass(frozen=True)
class Setting:
    """What the two languages share, and the model's shape."""

    special_tokens: bool = True
    positions: bool = True
    random_words: bool = True
    layers: int = small_models.RECIPE.layers
    d_model: int = small_models.RECIPE.d_model
    same_order: bool = True

    def recipe(self, recipe):
        """The recipe of this shape and these masks."""
        mix = recipe.mix if self.random_words else (recipe.mix[0] + recipe.mix[1], 0.0, recipe.mix[2])
        return replace(recipe, layers=self.layers, d_model=self.d_model, feed_forward=4 * self.d_model, mix=mix)


def build(setting: Setting, seed: int, recipe=small_models.RECIPE):
    """An untrained model of both languages, and Tinytown's tokenizer: every id has a copy, every position too."""
    tokenizer, recipe = build_tokenizer(tinytown.vocabulary()), setting.recipe(recipe)
    model = small_models.seeded(lambda: bert(replace(recipe, positions=2 * recipe.positions), tokenizer), seed)
    small_models.seeded(lambda: model.resize_token_embeddings(2 * len(tokenizer), mean_resizing=False), seed)
    return model, tokenizer


def translated(ids, faked, tokenizer, *, marks: bool):
    """Ids with those of Faketown in the rows or places marked in `faked`; special tokens as well when `marks` is true.

    >>> tokenizer = build_tokenizer(["cat", "the"])
    >>> ids = torch.tensor(tokenizer("the cat")["input_ids"])[None]
    >>> shift = translated(ids, torch.tensor([[True]]), tokenizer, marks=False) - ids
    >>> (shift / len(tokenizer)).tolist()
    [[0.0, 1.0, 1.0, 0.0]]

    Shapes: ids (batch, position), faked (batch, 1 or position). Padding and -100 stay.
    """
    first, last = word_id_range(tokenizer)
    known = (ids >= first) & (ids < last)
    if marks:
        special = [tokenizer.cls_token_id, tokenizer.sep_token_id, tokenizer.mask_token_id]
        known = known | torch.isin(ids, torch.tensor(special))
    return ids + len(tokenizer) * (known & faked)


def positions_of(ids, faked, setting: Setting, *, offset: int):
    """Positions 0, 1, 2, ...; where they are not shared, Faketown's begin behind Tinytown's last: (batch, position)."""
    count = torch.arange(ids.shape[1]).expand_as(ids)
    return count if setting.positions else count + offset * faked


@dataclass(frozen=True)
class Bilingual(MaskedLM):
    """Hidden words of both languages, a coin for each document."""

    setting: Setting

    def examples(self, documents, salient, *, recipe, tokenizer, generator):
        """(ids in Tinytown, whether it is to be Faketown) for each document."""
        rows = super().examples(documents, salient, recipe=recipe, tokenizer=tokenizer, generator=generator)
        faked = (torch.rand(len(rows), generator=generator) < 0.5).tolist()
        return [(in_order(row, self.setting) if fake else row, fake) for row, fake in zip(rows, faked)]

    def collate(self, rows, *, recipe, tokenizer, generator, width=None):
        """A batch of both languages with words hidden; a random word is one of either language."""
        how = {"recipe": recipe, "tokenizer": tokenizer, "generator": generator}
        batch = super().collate([row for row, _ in rows], width=width, **how)
        faked = torch.tensor([fake for _, fake in rows])[:, None]
        hidden, ids = batch["labels"] != IGNORE_INDEX, batch["input_ids"]
        drawn = hidden & (ids != batch["labels"]) & (ids != tokenizer.mask_token_id)
        coin = torch.rand(ids.shape, generator=generator) < 0.5
        marks = not self.setting.special_tokens
        return {
            **batch,
            "input_ids": translated(ids, torch.where(drawn, coin, faked), tokenizer, marks=marks),
            "labels": translated(batch["labels"], faked, tokenizer, marks=False),
            "position_ids": positions_of(ids, faked, self.setting, offset=recipe.positions),
        }

    def losses(self, model, batch):
        """Mean loss of a hidden word, in nats; the vocabulary is scored at the hidden places only."""
        inputs = {name: batch[name] for name in ("input_ids", "attention_mask", "position_ids")}
        asked = batch["labels"] != IGNORE_INDEX
        states = model.bert(**inputs).last_hidden_state[asked]
        return {"masked_lm": asked_loss(model.cls(states), batch["labels"][asked])}


def in_order(row: list[int], setting: Setting) -> list[int]:
    """A row between its marks in Faketown's order of words.

    >>> in_order([2, 30, 31, 32, 3], Setting(same_order=False))
    [2, 32, 31, 30, 3]
    """
    return row if setting.same_order else [row[0], *row[-2:0:-1], row[-1]]


def encoder(setting: Setting, *, fake: bool, positions: int = small_models.RECIPE.positions):
    """A function (tokenizer, texts) that writes a batch of one of the two languages, words in the order given."""

    def write(tokenizer, texts):
        batch = encode(tokenizer, texts)
        faked = torch.full((len(texts), 1), fake)
        ids = translated(batch["input_ids"], faked, tokenizer, marks=not setting.special_tokens)
        where = positions_of(ids, faked, setting, offset=positions)
        return {"input_ids": ids, "attention_mask": batch["attention_mask"], "position_ids": where}

    return write
