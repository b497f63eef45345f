"""What the learner of notebook 00 writes by hand: attention, a step of the forward algorithm, a whole forward pass.

Legend: position, state, d_model, d_value, vocab.
"""

from __future__ import annotations

import torch
from torch.nn.functional import cross_entropy, gelu, layer_norm


def attend(query, keys, values):
    """How much one word takes from each word, and what it gets: weights (position,), output (d_value,).

    >>> attend(torch.tensor([0.0]), torch.tensor([[1.0], [2.0]]), torch.tensor([[4.0], [8.0]]))
    (tensor([0.5000, 0.5000]), tensor([6.]))

    Shapes: query (d_head,), keys (position, d_head), values (position, d_value).
    Source: Vaswani et al. 2017, equation 1, for one query.
    """
    scores = keys @ query / len(query) ** 0.5  # how well each word matches
    grown = torch.exp(scores - scores.max())  # the same weights, and no overflow
    weights = grown / grown.sum()
    return weights, weights @ values


def forward_step(belief, step, writes):
    """The belief after one more word (state,), and the probability of that word.

    >>> import numpy
    >>> after, probability = forward_step(numpy.array([0.5, 0.5]), numpy.eye(2), numpy.array([0.4, 0.1]))
    >>> after.round(2).tolist(), round(float(probability), 2)
    ([0.8, 0.2], 0.25)

    Shapes: belief (state,), step (state, state) from row to column, writes (state,).
    Source: Rabiner 1989, section III.A; the belief is his alpha, divided by its sum.
    """
    predicted = belief @ step  # where the text may stand now
    joint = predicted * writes  # ... and writes this word there
    return joint / joint.sum(), joint.sum()


def linear(x, weight_and_bias):
    """A matrix and a bias: (position, in) -> (position, out)."""
    weight, bias = weight_and_bias
    return x @ weight + bias


def norm(x, gain_and_bias):
    """Mean 0 and variance 1 within each vector, then a learned gain and bias."""
    return layer_norm(x, x.shape[-1:], *gain_and_bias)


def forward_pass(ids, weights, *, heads):
    """Nats of each token after the first under a GPT: (position,) -> (position - 1,).

    weights: as `gpt_weights` gives them.
    Source: Radford et al. 2019, section 2.3, as GPT-2's code does it.
    """
    x = weights["word"][ids] + weights["position"][: len(ids)]  # (position, d_model)
    closed = torch.ones(len(ids), len(ids)).triu(1).bool()  # query, key: what lies to the right
    for block in weights["blocks"]:
        parts = linear(norm(x, block["norm 1"]), block["q k v"]).chunk(3, dim=-1)
        q, k, v = (part.unflatten(-1, (heads, -1)).transpose(0, 1) for part in parts)
        scores = q @ k.transpose(1, 2) / q.shape[-1] ** 0.5  # (head, query, key)
        mixed = scores.masked_fill(closed, float("-inf")).softmax(-1) @ v
        x = x + linear(mixed.transpose(0, 1).flatten(1), block["out"])
        hidden = gelu(linear(norm(x, block["norm 2"]), block["up"]), approximate="tanh")
        x = x + linear(hidden, block["down"])
    logits = norm(x, weights["norm"]) @ weights["word"].T  # (position, vocab)
    return cross_entropy(logits[:-1], ids[1:], reduction="none")


def gpt_weights(model) -> dict:
    """The learned numbers of a GPT-2 as plain tensors: word, position, blocks (one dict each) and the last norm.

    Each part of a block is a pair: matrix (in, out) and bias, or gain and bias of a norm.
    """
    body = model.transformer
    names = {
        "norm 1": "ln_1",
        "q k v": "attn.c_attn",
        "out": "attn.c_proj",
        "norm 2": "ln_2",
        "up": "mlp.c_fc",
        "down": "mlp.c_proj",
    }

    def pair(part):
        return part.weight.detach(), part.bias.detach()

    return {
        "word": body.wte.weight.detach(),
        "position": body.wpe.weight.detach(),
        "blocks": [{ours: pair(block.get_submodule(theirs)) for ours, theirs in names.items()} for block in body.h],
        "norm": pair(body.ln_f),
    }
