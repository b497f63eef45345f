"""Checks of the exercises on attention masks; each tells which mistake it sees.

`moved`, `position_ids` and `gpt_logits` are the course's own versions, which the notebook goes on with.
"""

from __future__ import annotations

import functools
from types import SimpleNamespace

import torch
from torch.nn import functional as F

from helpers import tinytown
from helpers.exercises.checks import close, exercise, require, require_shape
from helpers.models import load_course
from helpers.transformer import attention, masks

ATTENTION = "scores first: q @ k.transpose(-2, -1) over the root of q.shape[-1]; mask them; softmax(-1); then @ v"
MOVED = "run the layer on x and on a clone with a changed number in row j; an output moved where any of its own differs"
GPT = "tables, then per layer: x + attention(ln_1(x)), x + mlp(ln_2(x)); at the end ln_f and the table of words again"
TEXTS = 12  # texts on which a rebuilt GPT is scored
CAUSAL = "row i may see columns 0 to i, itself included; torch's tril() keeps the lower triangle"
PREFIX = "column j is open to every row when j < prefix; count for prefix = 1 how many columns that is"
DECODER = "causal for rows, padding for columns, joined by &; then let a padding row see itself and nothing else"
POSITIONS = "count the tokens so far with cumsum(-1) and start at 0; padding may have any number, 0 say"


def moved(layer, x, j, mask):
    """Which outputs change when input j changes: x (position, d_model) -> (position,) bool.

    >>> moved(lambda x, mask: x.cumsum(0), torch.zeros(3, 1), 1, None).tolist()
    [False, True, True]
    """
    with torch.no_grad():
        nudged = x.clone()
        nudged[j, 0] += 1.0  # one coordinate: layer norm removes what is added to all
        return (layer(nudged, mask) != layer(x, mask)).any(-1)


def position_ids(attention_mask):
    """Number the tokens 0, 1, 2 ... wherever the padding stands: (batch, position) -> the same.

    >>> position_ids(torch.tensor([[0, 0, 1, 1]])).tolist()
    [[0, 0, 0, 1]]
    """
    return (attention_mask.cumsum(-1) - 1).clamp(min=0)


@exercise("scaled_dot_product_attention", hint=ATTENTION, ours=attention.scaled_dot_product_attention)
def check_attention(answer):
    """A function of (q, k, v, mask=None) that gives the output and the weights."""
    q, k, v = torch.randn(3, 2, 3, 5, 4, generator=torch.Generator().manual_seed(3))
    k, v = k[..., :4, :], v[..., :4, :]
    found = answer(q, k, v)
    require(isinstance(found, tuple) and len(found) == 2, "return two things: the output and the weights")
    output, weights = found
    require_shape(weights, (2, 3, 5, 4), hint="weights are (..., query, key)")
    raw = q @ k.transpose(-2, -1)
    right = (raw / 2).softmax(-1)
    require(not close(weights, raw.softmax(-1)), "the scores are not divided by the root of d_head")
    require(not close(weights, (raw / 4).softmax(-1)), "the scores are divided by d_head itself, not by its root")
    require(not close(weights, (raw / 2).softmax(-2)), "each column sums to 1; the softmax runs over keys, axis -1")
    require(close(weights, right), f"the weights of row 0 sum to {float(weights[0, 0, 0].sum()):.2f}, or are others")
    require(close(output, right @ v), "the weights are right; the output is weights @ v")
    _check_masked(answer, q, k, v, raw / 2)


def _check_masked(answer, q, k, v, scores):
    mask = torch.tensor([[1, 0, 0, 0], [1, 1, 0, 0], [0, 1, 1, 0], [1, 1, 1, 1], [0, 0, 1, 1]], dtype=torch.bool)
    output, weights = answer(q, k, v, mask)
    right = scores.masked_fill(~mask, float("-inf")).softmax(-1)
    inverted = scores[..., 1:3, :].masked_fill(mask[1:3], float("-inf")).softmax(-1)
    require(not close(weights[..., 1:3, :], inverted), "the mask is inverted: True means may attend; fill where ~mask")
    require(not close(weights, scores.softmax(-1)), "the mask changes nothing: fill the scores with -inf where ~mask")
    late = "the mask comes after the softmax, so the rows no longer sum to 1: mask the scores"
    require(not close(weights, scores.softmax(-1) * mask), late)
    zero = scores.masked_fill(~mask, 0.0).softmax(-1)
    require(not close(weights, zero), "a score of 0 is not forbidden: exp(0) = 1; write float('-inf')")
    require(close(weights, right) and close(output, right @ v), "with a mask the weights differ: which cells are open?")


@exercise("causal", hint=CAUSAL, ours=masks.causal)
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


@exercise("prefix_mask", hint=PREFIX)
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


@exercise("decoder_mask", hint=DECODER)
def check_decoder_mask(answer):
    """A function of an attention_mask (batch, key): causal, no padding, no empty row, (batch, 1, query, key)."""
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


@exercise("moved", hint=MOVED, ours=moved)
def check_moved(answer):
    """A function of (layer, x, j, mask) that says which outputs change when input j changes."""
    with torch.random.fork_rng(devices=[]):
        torch.manual_seed(5)
        block, x = attention.Block(16, 4), torch.randn(6, 16)
    before, window = x.clone(), masks.sliding_window(6, window=1)
    for mask, j in ((masks.causal(6), 3), (masks.bidirectional(6), 2), (window, 0)):
        found = answer(block, x, j, mask)
        require(torch.equal(x, before), "x itself was changed: nudge a copy, x.clone()")
        require_shape(found, (6,), hint="one answer for each output: reduce over d_model with any(-1)")
        require(found.dtype == torch.bool, f"expected booleans, received {found.dtype}: compare with !=")
        right = moved(block, x, j, mask)
        require(bool(found.any()), "nothing moved: is the layer run on the changed copy?")
        require(not torch.equal(found, ~right) or bool(right.all()), "inverted: True should mean that the output moved")
        require(
            bool(found[j]), f"output {j} did not move, and a token reaches itself: was row {j} of the copy changed?"
        )
        require(
            bool(right.all()) or not bool(found.all()),
            "every output moved: was the whole of x changed, or the mask left out?",
        )
        wrong = (found != right).nonzero().flatten().tolist()
        if wrong:
            at, extra = f"output {wrong[0]}", bool(found[wrong[0]])
            closed = f"{at} changed although the mask closes input {j}; is mask handed to the layer, both times?"
            alone = f"{at} did not change, yet sees input {j}; change x[j, 0] alone: layer norm hides a shifted row"
            require(False, closed if extra else alone)


@exercise("position_ids", hint=POSITIONS, ours=position_ids)
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


@functools.cache
def gpt_parts():
    """What course-gpt consists of, without its forward pass.

    wte and wpe look up words and positions; ln_f normalises at the end; each of `layers` has heads, ln_1, c_attn
    (d_model -> q, k and v side by side), c_proj (back into d_model), ln_2, mlp_in, act, mlp_out.
    """
    body = load_course("course-gpt")[0].transformer
    layers = [
        SimpleNamespace(
            heads=body.config.n_head,
            ln_1=layer.ln_1,
            c_attn=layer.attn.c_attn,
            c_proj=layer.attn.c_proj,
            ln_2=layer.ln_2,
            mlp_in=layer.mlp.c_fc,
            act=layer.mlp.act,
            mlp_out=layer.mlp.c_proj,
        )
        for layer in body.h
    ]
    return SimpleNamespace(wte=body.wte, wpe=body.wpe, layers=layers, ln_f=body.ln_f)


def gpt_logits(parts, ids):
    """Logits of every next token from the parts of course-gpt: ids (position,) -> (position, vocab)."""
    length = len(ids)
    x = parts.wte(ids) + parts.wpe(torch.arange(length))
    mask = torch.ones(length, length, dtype=torch.bool).tril()
    for layer in parts.layers:
        q, k, v = layer.c_attn(layer.ln_1(x)).unflatten(-1, (3, layer.heads, -1)).permute(1, 2, 0, 3)
        scores = q @ k.transpose(-2, -1) / q.shape[-1] ** 0.5  # (head, query, key)
        weights = scores.masked_fill(~mask, float("-inf")).softmax(-1)
        x = x + layer.c_proj((weights @ v).transpose(0, 1).flatten(1))
        x = x + layer.mlp_out(layer.act(layer.mlp_in(layer.ln_2(x))))
    return parts.ln_f(x) @ parts.wte.weight.T


@functools.cache
def _problems():
    """Texts with their ids, the exact loss of the best reader and that of course-gpt."""
    gpt, tokenizer = load_course("course-gpt")
    documents = tinytown.distinct_documents(TEXTS, split="test", seed=11)
    end = tokenizer.eos_token
    ids = [torch.tensor(tokenizer.convert_tokens_to_ids([end, *d.tokens, end])) for d in documents]
    with torch.no_grad():
        logits = [gpt(input_ids=row[None]).logits[0] for row in ids]
    return ids, logits, tinytown.entropy_floor(documents)


@torch.no_grad()
def nats_of(answer):
    """Mean loss of the next token of a function of (parts, ids), and the lowest possible one: (nats, floor)."""
    ids, _, floor = _problems()
    logits = [answer(gpt_parts(), row)[:-1] for row in ids]
    rows = torch.cat([F.cross_entropy(each, row[1:], reduction="none") for each, row in zip(logits, ids)])
    return float(rows.mean()), floor


@exercise("gpt_logits", hint=GPT, ours=gpt_logits)
def check_gpt_logits(answer):
    """A function of (parts, ids) that gives course-gpt's logits without its forward pass."""
    ids, expected, floor = _problems()
    found = answer(gpt_parts(), ids[0])
    require_shape(found, tuple(expected[0].shape), hint="logits are (position, vocab), no batch")
    if close(found.detach(), expected[0], tolerance=1e-3):
        return
    loss, _ = nats_of(answer)
    grade = f"{loss:.2f} nats; course-gpt {nats_of(gpt_logits)[0]:.2f}, best possible {floor:.2f}"
    require(not bool(found.isnan().any()), f"{BROKEN['strict']}: nan everywhere")
    for change, diagnosis in BROKEN.items():
        broken = _broken(gpt_parts(), ids[0], change)
        require(not close(found.detach(), broken, tolerance=1e-3), f"{diagnosis} ({grade})")
    require(False, f"the logits differ from course-gpt's ({grade})")


BROKEN = {
    "mask": "no causal mask: every word sees the word that it should predict",
    "strict": "row 0 sees nothing: the triangle needs its diagonal",
    "positions": "the positions are missing: add wpe of 0, 1, 2 ... to the words",
    "root": "the scores are not divided by the root of d_head",
    "heads": "the heads are not split: one softmax over all of d_model",
    "residual": "the residual path is missing: each half is added to x",
    "ln": "the inputs of the halves are not normalised: ln_1 before attention, ln_2 before the MLP",
    "ln_f": "the last normalisation, ln_f, is missing",
}


@torch.no_grad()
def _broken(parts, ids, change):
    """`gpt_logits` with one mistake, by the name that `BROKEN` has for it."""
    length = len(ids)
    x = parts.wte(ids) + (0 if change == "positions" else parts.wpe(torch.arange(length)))
    mask = torch.ones(length, length, dtype=torch.bool).tril(-1 if change == "strict" else 0)
    mask = torch.ones_like(mask) if change == "mask" else mask
    for layer in parts.layers:
        heads, keep = (1 if change == "heads" else layer.heads), (0 if change == "residual" else 1)
        first, second = (torch.nn.Identity(),) * 2 if change == "ln" else (layer.ln_1, layer.ln_2)
        q, k, v = layer.c_attn(first(x)).unflatten(-1, (3, heads, -1)).permute(1, 2, 0, 3)
        scores = q @ k.transpose(-2, -1) / (1 if change == "root" else q.shape[-1] ** 0.5)
        weights = scores.masked_fill(~mask, float("-inf")).softmax(-1)
        x = keep * x + layer.c_proj((weights @ v).transpose(0, 1).flatten(1))
        x = keep * x + layer.mlp_out(layer.act(layer.mlp_in(second(x))))
    return (x if change == "ln_f" else parts.ln_f(x)) @ parts.wte.weight.T


def _require_boolean(mask):
    require(mask.dtype == torch.bool, f"the mask holds {mask.dtype}; use booleans, True = may attend (.bool())")


def _require_equal(mask, right, where=""):
    wrong = (mask != right).nonzero().tolist()
    if wrong:
        i, j = wrong[0]
        state = "may" if bool(mask[i, j]) else "may not"
        require(False, f"query {i} {state} see key {j}, it should be the other way round{where}")
