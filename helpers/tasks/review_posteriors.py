"""The best that can be done with k labels, exactly, by a reader who knows the language.

Two readers. One is told what the labels are called: it needs no examples, the text alone decides, and its line is
flat. The other sees labels that are only names, and must find out from the k labelled reviews which name belongs to
which sentiment: two hypotheses, equally likely before, weighed by how well they explain the labels.
"""

from __future__ import annotations

import functools

import numpy as np

from helpers import tinytown
from helpers.tasks.reviews import LABELS

TINY = 1e-300  # a review that gives its writer away has a probability of exactly 0 or 1


@functools.cache
def good_prob(text: str, thing: str = "restaurant") -> float:
    """Exact probability that the writer of a review found the restaurant, or another thing, good."""
    return tinytown.fact_probs(text.split(), "overall", language=tinytown.only(thing))[LABELS[0]]


def names_known(texts, *, thing: str = "restaurant") -> np.ndarray:
    """Probabilities (texts, 2) of the reader who knows what "good" and "bad" mean."""
    good = np.array([good_prob(text, thing) for text in texts])
    return np.stack([good, 1 - good], axis=1)


def straight_prob(labelled) -> float:
    """Posterior that the first name means good, given labelled reviews whose names might be exchanged.

    >>> straight_prob([])
    0.5
    """
    good = np.array([good_prob(review.text) for review in labelled])
    first = np.array([review.label == LABELS[0] for review in labelled], dtype=bool)
    fits = [np.maximum(np.where(first == meaning, good, 1 - good), TINY) for meaning in (True, False)]
    straight, crossed = (np.log(probs).sum() for probs in fits)
    return float(1 / (1 + np.exp(np.clip(crossed - straight, -700, 700))))


def names_unknown(texts, labelled) -> np.ndarray:
    """Probabilities (texts, 2) of the reader who has to learn the names from the labelled reviews."""
    known, straight = names_known(texts), straight_prob(labelled)
    return straight * known + (1 - straight) * known[:, ::-1]
