"""What course-t5 and course-bart share: a text goes into one stack, another text is asked of the other.

Half of the recipe's layers read and half write, so that the blocks weigh as much as those of course-bert; only the
cross-attention is on top. What is read and what is written both end in `<|endoftext|>`.
"""

from __future__ import annotations

from dataclasses import dataclass

import torch

from helpers.models.tokenizers import build_text_to_text_tokenizer as build_tokenizer  # noqa: F401  (part of the families)
from helpers.objectives.padding import IGNORE_INDEX, pad_rows


@dataclass(frozen=True)
class Example:
    """What is read, what is asked for (ids with their end marks), and the number of words of the whole document."""

    source: list
    target: list
    words: int


def collate(rows, *, recipe, tokenizer, generator, width=None):
    """Pad examples into a batch for `losses`: input_ids and labels, each as wide as needed, and the number of words.

    Raises ValueError for an empty source or target, or one longer than the recipe's positions.
    """
    batch, asked = (
        pad_rows(side, pad_id=tokenizer.pad_token_id, max_length=recipe.positions, width=rounded_width(side))
        for side in ([row.source for row in rows], [row.target for row in rows])
    )
    labels = asked["input_ids"].masked_fill(asked["attention_mask"] == 0, IGNORE_INDEX)
    return {**batch, "labels": labels, "words": torch.tensor(sum(row.words for row in rows))}


def rounded_width(side, *, multiple=4):
    """The longest row's length, rounded up: few different shapes, for each of which kernels must be prepared.

    >>> rounded_width([[1, 2, 3], [1, 2, 3, 4, 5]])
    8
    """
    return -(-max(map(len, side)) // multiple) * multiple


def token_loss(model, batch):
    """Mean loss of the target's tokens in nats, end mark included; the model shifts the labels itself."""
    inputs = {name: batch[name] for name in ("input_ids", "attention_mask", "labels")}
    return model(**inputs, use_cache=False).loss


def layers_of_each_stack(recipe):
    """Half of the recipe's layers, for the encoder and for the decoder.

    Raises ValueError for an odd number: the two stacks of a course model are of equal depth.
    """
    if recipe.layers % 2:
        raise ValueError(f"layers {recipe.layers} cannot be shared out over two stacks; choose an even number")
    return recipe.layers // 2
