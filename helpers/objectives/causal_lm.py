"""Causal language modelling: predict each token from the ones up to it.

The labels are the inputs themselves. Nothing is shifted here: the model shifts when it computes the loss, and shifting
twice would train it to predict the token after the next one.

Source: Radford et al. 2019, "Language Models are Unsupervised Multitask Learners", section 2, equation 1.
The best possible loss: `helpers.tinytown.causal_losses`.
"""

from __future__ import annotations

from helpers.objectives.padding import IGNORE_INDEX, MAX_LENGTH, check_rows, pad_rows
from helpers.transformer.checks import whole


def causal_lm_batch(documents, *, end_id, pad_id, max_length=MAX_LENGTH, width=None):
    """Write `<|endoftext|> document <|endoftext|>` for each document of ids; labels equal the ids, -100 on padding.

    >>> batch = causal_lm_batch([[7, 8], [9]], end_id=5, pad_id=0)
    >>> batch["input_ids"].tolist(), batch["labels"].tolist()
    ([[5, 7, 8, 5], [5, 9, 5, 0]], [[5, 7, 8, 5], [5, 9, 5, -100]])

    Shapes: input_ids, attention_mask, labels all (batch, position).
    Raises ValueError for no documents, an empty one, or one without room for the two end marks: cut it.
    """
    rows = check_rows(documents, max_length=whole(max_length, "max_length", least=3) - 2)
    rows = [[end_id, *row, end_id] for row in rows]
    batch = pad_rows(rows, pad_id=pad_id, max_length=max_length, width=width)
    labels = batch["input_ids"].masked_fill(batch["attention_mask"] == 0, IGNORE_INDEX)
    return {**batch, "labels": labels}
