"""What the small models are asked: families for the stream, each with `examples`, `collate` and `losses`.

Next words come from `helpers.training.gpt`; here are hidden words, at one rate or at any.
"""

from __future__ import annotations

from dataclasses import dataclass

import torch
from torch.nn.functional import cross_entropy

from helpers.models.tokenizers import word_id_range
from helpers.objectives.masked_lm import MIX, masked_lm_batch
from helpers.objectives.padding import IGNORE_INDEX, pad_rows


def inputs_of(batch) -> dict:
    """What every class of transformers reads: ids and which of them are padding."""
    return {name: batch[name] for name in ("input_ids", "attention_mask")}


def rows_of(documents, tokenizer) -> list[list[int]]:
    """`[CLS] text [SEP]` for each document, as ids."""
    vocabulary = tokenizer.get_vocab()
    ends = [tokenizer.cls_token_id], [tokenizer.sep_token_id]
    return [[*ends[0], *(vocabulary[word] for word in d.tokens), *ends[1]] for d in documents]


def padded(rows, *, recipe, tokenizer, width=None) -> dict:
    """Rows as a batch, with the number of words in it."""
    batch = pad_rows(rows, pad_id=tokenizer.pad_token_id, max_length=recipe.positions, width=width)
    return {**batch, "words": torch.tensor(sum(len(row) - 2 for row in rows))}


def hidden(batch, *, tokenizer, generator, rate, mix=MIX) -> dict:
    """A batch with a share of its words hidden, and the labels."""
    ids = {"mask_id": tokenizer.mask_token_id, "word_ids": word_id_range(tokenizer)}
    return masked_lm_batch(batch, tokenizer.all_special_ids, generator=generator, rate=rate, mix=mix, **ids)


def asked_loss(logits, labels):
    """Mean loss in nats at the positions whose label is not -100: (batch, position, vocab), (batch, position)."""
    asked = labels != IGNORE_INDEX
    return cross_entropy(logits[asked].float(), labels[asked], reduction="sum") / asked.sum().clamp(min=1)


@dataclass(frozen=True)
class MaskedLM:
    """Hidden words of whole documents, at the recipe's rate and mix; there are no pairs of sentences.

    Source: Devlin et al. 2019, "BERT", section 3.1, without the next-sentence task (Liu et al. 2019, "RoBERTa").
    """

    def examples(self, documents, salient, *, recipe, tokenizer, generator):
        """The ids of each document between its marks; nothing is drawn."""
        return rows_of(documents, tokenizer)

    def collate(self, rows, *, recipe, tokenizer, generator, width=None):
        """A padded batch with words hidden."""
        batch = padded(rows, recipe=recipe, tokenizer=tokenizer, width=width)
        return hidden(batch, tokenizer=tokenizer, generator=generator, rate=recipe.mask_rate, mix=recipe.mix)

    def losses(self, model, batch):
        """Mean loss of a hidden word, in nats."""
        return {"masked_lm": asked_loss(model(**inputs_of(batch)).logits, batch["labels"])}
