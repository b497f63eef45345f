"""Accuracy where the posterior is known: how often an answer *is expected* to be right, given the text.

A label that was drawn is one throw of the coin that the posterior describes; scored on drawn labels, a lucky model can
seem better than the best possible one.  The posterior itself leaves the luck out, and then no answer beats the best.
"""

from __future__ import annotations

import numpy as np


def expected_accuracy(probs, exact) -> float:
    """Mean of exact[answer], the answer being the most probable class; a tie of k classes counts the mean of all k.

    Shapes: probs (texts, classes), a model's; exact (texts, classes), the posterior.

    >>> round(expected_accuracy([[0.9, 0.1], [0.8, 0.2]], [[0.7, 0.3], [0.4, 0.6]]), 2)
    0.55

    Raises: ValueError when the two are not of one shape.
    """
    probs, exact = np.asarray(probs, dtype=float), np.asarray(exact, dtype=float)
    if probs.shape != exact.shape or probs.ndim != 2 or not len(probs):
        raise ValueError(f"shapes {probs.shape} and {exact.shape}; both must be (texts, classes), of the same texts")
    best = np.isclose(probs, probs.max(1, keepdims=True), rtol=0, atol=1e-12)
    return float(((best * exact).sum(1) / best.sum(1)).mean())


def best_accuracy(exact) -> float:
    """The highest expected accuracy that any answers can have: the mean of the largest posterior, (texts, classes).

    >>> round(best_accuracy([[0.7, 0.3], [0.4, 0.6]]), 2)
    0.65
    """
    return expected_accuracy(exact, exact)
