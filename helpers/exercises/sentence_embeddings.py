"""Checks of the exercises on sentence embeddings; each tells which mistake it sees."""

from __future__ import annotations

import numpy as np
import torch
from torch.nn.functional import cosine_similarity, cross_entropy

from helpers.exercises.checks import close, exercise, require, require_shape

MEAN = "multiply the states by the mask (with one more axis), sum over positions, divide by the number of real tokens"
LOSS = "lengths to 1, cosines over temperature, log-softmax along each row, minus the mean of the diagonal"
RECALL = "a query is hit when fewer than k documents score higher than the wanted one; then take the mean"
CONE = "the squared length of the sum of all vectors holds every pair twice, and each vector with itself once"


@exercise("mean of the real tokens", hint=MEAN)
def check_mean(answer):
    """A function of hidden (batch, position, d_model) and attention_mask (batch, position) to (batch, d_model)."""
    hidden = torch.randn(3, 4, 5, generator=torch.Generator().manual_seed(0))
    mask = torch.tensor([[1, 1, 1, 1], [1, 1, 0, 0], [0, 0, 1, 1]])
    real = mask[..., None].float()
    right, given = (hidden * real).sum(1) / real.sum(1), hidden.clone()
    found = answer(hidden, mask)
    require(close(hidden, given), "the states were changed in place; build a new tensor")
    require_shape(found, (3, 5), hint="One vector for each text.")
    require(not close(found, hidden.mean(1)), "the padding is averaged in: a text's vector would depend on its batch")
    require(
        not close(found, (hidden * real).mean(1)),
        "the states of the padding are 0 now, but they are still counted: divide by the number of real tokens",
    )
    require(not close(found, (hidden * real).sum(1)), "that is the sum; divide by the number of real tokens")
    require(close(found[:2], right[:2]), "wrong for texts with the padding on the right, or without padding")
    require(close(found, right), "right with the padding on the right, wrong on the left; use the mask, not the length")


@exercise("contrastive loss", hint=LOSS)
def check_loss(answer):
    """A function of first, second (pairs, d_model) and a temperature to the mean loss in nats."""
    generator = torch.Generator().manual_seed(1)
    first, second = (3 * torch.randn(4, 6, generator=generator) for _ in range(2))
    cosines, rows = cosine_similarity(first[:, None], second[None], dim=-1), torch.arange(4)
    right, found = cross_entropy(cosines / 0.1, rows), answer(first, second, 0.1)
    found = torch.as_tensor(found, dtype=torch.float32)
    require_shape(found, (), hint="One number: the mean over the pairs.")
    require(
        not close(found, cross_entropy(first @ second.T / 0.1, rows), tolerance=1e-3),
        "the vectors keep their length: divide each by its norm, or long texts win",
    )
    require(
        not close(found, cross_entropy(cosines * 0.1, rows), tolerance=1e-3),
        "the cosines are multiplied by the temperature; they are divided by it",
    )
    require(not close(found, cross_entropy(cosines, rows), tolerance=1e-3), "the temperature is not used")
    require(
        not close(found, -cosines.diagonal().mean() / 0.1, tolerance=1e-3),
        "only the paraphrases are pulled together, nothing pushes strangers apart: all vectors may become one",
    )
    require(
        not close(found, cross_entropy(cosines.T / 0.1, rows), tolerance=1e-4),
        "the softmax runs over the first texts; for each first text it runs over the second ones",
    )
    require(not close(found, 4 * right, tolerance=1e-3), "that is the sum over the pairs; take the mean")
    require(close(found, right, tolerance=1e-4), f"expected {float(right):.4f} nats, received {float(found):.4f}")


@exercise("recall at k", hint=RECALL)
def check_recall(answer):
    """A function of scores (queries, documents), wanted (queries,), k to the share of queries that are hit."""
    scores = np.array([[1, 9, 5, 3, 2], [8, 2, 4, 6, 1], [1, 2, 9, 4, 3], [4, 7, 2, 1, 9], [2, 6, 1, 9, 5]]) / 10
    wanted = np.array([1, 3, 4, 0, 2])  # their ranks: 1, 2, 3, 3, 5
    right = {1: 0.2, 2: 0.4, 3: 0.8, 4: 0.8, 5: 1.0}
    found = {k: round(float(answer(scores, wanted, k)), 6) for k in right}
    require(max(found.values()) <= 1, "a share cannot pass 1; divide by the number of queries")
    require(found != {k: right.get(k + 1, 1.0) for k in right}, "one place too generous: fewer than k, not k or fewer")
    require(
        found != {k: right.get(k - 1, 0.0) for k in right},
        "one place too strict: with no better document the wanted one is first",
    )
    diagonal = {k: float(np.mean([np.sum(row > row[i]) < k for i, row in enumerate(scores)])) for k in right}
    require(found != diagonal, "the wanted document of query i is wanted[i], not document i")
    lowest = {k: float(np.mean([np.sum(row < row[w]) < k for row, w in zip(scores, wanted)])) for k in right}
    require(found != lowest, "the ranking is upside down: the highest score comes first")
    require(found == right, f"expected {right}, received {found}")


@exercise("mean cosine of strangers", hint=CONE)
def check_mean_cosine(answer):
    """A function of vectors (n, d) of length 1 to the mean cosine of different ones."""
    vectors = torch.nn.functional.normalize(torch.randn(6, 3, generator=torch.Generator().manual_seed(2)) + 0.5, dim=-1)
    table = vectors @ vectors.T
    right, found = float((table.sum() - 6) / 30), float(answer(vectors))
    require(not close(found, float(table.mean())), "each vector's cosine with itself is counted; take these n ones out")
    require(not close(found, float((table.sum() - 6) / 36)), "there are n (n - 1) pairs left, not n squared")
    require(not close(found, float(table.sum() / 30)), "each vector's cosine with itself, 1, is still in the sum")
    require(close(found, right), f"expected {right:.4f}, received {found:.4f}")
