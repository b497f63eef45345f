"""Search in a collection: how high the wanted document stands, and a ranking that only counts words.

Source: Robertson and Zaragoza 2009, "The probabilistic relevance framework: BM25 and beyond".
"""

from __future__ import annotations

import numpy as np
from sklearn.feature_extraction.text import CountVectorizer

from helpers import tinytown
from helpers.models.checks import require_texts
from helpers.objectives.padding import ids_of
from helpers.tinytown.spelling import split_words
from helpers.transformer.checks import finite, listed, real, whole

CUTS = (1, 5, 10)


def chance_of_hit(scores, wanted, k: int) -> np.ndarray:
    """Probability that each query's wanted document is among its first k, ties drawn by lot: (queries,).

    Shapes: scores (queries, documents), wanted (queries,) column numbers.

    >>> chance_of_hit([[3.0, 1.0, 2.0], [5.0, 5.0, 1.0]], [2, 0], k=1).tolist()
    [0.0, 0.5]

    Raises ValueError for k outside 1 to the number of documents.
    """
    scores, wanted = finite(scores, "scores", dims=2), np.asarray(ids_of(wanted))
    if len(wanted) != len(scores) or (wanted >= scores.shape[1]).any() or not len(wanted):
        raise ValueError(
            f"wanted {wanted.tolist()[:5]} does not name one of {scores.shape[1]} documents for each query; "
            "pass one column number for each row"
        )
    if not 1 <= whole(k, "k", least=None) <= scores.shape[1]:
        raise ValueError(f"k = {k} of {scores.shape[1]} documents; choose 1 to {scores.shape[1]}")
    own = scores[np.arange(len(scores)), wanted][:, None]
    above, level = (scores > own).sum(1), (scores == own).sum(1)
    return np.clip((k - above) / level, 0, 1)


def recalls(scores, wanted=None, cuts=CUTS) -> dict[str, float]:
    """Share of queries whose wanted document is among the first k: {"1": ..., "5": ..., "10": ...}.

    `wanted` is document i for query i if nothing else is said.
    """
    scores = finite(scores, "scores", dims=2)
    wanted = range(len(scores)) if wanted is None else wanted
    return {str(k): float(chance_of_hit(scores, wanted, k).mean()) for k in listed(cuts, "cuts", of="numbers")}


def bm25(queries, documents, *, k1: float = 1.5, b: float = 0.75) -> np.ndarray:
    """Scores of every document for every query by the words they share, rare words counting more.

    Shape: (queries, documents).

    >>> bm25(["red hat"], ["a red hat", "a red coat", "rain"]).round(2).tolist()
    [[1.29, 0.42, 0.0]]

    Raises ValueError for an empty collection.
    """
    if not listed(documents, "documents", least=0, of="texts"):
        raise ValueError("the collection is empty; pass at least one document")
    documents, queries = require_texts(documents, "documents"), require_texts(queries, "queries")
    real(k1, "k1", least=0)
    real(b, "b", least=0, most=1)
    counter = CountVectorizer(tokenizer=_words, token_pattern=None, lowercase=False)
    counts = counter.fit_transform(documents).toarray().astype(float)  # (documents, words)
    holding, length = (counts > 0).sum(0), counts.sum(1, keepdims=True)
    rare = np.log(1 + (len(documents) - holding + 0.5) / (holding + 0.5))
    weight = rare * counts * (k1 + 1) / (counts + k1 * (1 - b + b * length / length.mean()))
    return counter.transform(queries).toarray() @ weight.T


def _words(text) -> list[str]:
    """The words of a text in ordinary spelling, as the tokenizer finds them."""
    return [word or "[MASK]" for word in split_words(text, tuple(tinytown.vocabulary()))]
