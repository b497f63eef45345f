"""Checks of the exercises on attention masks; each tells which mistake it sees."""

from __future__ import annotations

import torch

from helpers.exercises.checks import exercise, require, require_shape
from helpers.transformer import masks

CAUSAL = "row i may see columns 0 to i, itself included; torch's tril() keeps the lower triangle"
PREFIX = "column j is open to every row when j < prefix; count for prefix = 1 how many columns that is"
DECODER = "causal for rows, padding for columns, joined by &; then let a padding row see itself and nothing else"
POSITIONS = "count the tokens so far with cumsum(-1) and start at 0; padding may have any number, 0 say"


@exercise("causal mask", hint=CAUSAL)
def check_causal_mask(answer):
    """A function of the length that gives the causal mask, booleans with True = may attend."""
    for length in (5, 2, 1):
        mask, right = answer(length), masks.causal(length)
        require_shape(mask, (length, length))
        _require_boolean(mask)
        require(
            not torch.equal(mask, right.tril(-1)),
            "off by one: a position must see itself; row 0 sees nothing here, and its softmax is of nothing",
        )
        require(length == 1 or not torch.equal(mask, right.T), "row 0 sees everything: the mask is transposed (triu?)")
        require(
            length == 1 or not torch.equal(mask, ~right),
            "the mask is inverted: True means may attend, and here the future is True",
        )
        _require_equal(mask, right)


@exercise("prefix mask", hint=PREFIX)
def check_prefix_mask(answer):
    """A function of (length, prefix) without the off-by-one of the broken one."""
    for length, prefix in ((6, 2), (4, 0), (3, 3), (5, 1)):
        mask, right = answer(length, prefix), masks.prefix_lm(length, prefix=prefix)
        require_shape(mask, (length, length))
        _require_boolean(mask)
        if 0 < prefix < length - 1:
            require(
                bool((mask != masks.prefix_lm(length, prefix=prefix + 1)).any()),
                f"off by one: with prefix={prefix}, position 0 still sees position {prefix}, "
                "the first word that it should predict",
            )
        if 0 < prefix < length:
            require(not bool(mask[0, -1]), "the rows of the prefix see the whole text: open its columns, not its rows")
        _require_equal(mask, right, where=f" (length {length}, prefix {prefix})")


@exercise("decoder mask", hint=DECODER)
def check_decoder_mask(answer):
    """A function of an attention_mask (batch, key): causal, no padding, no blind row, (batch, 1, query, key)."""
    tokens = torch.tensor([[0, 0, 1, 1, 1], [1, 1, 1, 0, 0], [1, 1, 1, 1, 1]])
    before = tokens.clone()
    mask = answer(tokens)
    require(torch.equal(tokens, before), "the argument was changed; build a new tensor")
    require_shape(mask, (3, 1, 5, 5), hint="batch, one for all heads, query, key")
    _require_boolean(mask)
    future = torch.ones(5, 5, dtype=torch.bool).triu(1)
    require(not bool((mask & future).any()), "a position sees its future: the causal part is missing (or joined by |)")
    real = tokens.bool()
    onto_padding = mask[:, 0] & real[:, :, None] & ~real[:, None, :]  # (batch, query, key)
    require(not bool(onto_padding.any()), "a token sees padding: padding must be hidden as key, that is, as column")
    require(
        not bool(masks.fully_masked_rows(mask).any()),
        "some rows see nothing at all (padding on the left): let each padding row see itself",
    )
    lost = masks.combine(masks.causal(5), masks.padding(tokens))[:, 0] & real[:, :, None] & ~mask[:, 0]
    require(not bool(lost.any()), "a token no longer sees an earlier token: hide columns, not whole rows")
    others = mask[:, 0] & ~real[:, :, None] & ~torch.eye(5, dtype=torch.bool)
    require(not bool((others & ~real[:, None, :]).any()), "a padding row sees other padding; itself is enough")


@exercise("position ids", hint=POSITIONS)
def check_position_ids(answer):
    """A function of an attention_mask (batch, position) that numbers the tokens from 0, wherever the padding lies."""
    tokens = torch.tensor([[0, 0, 1, 1, 1], [1, 1, 1, 0, 0]])
    ids = answer(tokens)
    require_shape(ids, (2, 5))
    require(not ids.is_floating_point(), f"ids index an embedding table: whole numbers, not {ids.dtype}")
    first = int(ids[0, 2])
    require(first != 2, "the padding was counted: the first token of the left-padded row got position 2, not 0")
    require(first != 1, "counting starts at 1: the first token must have position 0")
    require(bool((ids >= 0).all()), "some ids are negative: an embedding table has no such row; clamp them to 0")
    numbered = ids[0, 2:].tolist() == ids[1, :3].tolist() == [0, 1, 2]
    require(numbered, f"the tokens of both rows should be numbered 0, 1, 2; received {ids.tolist()}")


def _require_boolean(mask):
    require(mask.dtype == torch.bool, f"the mask holds {mask.dtype}; use booleans, True = may attend (.bool())")


def _require_equal(mask, right, where=""):
    wrong = (mask != right).nonzero().tolist()
    if wrong:
        i, j = wrong[0]
        state = "may" if bool(mask[i, j]) else "may not"
        require(False, f"query {i} {state} see key {j}, it should be the other way round{where}")
