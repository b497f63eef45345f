"""Attention, the block around it, and who influences whom through it.

Shapes: batch, head, query, key, position, d_head, d_model. A mask is boolean, True = may attend, and broadcasts to
(batch, head, query, key).

Source: Vaswani et al. 2017, "Attention Is All You Need", section 3.2, equation 1.
"""

from __future__ import annotations

import torch
from torch import nn

from helpers.transformer.checks import real, require_tensor, shown, whole

WIDEST = 1 << 14  # numbers a position


def scaled_dot_product_attention(q, k, v, mask=None):
    """Mix the values of the keys that each query may see, by likeness: softmax(q k^T / sqrt(d_head)) v.

    >>> q, k, v = torch.zeros(1, 2), torch.zeros(2, 2), torch.tensor([[2.0], [4.0]])
    >>> output, weights = scaled_dot_product_attention(q, k, v)
    >>> output.tolist(), weights.tolist()
    ([[3.0]], [[0.5, 0.5]])

    Shapes: q (..., query, d_head), k (..., key, d_head), v (..., key, d_value) -> output (..., query, d_value) and
    weights (..., query, key). A query that may see no key gets weights and output 0: it mixes nothing.
    Raises ValueError when shapes do not fit or the mask is not boolean; the message says what was expected.
    Source: Vaswani et al. 2017, equation 1; the zeros are what torch's own kernel returns.
    """
    check_fit(q, k, v, mask)
    scores = q @ k.transpose(-2, -1) / q.shape[-1] ** 0.5  # (..., query, key)
    if mask is not None:
        scores = scores.masked_fill(~mask, float("-inf"))
    weights = scores.softmax(-1)
    if mask is not None:
        weights = weights.masked_fill(~mask.any(-1, keepdim=True), 0.0)  # softmax of nothing is nan
    return weights @ v, weights


def check_fit(q, k, v, mask=None) -> None:
    """Refuse queries, keys, values or a mask that do not fit one another.

    >>> check_fit(torch.zeros(3, 2), torch.zeros(4, 2), torch.zeros(4, 2), torch.ones(4, 3, dtype=torch.bool))
    Traceback (most recent call last):
    ...
    ValueError: mask has shape (4, 3), expected (query, key) = (3, 4) at its end: it is transposed, rows are queries
    """
    for name, part in (("q", q), ("k", k), ("v", v)):
        require_tensor(part, name, dtype="floating", least_dims=2)
        if part.dtype != q.dtype:
            raise ValueError(f"q has dtype {q.dtype}, {name} has {part.dtype}: convert one, {name}.to(q.dtype)")
    if q.shape[-1] != k.shape[-1]:
        raise ValueError(f"q has d_head {q.shape[-1]}, k has {k.shape[-1]}: project both to the same width")
    if k.shape[-2] != v.shape[-2]:
        raise ValueError(f"{k.shape[-2]} keys but {v.shape[-2]} values: take k and v from the same positions")
    if not _broadcast(q.shape[:-2], k.shape[:-2], v.shape[:-2]):
        shapes = ", ".join(str(tuple(part.shape[:-2])) for part in (q, k, v))
        raise ValueError(f"q, k and v have the leading shapes {shapes}: give all three the same batch and heads")
    if mask is not None:
        _check_mask(q, k, mask)


def _check_mask(q, k, mask):
    require_tensor(mask, "mask", dtype="boolean")
    expected, received = (q.shape[-2], k.shape[-2]), tuple(mask.shape)
    if any(size not in (1, wanted) for size, wanted in zip(received[::-1], expected[::-1])):
        turned = received[-2:] == expected[::-1]
        hint = "it is transposed, rows are queries" if turned else "build it for these lengths"
        raise ValueError(f"mask has shape {received}, expected (query, key) = {expected} at its end: {hint}")
    if not _broadcast(q.shape[:-2], k.shape[:-2], mask.shape[:-2]):
        raise ValueError(f"mask has shape {received}, which does not fit q {tuple(q.shape)}: its batch or heads differ")


def _broadcast(*shapes) -> bool:
    try:
        torch.broadcast_shapes(*shapes)
    except RuntimeError:
        return False
    return True


def split_heads(x, heads):
    """Cut the last dimension into heads.

    >>> split_heads(torch.zeros(5, 12), 3).shape
    torch.Size([3, 5, 4])

    Shapes: (..., position, d_model) -> (..., head, position, d_head).
    Raises ValueError when the heads do not divide d_model.
    """
    require_tensor(x, "x", least_dims=2)
    if x.shape[-1] % whole(heads, "heads", least=1):
        raise ValueError(f"d_model {x.shape[-1]} is not divisible by {heads} heads; choose a divisor")
    return x.unflatten(-1, (heads, -1)).transpose(-3, -2)


def merge_heads(x):
    """Put the heads side by side again; undoes `split_heads`.

    >>> x = torch.arange(24.0).view(2, 12)
    >>> bool((merge_heads(split_heads(x, 3)) == x).all())
    True

    Shapes: (..., head, position, d_head) -> (..., position, d_model).
    """
    require_tensor(x, "x", least_dims=3)
    return x.transpose(-3, -2).flatten(-2)


class Block(nn.Module):
    """One transformer block: attention mixes the tokens, then the feed-forward network reads each alone.

    Encoder or decoder? The block does not know. It is handed a mask with each call; the weights are the same.

    >>> block = Block(8, 2)
    >>> block(torch.zeros(5, 8), torch.ones(5, 5, dtype=torch.bool).tril()).shape
    torch.Size([5, 8])

    Shapes: x (..., position, d_model) -> the same; mask (query, key) or broadcastable.
    The input of each half is normalised first, as in GPT-2; `PostNormBlock` is BERT's order.
    Source: Vaswani et al. 2017, section 3.1; Radford et al. 2019, section 2.3, for the place of the normalisation.
    """

    def __init__(self, d_model, heads):
        super().__init__()
        if whole(d_model, "d_model", least=1, most=WIDEST) % whole(heads, "heads", least=1):
            raise ValueError(f"d_model {d_model} is not divisible by {heads} heads; choose a divisor")
        self.heads = heads
        self.qkv, self.out_proj = nn.Linear(d_model, 3 * d_model), nn.Linear(d_model, d_model)
        self.mlp = nn.Sequential(nn.Linear(d_model, 4 * d_model), nn.GELU(), nn.Linear(4 * d_model, d_model))
        self.norm_1, self.norm_2 = nn.LayerNorm(d_model), nn.LayerNorm(d_model)

    def attention(self, x, mask=None):
        """Multi-head self-attention; the only place where positions meet."""
        q, k, v = (split_heads(part, self.heads) for part in self.qkv(x).chunk(3, dim=-1))
        output, _ = scaled_dot_product_attention(q, k, v, mask)  # (..., head, position, d_head)
        return self.out_proj(merge_heads(output))

    def forward(self, x, mask=None):
        check_states(x, self)
        x = x + self.attention(self.norm_1(x), mask)
        return x + self.mlp(self.norm_2(x))


class PostNormBlock(Block):
    """The same block, normalising each sum instead of each input: BERT's order, and the 2017 paper's.

    >>> PostNormBlock(8, 2)(torch.ones(5, 8)).sum(-1).abs().max().item() < 1e-4
    True

    Source: Vaswani et al. 2017, section 3.1.
    """

    def forward(self, x, mask=None):
        check_states(x, self)
        x = self.norm_1(x + self.attention(x, mask))
        return self.norm_2(x + self.mlp(x))


def influence_by_mask(mask, *, layers=1):
    """Which input can reach which output, read off the mask: along allowed cells and the residual path.

    >>> window = torch.tensor([[1, 0, 0], [1, 1, 0], [0, 1, 1]], dtype=torch.bool)
    >>> influence_by_mask(window, layers=2).int().tolist()
    [[1, 0, 0], [1, 1, 0], [1, 1, 1]]

    Shapes: (position, position) boolean -> the same, row = output, column = input.
    """
    _check_square(mask)
    whole(layers, "layers", least=1, most=1 << 12)
    step = (mask | torch.eye(len(mask), dtype=torch.bool)).double()
    reach = torch.eye(len(mask), dtype=torch.double)
    for _ in range(layers):
        reach = ((step @ reach) > 0).double()
    return reach.bool()


@torch.no_grad()
def influence_by_perturbation(function, x, *, nudge=1.0):
    """Which outputs change when one input is changed by `nudge`.

    >>> influence_by_perturbation(lambda x: x.cumsum(0), torch.zeros(2, 1)).int().tolist()
    [[1, 0], [1, 1]]

    Shapes: function and x (position, d_model) -> (position, position) boolean, row = output, column = input.
    """
    _check_function(function, x)
    if not real(nudge, "nudge"):
        raise ValueError("nudge 0 changes nothing, so nothing can be seen; pass 1.0")
    before, columns = function(x), []
    for j in range(len(x)):
        nudged = x.clone()
        nudged[j, 0] += nudge
        columns.append((function(nudged) != before).any(-1))
    return torch.stack(columns, dim=1)


def influence_by_gradient(function, x):
    """Which inputs have a derivative that is not zero in each output, along a random direction of the output.

    >>> influence_by_gradient(lambda x: x.cumsum(0), torch.zeros(2, 1)).int().tolist()
    [[1, 0], [1, 1]]

    A random direction, because the plain sum of a normalised vector is constant: its derivative is 0 everywhere.
    Shapes: function and x (position, d_model) -> (position, position) boolean, row = output, column = input.
    """
    _check_function(function, x)
    x = x.detach().clone().requires_grad_(True)
    y = function(x)
    direction = torch.randn(y.shape[-1], generator=torch.Generator().manual_seed(0))
    rows = [torch.autograd.grad(output @ direction, x, retain_graph=True)[0] for output in y]
    return torch.stack([(row != 0).any(-1) for row in rows])


def check_states(x, block):
    """Refuse what a block cannot read."""
    width = block.norm_1.normalized_shape[0]
    require_tensor(x, "x", dtype="floating", least_dims=2)
    if x.shape[-1] != width:
        raise ValueError(f"x has shape {tuple(x.shape)}, the block reads (..., position, {width}): project it first")


def _check_square(mask):
    require_tensor(mask, "mask", dtype="boolean", dims=2)
    if mask.shape[0] != mask.shape[1] or not len(mask):
        raise ValueError(f"mask has shape {tuple(mask.shape)}; pass one (position, position) mask")


def _check_function(function, x):
    if not callable(function):
        raise TypeError(f"function cannot be {shown(function)}; pass a function of x, such as lambda x: block(x, mask)")
    require_tensor(x, "x", dtype="floating", dims=2)
    if not torch.isfinite(x).all() or not x.numel():
        raise ValueError(f"x of shape {tuple(x.shape)} is empty or holds nan or inf; pass finite numbers")
