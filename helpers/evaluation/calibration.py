"""Are a classifier's probabilities what they say? Of the answers given with 80 % confidence, 80 % should be right.

Source: Guo, Pleiss, Sun and Weinberger 2017, "On Calibration of Modern Neural Networks", section 2, equations 2 and 3
(accuracy and confidence of a bin, expected calibration error).
"""

from __future__ import annotations

import numpy as np


def confidences(probs, labels) -> tuple[np.ndarray, np.ndarray]:
    """The probability of each answer (the most probable label), and whether it was right: two arrays (examples,).

    A tie of k labels is right by 1/k when one of them is.
    Raises ValueError when a row does not sum to 1, or there is not one label for each row.
    """
    probs, labels = np.asarray(probs, dtype=float), np.asarray(labels)
    if probs.ndim != 2 or len(probs) != len(labels) or not len(probs):
        raise ValueError(f"probs {probs.shape} for {len(labels)} labels: give one row for each, and at least one")
    if (off := np.abs(probs.sum(1) - 1)).max() > 1e-3:
        row = int(off.argmax())
        raise ValueError(f"row {row} sums to {probs[row].sum():.3g}, not 1; pass softmax(logits)")
    best = np.isclose(probs, probs.max(1, keepdims=True), rtol=0, atol=1e-9)
    return probs.max(1), best[np.arange(len(labels)), labels] / best.sum(1)


def bins_of(probs, labels, *, count: int = 10) -> list[tuple[float, float, int]]:
    """(mean confidence, share right, examples) of each bin of confidence that is not empty; bins are ((m - 1)/M, m/M].

    >>> [(round(c, 2), a, n) for c, a, n in bins_of([[0.9, 0.1], [0.85, 0.15], [0.6, 0.4]], [0, 1, 0])]
    [(0.6, 1.0, 1), (0.88, 0.5, 2)]
    """
    confidence, right = confidences(probs, labels)
    number = np.clip(np.ceil(confidence * count - 1e-9).astype(int) - 1, 0, count - 1)
    return [
        (float(confidence[number == m].mean()), float(right[number == m].mean()), int((number == m).sum()))
        for m in range(count)
        if (number == m).any()
    ]


def expected_calibration_error(probs, labels, *, count: int = 10) -> float:
    """Mean distance between confidence and share right over the bins, each weighed by its examples (0 is best).

    A few hundred examples never give exactly 0, not even with the true probabilities: compare with theirs.

    >>> round(expected_calibration_error([[0.9, 0.1], [0.9, 0.1]], [0, 1]), 2)
    0.4
    """
    total = len(labels)
    return float(sum(n * abs(right - sure) for sure, right, n in bins_of(probs, labels, count=count)) / total)
