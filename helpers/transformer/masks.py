"""Attention masks as boolean pictures: row = query, column = key, True = may attend.

Masks for one length have shape (query, key); masks that differ within a batch have shape (batch, 1, query or 1, key),
so that all of them broadcast to (batch, head, query, key) and combine.
"""

from __future__ import annotations

import torch

from helpers.transformer.checks import require_tensor, shown, tensor, whole

LONGEST = 1 << 14  # a mask of this length has 268 million cells


def bidirectional(length):
    """Every position sees every position: the encoder's mask.

    >>> bidirectional(2).int().tolist()
    [[1, 1], [1, 1]]
    """
    _check_positive(length, "length")
    return torch.ones(length, length, dtype=torch.bool)


def causal(length):
    """Each position sees itself and everything before it: the decoder's mask.

    >>> causal(3).int().tolist()
    [[1, 0, 0], [1, 1, 0], [1, 1, 1]]

    Source: Vaswani et al. 2017, section 3.2.3; the diagonal is allowed, the output at i predicts token i + 1.
    """
    _check_positive(length, "length")
    return torch.ones(length, length, dtype=torch.bool).tril()


def prefix_lm(length, *, prefix):
    """The first `prefix` positions see one another both ways, the rest is causal.

    >>> prefix_lm(3, prefix=2).int().tolist()
    [[1, 1, 0], [1, 1, 0], [1, 1, 1]]

    Source: Raffel et al. 2020, "T5", section 3.2.1, figure 4.
    """
    _check_positive(length, "length")
    if not 0 <= whole(prefix, "prefix", least=None) <= length:
        raise ValueError(f"prefix {prefix} must lie between 0 and the length {length}")
    return causal(length) | (torch.arange(length) < prefix)


def sliding_window(length, *, window):
    """Each position sees its neighbours up to `window` steps away; to the left only: `combine` it with `causal`.

    >>> sliding_window(3, window=1).int().tolist()
    [[1, 1, 0], [1, 1, 1], [0, 1, 1]]

    Source: Beltagy et al. 2020, "Longformer", section 3.1; our window is one side, theirs counts both.
    """
    _check_positive(length, "length")
    if whole(window, "window", least=None) < 0:
        raise ValueError(f"window {window} must be 0 (only itself) or more")
    distance = (torch.arange(length)[:, None] - torch.arange(length)).abs()
    return distance <= window


def cross(query_length, key_length):
    """Every position of the decoder sees every position of the encoder.

    >>> cross(2, 3).shape
    torch.Size([2, 3])
    """
    _check_positive(query_length, "query_length")
    _check_positive(key_length, "key_length")
    return torch.ones(query_length, key_length, dtype=torch.bool)


def padding(attention_mask):
    """Hide padding as keys, from a tokenizer's attention_mask of ones and zeros.

    >>> padding(torch.tensor([[1, 1, 0]])).int().tolist()
    [[[[1, 1, 0]]]]

    Shapes: (batch, key) -> (batch, 1, 1, key): the same for every head and every query.
    Raises ValueError for another number of dimensions, or values that are neither 0 nor 1.
    """
    attention_mask = tensor(attention_mask, "attention_mask")
    if attention_mask.dim() != 2:
        raise ValueError(f"attention_mask has shape {tuple(attention_mask.shape)}, expected (batch, key): add [None]")
    if not ((attention_mask == 0) | (attention_mask == 1)).all():
        found = sorted(set(attention_mask.flatten().tolist()) - {0, 1})[0]
        raise ValueError(f"attention_mask holds {found}; 1 marks a token, 0 padding (token ids? segment ids?)")
    return attention_mask.bool()[:, None, None, :]


def document(document_ids):
    """Several documents packed into one row see only themselves.

    >>> document(torch.tensor([0, 0, 1])).int().tolist()
    [[1, 1, 0], [1, 1, 0], [0, 0, 1]]

    Shapes: (position,) -> (query, key).
    """
    document_ids = require_tensor(tensor(document_ids, "document_ids"), "document_ids", dtype="whole", dims=1)
    return document_ids[:, None] == document_ids[None, :]


def combine(*masks):
    """What all masks allow: logical and.

    >>> combine(causal(2), padding(torch.tensor([[0, 1]]))).int().tolist()
    [[[[0, 0], [0, 1]]]]

    Raises ValueError for no masks, one that is not boolean, or shapes that do not broadcast; it names the mask.
    """
    if not masks:
        raise ValueError("no masks to combine; pass at least one")
    together = _boolean(masks[0], 0)
    for index, mask in enumerate(masks[1:], start=1):
        mask = _boolean(mask, index)
        try:
            together = together & mask
        except RuntimeError as error:
            shapes = f"{tuple(mask.shape)} beside {tuple(together.shape)}"
            raise ValueError(f"mask {index} does not fit: {shapes}; build both for the same query and key") from error
    return together


def to_additive(mask, *, dtype=torch.float32):
    """The same mask as numbers to add to the scores: 0 where allowed, the least finite number elsewhere.

    >>> to_additive(causal(2)).tolist()
    [[0.0, -3.4028234663852886e+38], [0.0, 0.0]]

    Not -inf: a row of -inf only has no softmax (nan). Never add two of these masks: the sum overflows; `combine` first.
    """
    if not isinstance(dtype, torch.dtype) or not dtype.is_floating_point:
        raise TypeError(f"dtype cannot be {shown(dtype)}; pass one with a point, such as torch.float32")
    return torch.zeros(_boolean(mask, 0).shape, dtype=dtype).masked_fill(~_boolean(mask, 0), torch.finfo(dtype).min)


def fully_masked_rows(mask):
    """Which queries may see nothing at all.

    >>> fully_masked_rows(torch.tensor([[False, False], [True, False]])).tolist()
    [True, False]

    Shapes: (..., query, key) -> (..., query).
    """
    return ~require_tensor(_boolean(mask, 0), "mask", least_dims=1).any(-1)


def _check_positive(length, name):
    if whole(length, name, least=None, most=LONGEST) < 1:
        raise ValueError(f"{name} {length} must be at least 1")


def _boolean(mask, index):
    require_tensor(mask, f"mask {index}")
    if mask.dtype != torch.bool:
        hint = "ones and zeros: .bool()" if not mask.is_floating_point() else "0 and a huge negative number: mask == 0"
        raise ValueError(f"mask {index} has dtype {mask.dtype}; masks here are boolean, True = may attend ({hint})")
    return mask
