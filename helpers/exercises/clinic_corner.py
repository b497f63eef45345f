"""A corner of Tinytown for a live training run: the clinic without its pairs of drugs, its texts and its exact floor.

A corner has a vocabulary of its own, an endless supply of texts, and a loss that nothing can beat, known beforehand.
"""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np
import torch

from helpers import tinytown
from helpers.models.tokenizers import build_tokenizer, word_id_range
from helpers.objectives.masked_lm import mask_tokens
from helpers.objectives.padding import pad_rows
from helpers.tinytown.compiling import compile_language
from helpers.tinytown.scenes.clinic import CLINIC

GONE = {"combined", "interaction", "second", "severity"}  # what a text says of two drugs at once


@dataclass(frozen=True)
class Corner:
    """A small language with its tokenizer, rows of token ids to learn from, and held-out texts with hidden words.

    `how` holds what `mask_tokens` must know of the tokenizer; `floor` is in nats a hidden word of `test`.
    """

    tokenizer: object
    how: dict
    train: list
    test: dict
    labels: torch.Tensor
    floor: float

    def special(self, input_ids):
        """True at the tokens that may never be chosen: (batch, position) -> the same."""
        return torch.isin(input_ids, torch.tensor(self.tokenizer.all_special_ids))

    def batch(self, size, *, generator):
        """Texts drawn with replacement, padded: a dict with input_ids and attention_mask, (batch, position)."""
        drawn = torch.randint(len(self.train), (size,), generator=generator).tolist()
        return pad_rows([self.train[i] for i in drawn], pad_id=self.tokenizer.pad_token_id)


def clinic_corner(*, texts: int = 20_000, held_out: int = 300) -> Corner:
    """The corner with this many texts to learn from and held-out ones, of which none is among the first."""
    language = _language()
    tokenizer = build_tokenizer(language.words)
    train = tinytown.documents(texts, split="train", seed=1, language=language)
    test = tinytown.documents(held_out, split="test", seed=2, language=language)
    how = {"mask_id": tokenizer.mask_token_id, "word_ids": word_id_range(tokenizer)}
    batch = pad_rows([_row(tokenizer, d) for d in test], pad_id=tokenizer.pad_token_id)
    special = torch.isin(batch["input_ids"], torch.tensor(tokenizer.all_special_ids))
    generator = torch.Generator().manual_seed(0)
    shown, labels = mask_tokens(batch["input_ids"], special, generator=generator, mix=(1, 0, 0), **how)
    rows = [_row(tokenizer, d) for d in train]
    return Corner(tokenizer, how, rows, {**batch, "input_ids": shown}, labels, _floor(test, labels, language))


def _language():
    """The clinic's facts, tables and orders of sentences, those about pairs of drugs left out."""
    parts = {
        part: {name: value for name, value in getattr(CLINIC, part).items() if name not in GONE}
        for part in ("facts", "tables", "kinds")
    }
    orders = [(weight, order) for weight, order in CLINIC.orders if not any(name in order for name in GONE)]
    return compile_language([replace(CLINIC, **parts, orders=orders)])


def _row(tokenizer, document) -> list[int]:
    """[CLS] words [SEP] as ids."""
    words = tokenizer.convert_tokens_to_ids(list(document.tokens))
    return [tokenizer.cls_token_id, *words, tokenizer.sep_token_id]


def _floor(documents, labels, language) -> float:
    """The mean of the exact losses at the hidden words."""
    found = []
    for document, row in zip(documents, labels):
        gaps = (row[1 : len(document.tokens) + 1] != -100).nonzero().flatten().tolist()
        if gaps:
            found.append(tinytown.masked_losses(document.tokens, gaps, language=language))
    return float(np.concatenate(found).mean())
