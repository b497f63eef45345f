"""Hide source words from some heads of cross-attention alone, and see what the decoder still knows.

A source word that the attention mask hides is hidden from every head of every layer. To ask whether *one* head's bright
cell matters, hide the word from that head alone, or from all the others.
"""

from __future__ import annotations

from contextlib import contextmanager
from functools import partial

import torch
from transformers import T5ForConditionalGeneration

from helpers.methods.text_to_text import sources
from helpers.models.checks import require_text_to_text_model
from helpers.tasks.task import Example
from helpers.transformer.checks import listed, require_tensor, shown


def heads_of(model) -> list[tuple[int, int]]:
    """All (layer, head) of a T5's cross-attention.

    Raises TypeError for another model.
    """
    return [(layer, head) for layer, part in enumerate(_parts(model)) for head in range(part.n_heads)]


def hidden(model, closed, heads):
    """A context: while it lasts, these (layer, head)s of a T5's cross-attention cannot look at closed source positions.

    closed: booleans (batch, source position), True = hidden.
    Raises ValueError for a head that the model does not have, or another implementation of attention than eager.
    """
    known = heads_of(model)
    if unknown := [head for head in listed(heads, "heads", of="(layer, head)") if head not in known]:
        raise ValueError(f"no head {shown(unknown[0])} in cross-attention; choose (layer, head) up to {known[-1]}")
    if model.config._attn_implementation != "eager":
        raise ValueError("only eager attention tells heads apart; call model.set_attn_implementation('eager') first")
    return _hidden(model, require_tensor(closed, "closed", dtype="boolean", dims=2), heads)


@torch.no_grad()
def damage(model, tokenizer, example, heads):
    """What each target word loses while a source word is hidden: 1 - p(right word), (target word, source word).

    The encoder still reads the word; the decoder, fed the gold target, cannot look at its place from these heads.
    Raises as `hidden` does, and TypeError for what is no example.
    """
    require_text_to_text_model(model, tokenizer)
    if not isinstance(example, Example):
        raise TypeError(f"an example cannot be {shown(example)}; pass one of the task translation")
    source = sources(tokenizer, model.config, [example])
    labels = tokenizer(example.target, return_tensors="pt")["input_ids"]
    memory, count = model.encoder(**source).last_hidden_state, len(example.source.split())
    memory, labels = memory.expand(count, -1, -1), labels.repeat(count, 1)
    closed = torch.eye(count, memory.shape[1], dtype=torch.bool)  # row n: word n is hidden
    with hidden(model, closed, heads):
        logits = model(encoder_outputs=(memory,), labels=labels).logits
    right = logits.softmax(-1).gather(-1, labels[..., None])[..., 0]  # (hidden, target word)
    return 1 - right.T[: len(example.target.split())].numpy()


@contextmanager
def _hidden(model, closed, heads):
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
    if not isinstance(model, T5ForConditionalGeneration):
        raise TypeError(f"model cannot be {shown(model)}; pass a T5: load_course('course-t5')[0]")
    return [block.layer[1].EncDecAttention for block in model.decoder.block]


def _add(bias, module, arguments, named):
    """The hook: cross-attention of T5 has no position bias of its own, so that its place is free."""
    return arguments, {**named, "position_bias": bias}
