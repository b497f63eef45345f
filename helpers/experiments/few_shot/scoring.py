"""Probabilities of "good" and "bad" beside the exact posterior: expected scores, which nothing can beat."""

from __future__ import annotations

import numpy as np

from helpers.evaluation.expected import answer_probs, choice_scores
from helpers.tasks.review_posteriors import names_known
from helpers.tasks.reviews import group

SURE = 0.85  # a probability from which on a reader counts as sure


def scores(probs, tested, *, thing: str = "restaurant") -> dict:
    """Expected accuracy and log-probability, each beside its optimum; accuracy in each group; share of sure answers.

    probs: (reviews, 2), good and bad. "sure" is the share of reviews of which the reader is at least 85 % sure,
    "optimum sure" that of the exact reader; "ci95" half of the accuracy's interval over reviews.
    """
    texts = [review.text for review in tested]
    exact, probs = names_known(texts, thing=thing), np.asarray(probs, dtype=float)
    with np.errstate(divide="ignore"):
        found = choice_scores(np.log(probs), exact)
    right, groups = answer_probs(probs, exact), np.array([group(text) for text in texts])
    by_group = {str(name): float(right[groups == name].mean()) for name in sorted(set(groups))}
    return {**found, **by_group, "sure": sure(probs), "optimum sure": sure(exact)}


def sure(probs) -> float:
    """Share of rows whose largest probability is at least 0.85.

    >>> sure([[0.9, 0.1], [0.6, 0.4]])
    0.5
    """
    return float((np.asarray(probs).max(1) >= SURE).mean())
