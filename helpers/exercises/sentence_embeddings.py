"""Checks of the exercises on sentence embeddings, each with the course's own version; they tell which mistake they see.

Legend: B pairs of a batch, d_model.
"""

from __future__ import annotations

import numpy as np
import torch
from torch.nn.functional import cosine_similarity, cross_entropy

from helpers.exercises.checks import close, exercise, require, require_shape
from helpers.methods.embeddings.contrastive import info_nce

MEAN = "multiply the states by the mask (with one more axis), sum over positions, divide by the number of real tokens"
LOSS = "lengths to 1, cosines over the temperature, then cross_entropy: the right answer of row i is column i"
RECALL = "a query is hit when fewer than k documents score higher than the wanted one; then take the mean"
CONE = "the squared length of the sum of all vectors holds every pair twice, and each vector with itself once"
SEARCH = "argsort by inner product, keep `fetched`; score these pairs; sort each row by the new scores; keep k"


def mean_pool(hidden, attention_mask):
    """Mean over real tokens: (batch, position, d_model), (batch, position) -> (batch, d_model)."""
    real = attention_mask[..., None]  # (batch, position, 1)
    return (hidden * real).sum(1) / real.sum(1)


def strangers_cosine(vectors):
    """Mean cosine of all pairs of different texts: (n, d_model), each of length 1 -> ()."""
    n = len(vectors)
    return ((vectors.sum(0) ** 2).sum() - n) / (n * (n - 1))


def recall_at(scores, wanted, k):
    """Share of queries whose wanted document is among the first k: (queries, documents), (queries,)."""
    own = scores[np.arange(len(scores)), wanted]
    return np.mean((scores > own[:, None]).sum(1) < k)


def search(queries, documents, vectors, pair_scores, *, fetched, k):
    """Document numbers (queries, k): `fetched` found by inner product, put in order by pair_scores."""
    first, second = vectors
    found = np.argsort(-(first @ second.T), axis=1)[:, :fetched]
    pairs = [(query, documents[j]) for query, row in zip(queries, found) for j in row]
    scores = np.reshape(pair_scores(pairs), found.shape)
    order = np.argsort(-scores, axis=1, kind="stable")[:, :k]
    return np.take_along_axis(found, order, axis=1)


@exercise("mean_pool", hint=MEAN, ours=mean_pool)
def check_mean_pool(answer):
    """A function of hidden (batch, position, d_model) and attention_mask (batch, position) to (batch, d_model)."""
    hidden = torch.randn(3, 4, 5, generator=torch.Generator().manual_seed(0))
    mask = torch.tensor([[1, 1, 1, 1], [1, 1, 0, 0], [0, 0, 1, 1]])
    real = mask[..., None].float()
    right, given = mean_pool(hidden, mask), hidden.clone()
    found = answer(hidden, mask)
    require(close(hidden, given), "the states were changed in place; build a new tensor")
    require_shape(found, (3, 5), hint="One vector for each text.")
    require(not close(found, hidden.mean(1)), "the padding is averaged in: a text's vector would depend on its batch")
    require(
        not close(found, (hidden * real).mean(1)),
        "the states of the padding are 0 now, but they are still counted: divide by the number of real tokens",
    )
    require(not close(found, (hidden * real).sum(1)), "that is the sum; divide by the number of real tokens")
    require(not close(found, hidden[:, 0]), "that is the first position's vector; take the mean of the real ones")
    require(close(found[:2], right[:2]), "wrong for texts with the padding on the right, or without padding")
    require(close(found, right), "right with the padding on the right, wrong on the left; use the mask, not the length")


@exercise("info_nce", hint=LOSS, ours=info_nce)
def check_info_nce(answer):
    """A function of first, second (B, d_model) and a temperature to the mean loss in nats."""
    generator = torch.Generator().manual_seed(1)
    first, second = (3 * torch.randn(4, 6, generator=generator) for _ in range(2))
    cosines, rows = cosine_similarity(first[:, None], second[None], dim=-1), torch.arange(4)
    right, found = cross_entropy(cosines / 0.1, rows), answer(first, second, temperature=0.1)
    found = torch.as_tensor(found, dtype=torch.float32)
    require_shape(found, (), hint="One number: the mean over the pairs.")
    require(
        not close(found, cross_entropy(first @ second.T / 0.1, rows), tolerance=1e-3),
        "the vectors keep their length: divide each by its norm, or long vectors win",
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
    require(
        close(found, right, tolerance=1e-4),
        f"{float(found):.2f} nats; right are {float(right):.2f} (blind guess: {np.log(4):.2f})",
    )
    require(
        close(answer(first, second, temperature=0.5), cross_entropy(cosines / 0.5, rows), tolerance=1e-4),
        "right at temperature 0.1, wrong at 0.5: use the argument",
    )


@exercise("recall_at", hint=RECALL, ours=recall_at)
def check_recall_at(answer):
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


@exercise("strangers_cosine", hint=CONE, ours=strangers_cosine)
def check_strangers_cosine(answer):
    """A function of vectors (n, d_model) of length 1 to the mean cosine of different ones."""
    vectors = torch.nn.functional.normalize(torch.randn(6, 3, generator=torch.Generator().manual_seed(2)) + 0.5, dim=-1)
    table = vectors @ vectors.T
    right, found = float((table.sum() - 6) / 30), float(answer(vectors))
    require(not close(found, float(table.mean())), "each vector's cosine with itself is counted; take these n ones out")
    require(not close(found, float((table.sum() - 6) / 36)), "there are n (n - 1) pairs left, not n squared")
    require(not close(found, float(table.sum() / 30)), "each vector's cosine with itself, 1, is still in the sum")
    centre = float((vectors.mean(0) ** 2).sum().sqrt())
    require(not close(found, centre), "that is the length of the mean vector; its square still holds the n ones")
    require(close(found, right), f"expected {right:.4f}, received {found:.4f}")


class Asked:
    """A score of pairs for the check of `search`: it knows the best document of each query and notes what it is asked.

    >>> asked = Asked({("q0", "d3"): 1.0})
    >>> asked([("q0", "d3"), ("q0", "d1")]), len(asked.pairs)
    ([1.0, 0.0], 2)
    """

    def __init__(self, known):
        self.known, self.pairs = known, []

    def __call__(self, pairs):
        self.pairs += [tuple(pair) for pair in pairs]
        return [self.known.get(tuple(pair), 0.0) for pair in pairs]


@exercise("search", hint=SEARCH)
def check_search(answer):
    """A function of queries, documents, their vectors and a score of pairs to document numbers (queries, k)."""
    rng = np.random.default_rng(3)
    queries, documents = [f"q{i}" for i in range(4)], [f"d{j}" for j in range(9)]
    vectors = tuple(rng.normal(size=(n, 5)) for n in (4, 9))
    by_vector = np.argsort(-(vectors[0] @ vectors[1].T), axis=1)  # (4, 9)
    worth = [1, 3, 2, 4, 5, 6, 7, 8, 9]  # of the first, second ... by vectors, when read as a pair
    asked = Asked({(q, documents[j]): w for q, row in zip(queries, by_vector) for w, j in zip(worth, row)})
    found = np.asarray(answer(queries, documents, vectors, asked, fetched=3, k=2))
    require_shape(found, (4, 2), hint="The numbers of the first k documents of each query.")
    flipped = {(d, q) for q, d in asked.known} & set(asked.pairs)
    require(not flipped, "the pairs are (document, query); the score reads (query, document)")
    require(asked.pairs, "pair_scores was never asked: that is retrieval without re-ranking")
    require(
        len(asked.pairs) < 36,
        "every document was scored as a pair: only the fetched ones may be read together, or nothing is saved",
    )
    right = by_vector[:, [1, 2]]
    fetched = {(q, documents[j]) for q, row in zip(queries, by_vector[:, :3]) for j in row}
    require(set(asked.pairs) <= fetched, "documents were fetched by the lowest inner products; the highest come first")
    require(
        not np.array_equal(found, np.array([[1, 2]] * 4)),
        "these are places in the shortlist; give the documents' own numbers",
    )
    require(not np.array_equal(found, by_vector[:, :2]), "the order is still the vectors'; sort by the new scores")
    require(not np.array_equal(found, by_vector[:, [0, 2]]), "the new scores are upside down; the best comes first")
    require(set(asked.pairs) == fetched, f"{len(set(asked.pairs))} pairs were read, expected 4 x 3 = 12")
    require(np.array_equal(found, right), f"expected {right.tolist()}, received {found.tolist()}")


def found_first(answer, sides, vectors, pair_scores, *, fetched: int = 10) -> float:
    """Recall at 1 of a reader's `search` where query i wants document i, or another one with the same text."""
    queries, documents = sides
    first = np.asarray(answer(queries, documents, vectors, pair_scores, fetched=fetched, k=1))[:, 0]
    return float(np.mean([documents[j] == wanted for j, wanted in zip(first, documents)]))
