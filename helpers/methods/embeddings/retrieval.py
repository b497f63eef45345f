"""Search in a collection: how high the wanted document stands, and a ranking that only counts words.

Source: Robertson and Zaragoza 2009, "The probabilistic relevance framework: BM25 and beyond".
"""

from __future__ import annotations

import numpy as np
from sklearn.feature_extraction.text import CountVectorizer

CUTS = (1, 5, 10)


def chance_of_hit(scores, wanted, k: int) -> np.ndarray:
    """Probability that each query's wanted document is among its first k, ties drawn by lot: (queries,).

    Shapes: scores (queries, documents), wanted (queries,) column numbers.

    >>> chance_of_hit([[3.0, 1.0, 2.0], [5.0, 5.0, 1.0]], [2, 0], k=1).tolist()
    [0.0, 0.5]

    Raises ValueError for k outside 1 to the number of documents.
    """
    scores, wanted = np.asarray(scores), np.asarray(wanted)
    if not 1 <= k <= scores.shape[1]:
        raise ValueError(f"k = {k} of {scores.shape[1]} documents; choose 1 to {scores.shape[1]}")
    own = scores[np.arange(len(scores)), wanted][:, None]
    above, level = (scores > own).sum(1), (scores == own).sum(1)
    return np.clip((k - above) / level, 0, 1)


def recalls(scores, wanted=None, cuts=CUTS) -> dict[str, float]:
    """Share of queries whose wanted document is among the first k: {"1": ..., "5": ..., "10": ...}.

    `wanted` is document i for query i if nothing else is said.
    """
    wanted = np.arange(len(scores)) if wanted is None else wanted
    return {str(k): float(chance_of_hit(scores, wanted, k).mean()) for k in cuts}


def bm25(queries, documents, *, k1: float = 1.5, b: float = 0.75) -> np.ndarray:
    """Scores of every document for every query by the words they share, rare words counting more.

    Shape: (queries, documents).

    >>> bm25(["red hat"], ["a red hat", "a red coat", "rain"]).round(2).tolist()
    [[1.29, 0.42, 0.0]]

    Raises ValueError for an empty collection.
    """
    if not len(documents):
        raise ValueError("the collection is empty; pass at least one document")
    counter = CountVectorizer(tokenizer=str.split, token_pattern=None, lowercase=False)
    counts = counter.fit_transform(documents).toarray().astype(float)  # (documents, words)
    holding, length = (counts > 0).sum(0), counts.sum(1, keepdims=True)
    rare = np.log(1 + (len(documents) - holding + 0.5) / (holding + 0.5))
    weight = rare * counts * (k1 + 1) / (counts + k1 * (1 - b + b * length / length.mean()))
    return counter.transform(queries).toarray() @ weight.T
