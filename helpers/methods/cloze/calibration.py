"""Calibration: take out of the scores what the model thinks of the labels before it has read any text.

"superb" is a rarer word than "bad". Its score is lower whatever the text says, and a plain comparison then answers
"bad". Divide each label's probability by the label's prior. The prior can come from

* a content-free text, as Zhao et al. propose: one question more, no data; but an empty or meaningless text is unlike
  any that the model has read, and what it says there need not be what it says of reviews;
* the mean over unlabelled texts: needs some, and takes the labels to be about equally frequent among them.

The notebook uses the second, since unlabelled reviews cost nothing there and are known to be balanced, and shows both.

Source: Zhao, Wallace, Feng, Klein and Singh 2021, "Calibrate Before Use: Improving Few-Shot Performance of Language
Models" (their W is diagonal, with one over the prior; b is zero).
"""

from __future__ import annotations

import numpy as np

from helpers.transformer.checks import finite


def log_scores(scores) -> np.ndarray:
    """Log-scores as an array, the labels in its last dimension; nan, inf and -inf are refused."""
    found = finite(scores, "scores")
    if not found.ndim or not found.size:
        raise ValueError(f"scores have shape {found.shape}; a prior needs (texts, labels) with at least one text")
    return found


def normalised(scores) -> np.ndarray:
    """Log-scores with the labels' probabilities summing to one: (texts, labels), in nats.

    >>> np.exp(normalised([[0.0, 0.0]])).tolist()
    [[0.5, 0.5]]
    """
    scores = log_scores(scores)
    return scores - np.logaddexp.reduce(scores, axis=-1, keepdims=True)


def label_prior(scores) -> np.ndarray:
    """The mean probability of each label over the texts scored, (labels,): content-free ones or unlabelled ones.

    >>> label_prior(np.log([[0.2, 0.8], [0.4, 0.6]])).round(2).tolist()
    [0.3, 0.7]

    Raises ValueError for no texts.
    """
    scores = log_scores(scores)
    if scores.ndim != 2 or not len(scores):
        raise ValueError(f"scores have shape {scores.shape}; a prior needs (texts, labels) with at least one text")
    return np.exp(normalised(scores)).mean(0)


def calibrated(scores, prior) -> np.ndarray:
    """Scores divided by the prior of their label, as normalised log-probabilities (texts, labels).

    >>> np.exp(calibrated(np.log([[0.2, 0.8]]), [0.2, 0.8])).round(2).tolist()
    [[0.5, 0.5]]

    Raises ValueError for a prior that is no distribution over the labels.
    """
    scores, prior = log_scores(scores), finite(prior, "prior", dims=1)
    if prior.shape != scores.shape[-1:] or not (prior > 0).all() or not np.isclose(prior.sum(), 1, atol=1e-6):
        raise ValueError(f"prior {prior.tolist()} must be {scores.shape[-1]} positive numbers that sum to 1")
    return normalised(scores - np.log(prior))
