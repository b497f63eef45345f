"""Accuracy where the posterior is known: how often an answer *is expected* to be right, given the text.

A label that was drawn is one throw of the coin that the posterior describes; scored on drawn labels, a lucky model can
seem better than the best possible one.  The posterior itself leaves the luck out, and then no answer beats the best.
"""

from __future__ import annotations

import numpy as np

from helpers.evaluation.intervals import half_width


def expected_accuracy(probs, exact) -> float:
    """Mean of `answer_probs`: how often the most probable class is expected to be right.

    Shapes: probs (texts, classes), a model's probabilities or their logarithms; exact (texts, classes), the posterior.

    >>> round(expected_accuracy([[0.9, 0.1], [0.8, 0.2]], [[0.7, 0.3], [0.4, 0.6]]), 2)
    0.55

    Raises: ValueError when the two are not of one shape.
    """
    return float(answer_probs(probs, exact).mean())


def answer_probs(probs, exact) -> np.ndarray:
    """Probability that the most probable class is right, for each text (texts,); classes that tie count their mean.

    >>> answer_probs([[0.9, 0.1], [0.5, 0.5]], [[0.7, 0.3], [0.7, 0.3]]).tolist()
    [0.7, 0.5]

    Shapes and errors: as `expected_accuracy`.
    """
    probs, exact = np.asarray(probs, dtype=float), np.asarray(exact, dtype=float)
    if probs.shape != exact.shape or probs.ndim != 2 or not len(probs):
        raise ValueError(f"shapes {probs.shape} and {exact.shape}; both must be (texts, classes), of the same texts")
    best = np.isclose(probs, probs.max(1, keepdims=True), rtol=0, atol=1e-12)
    return (best * exact).sum(1) / best.sum(1)


def best_accuracy(exact) -> float:
    """The highest expected accuracy that any answers can have: the mean of the largest posterior, (texts, classes).

    >>> round(best_accuracy([[0.7, 0.3], [0.4, 0.6]]), 2)
    0.65
    """
    return expected_accuracy(exact, exact)


def expected_log_prob(log_probs, exact) -> np.ndarray:
    """Mean log-probability of what comes under the posterior, in nats, for each text: (texts,).

    >>> expected_log_prob(np.log([[0.5, 0.5]]), [[0.9, 0.1]]).round(3).tolist()
    [-0.693]
    """
    log_probs, exact = np.asarray(log_probs, dtype=float), np.asarray(exact, dtype=float)
    with np.errstate(invalid="ignore"):  # 0 times minus infinity
        return np.where(exact > 0, exact * log_probs, 0.0).sum(-1)


def choice_scores(log_probs, exact) -> dict:
    """Expected accuracy and log-probability of the right class, each beside its optimum.

    log_probs: a model's (texts, classes); exact: the posterior (texts, classes). "ci95" is half of the accuracy's 95 %
    interval over texts.
    """
    right = answer_probs(log_probs, exact)
    with np.errstate(divide="ignore"):
        best = np.log(np.asarray(exact, dtype=float))
    return {
        "accuracy": float(right.mean()),
        "optimum": best_accuracy(exact),
        "ci95": half_width(right),
        "log_prob": float(expected_log_prob(log_probs, exact).mean()),
        "optimum_log_prob": float(expected_log_prob(best, exact).mean()),
    }
