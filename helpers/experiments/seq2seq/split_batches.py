"""Split texts as batches: one row for a single stack, or the two halves in rows of their own for two stacks."""

from __future__ import annotations

import torch

from helpers.experiments.seq2seq import split
from helpers.methods import prefix_lm
from helpers.objectives.padding import IGNORE_INDEX, pad_rows


class Texts:
    """What `training.batches` needs to know: documents with their splits, and how a variant writes a batch of them.

    Raises ValueError for an unknown variant.
    """

    def __init__(self, variant: str, *, all_words: bool | None = None):
        if variant not in split.ROLE:
            raise ValueError(f"no variant is called {variant!r}; choose one of: {'; '.join(split.VARIANTS)}")
        self.two_stacks, self.both_ways = variant == "encoder-decoder", variant == "prefix-LM"
        self.all_words = "every" in variant if all_words is None else all_words

    def examples(self, documents, salient, *, recipe, tokenizer, generator):
        """(ids, place) for each document, or None where it is too short for the split drawn for it."""
        ids = tokenizer.convert_tokens_to_ids
        drawn = torch.randint(1, split.LATEST + 1, (len(documents),), generator=generator).tolist()
        return [(ids(list(d.tokens)), at) if split.fits(d, at) else None for d, at in zip(documents, drawn)]

    def collate(self, rows, *, tokenizer, recipe=None, generator=None, width=None):
        """Rows as a batch, with the number of words in it."""
        if self.two_stacks:
            batch = split_batch(rows, tokenizer)
        else:
            batch = one_row_batch(rows, tokenizer, both_ways=self.both_ways, all_words=self.all_words)
        return {**batch, "words": sum(len(ids) for ids, _ in rows)}


def one_row_batch(rows, tokenizer, *, both_ways: bool, all_words: bool) -> dict:
    """`<|endoftext|> text <|endoftext|>`; labels everywhere, or behind the split alone; both ways, or causal.

    Shapes: input_ids, labels (batch, position); attention_mask (batch, position), or (batch, 1, query, key) to add.
    """
    end = tokenizer.eos_token_id
    batch = pad_rows([[end, *ids, end] for ids, _ in rows], pad_id=tokenizer.pad_token_id)
    read = torch.tensor([1 + at for _, at in rows])  # the mark and the first half
    labels = batch["input_ids"].masked_fill(batch["attention_mask"] == 0, IGNORE_INDEX)
    if not all_words:
        labels = labels.masked_fill(torch.arange(labels.shape[1]) < read[:, None], IGNORE_INDEX)
    if both_ways:
        batch["attention_mask"] = prefix_lm.to_additive_mask(batch["attention_mask"], read)
    return {**batch, "labels": labels}


def split_batch(rows, tokenizer) -> dict:
    """The first half for the encoder, `<|endoftext|> second half <|endoftext|>` for the decoder; labels as for a GPT.

    Shapes: source, source_mask (batch, source position); input_ids, attention_mask, labels (batch, position).
    """
    end, pad = tokenizer.eos_token_id, tokenizer.pad_token_id
    read = pad_rows([[end, *ids[:at]] for ids, at in rows], pad_id=pad)
    batch = pad_rows([[end, *ids[at:], end] for ids, at in rows], pad_id=pad)
    labels = batch["input_ids"].masked_fill(batch["attention_mask"] == 0, IGNORE_INDEX)
    labels[:, 0] = IGNORE_INDEX
    return {"source": read["input_ids"], "source_mask": read["attention_mask"], **batch, "labels": labels}
