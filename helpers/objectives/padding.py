"""Rows of token ids to one rectangular batch: ids, padding, and a mask that says which is which."""

from __future__ import annotations

import torch

from helpers.transformer.checks import listed, shown, whole

IGNORE_INDEX = -100
MAX_LENGTH = 128


def pad_rows(rows, *, pad_id, max_length=MAX_LENGTH, width=None):
    """Pad rows of ids on the right, to the longest or to `width`; attention_mask is 1 on ids and 0 on padding.

    >>> batch = pad_rows([[5, 7, 9], [5]], pad_id=0)
    >>> batch["input_ids"].tolist(), batch["attention_mask"].tolist()
    ([[5, 7, 9], [5, 0, 0]], [[1, 1, 1], [1, 0, 0]])

    Shapes: (batch, position) for both.
    Raises ValueError for no rows, an empty row, or a row longer than max_length: drop or cut it before the batch.
    """
    rows = check_rows(rows, max_length=max_length)
    whole(pad_id, "pad_id")
    width = max(0 if width is None else whole(width, "width"), max(len(row) for row in rows))
    input_ids = torch.tensor([row + [pad_id] * (width - len(row)) for row in rows])
    lengths = torch.tensor([len(row) for row in rows])
    return {"input_ids": input_ids, "attention_mask": (torch.arange(width) < lengths[:, None]).long()}


def check_rows(rows, *, max_length=MAX_LENGTH) -> list[list[int]]:
    """The rows as lists of ids; rows that no model could read are refused.

    >>> check_rows([[1, 2], []])
    Traceback (most recent call last):
    ...
    ValueError: row 1 is empty; drop empty documents before building a batch
    """
    whole(max_length, "max_length", least=1)
    rows = [ids_of(row, index) for index, row in enumerate(listed(rows, "rows", least=0, of="lists of ids"))]
    if not rows:
        raise ValueError("no rows; a batch needs at least one document")
    for index, row in enumerate(rows):
        if not row:
            raise ValueError(f"row {index} is empty; drop empty documents before building a batch")
        if len(row) > max_length:
            raise ValueError(f"row {index} has {len(row)} tokens, the model has {max_length} positions; cut the text")
    return rows


def ids_of(row, index: int = 0) -> list[int]:
    """One row as a list of ids, from a list, tuple, array or tensor of whole numbers.

    >>> ids_of("cat")
    Traceback (most recent call last):
    ...
    TypeError: row 0 cannot be 'cat' (str); pass a list of ids: tokenizer(text)["input_ids"]
    """
    ids = row.tolist() if hasattr(row, "tolist") else row
    if not isinstance(ids, list | tuple | range):
        raise TypeError(f'row {index} cannot be {shown(row)}; pass a list of ids: tokenizer(text)["input_ids"]')
    return [id_ if type(id_) is int and id_ >= 0 else whole(id_, f"an id of row {index}") for id_ in ids]
