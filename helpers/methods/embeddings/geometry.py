"""How vectors of length 1 lie on their sphere: mean cosine of strangers, alignment of paraphrases, uniformity of all.

Source: Ethayarajh 2019, "How contextual are contextualized word representations?" (anisotropy); Wang and Isola 2020,
"Understanding contrastive representation learning through alignment and uniformity on the hypersphere" (the other two).
Legend: n vectors of d numbers.
"""

from __future__ import annotations

import torch

from helpers.transformer.checks import require_tensor


def mean_cosine(vectors) -> float:
    """Mean cosine of all pairs of different texts: 0 for directions without a preference, 1 for one direction only.

    Shape: vectors (n, d), each of length 1.

    >>> import torch
    >>> mean_cosine(torch.tensor([[1.0, 0.0], [0.0, 1.0]])), mean_cosine(torch.tensor([[1.0, 0.0], [1.0, 0.0]]))
    (0.0, 1.0)

    Raises ValueError for fewer than two vectors, or vectors that are not of length 1.
    """
    n = _checked(vectors)
    return float(((vectors.sum(0) ** 2).sum() - n) / (n * (n - 1)))


def alignment(first, second) -> float:
    """Mean squared distance of paraphrases, 0 at best: rows of (n, d) that belong together."""
    _checked(first)
    _checked(second)
    if first.shape != second.shape:
        raise ValueError(
            f"first has shape {tuple(first.shape)}, second {tuple(second.shape)}; pass rows that belong together"
        )
    return float(((first - second) ** 2).sum(1).mean())


def uniformity(vectors) -> float:
    """Log of the mean of exp(-2 |u - v|^2) over pairs of different texts: 0 if all are equal, lower is more even."""
    n = _checked(vectors)
    squared = 2 - 2 * (vectors @ vectors.T)[tuple(torch.triu_indices(n, n, 1))]
    return float((-2 * squared).exp().mean().log())


def _checked(vectors) -> int:
    require_tensor(vectors, "vectors", dtype="floating", dims=2)
    if len(vectors) < 2:
        raise ValueError(f"{len(vectors)} vectors make no pair; pass two or more")
    if not ((vectors**2).sum(1) - 1).abs().max() < 1e-3:
        raise ValueError("the vectors must have length 1; divide each by its norm first")
    return len(vectors)
