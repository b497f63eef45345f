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


def rows_of(found):
    """Examples as the stream wants them: (example, length that decides which documents share a batch).

    The length is the document's with two end marks, as for the other models: all read the same documents in a step.
    """
    return [(example, example.words + 2) for example in found]


def collate(rows, *, recipe, tokenizer, generator, width=None):
    """Pad examples into a batch for `losses`: input_ids and labels, each as wide as needed, and the number of words.

    Raises ValueError for an empty source or target, or one longer than the recipe's positions.
    """
    found = [example for example, *_ in rows]
    how = {"pad_id": tokenizer.pad_token_id, "max_length": recipe.positions}
    batch = pad_rows([example.source for example in found], **how)
    asked = pad_rows([example.target for example in found], **how)
    labels = asked["input_ids"].masked_fill(asked["attention_mask"] == 0, IGNORE_INDEX)
    return {**batch, "labels": labels, "words": torch.tensor(sum(example.words for example in found))}


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
