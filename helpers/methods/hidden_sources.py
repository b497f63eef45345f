"""Hide source words from some heads of cross-attention alone, and see what the decoder still knows.

A source word that the attention mask hides is hidden from every head of every layer. To ask whether *one* head's bright
cell matters, hide the word from that head alone, or from all the others.
"""

from __future__ import annotations

from contextlib import contextmanager
from functools import partial

import torch


def heads_of(model) -> list[tuple[int, int]]:
    """All (layer, head) of a T5's cross-attention."""
    return [(layer, head) for layer, part in enumerate(_parts(model)) for head in range(part.n_heads)]


@contextmanager
def hidden(model, closed, heads):
    """While it lasts, these (layer, head)s of a T5's cross-attention cannot look at the closed source positions.

    closed: booleans (batch, source position), True = hidden.
    Raises ValueError for a head that the model does not have, or another implementation of attention than eager.
    """
    if unknown := set(heads) - set(heads_of(model)):
        raise ValueError(f"no head {min(unknown)} in cross-attention; choose (layer, head) up to {heads_of(model)[-1]}")
    if model.config._attn_implementation != "eager":
        raise ValueError("only eager attention tells heads apart; call model.set_attn_implementation('eager') first")
    handles = []
    for number, part in enumerate(_parts(model)):
        bias = torch.zeros(len(closed), part.n_heads, 1, closed.shape[1])  # (batch, head, any query, key)
        for head in (head for layer, head in heads if layer == number):
            bias[:, head, 0] = bias[:, head, 0].masked_fill(closed, torch.finfo(bias.dtype).min)
        handles.append(part.register_forward_pre_hook(partial(_add, bias), with_kwargs=True))
    try:
        yield
    finally:
        for handle in handles:
            handle.remove()


def _parts(model):
    return [block.layer[1].EncDecAttention for block in model.decoder.block]


def _add(bias, module, arguments, named):
    """The hook: cross-attention of T5 has no position bias of its own, so that its place is free."""
    return arguments, {**named, "position_bias": bias}
