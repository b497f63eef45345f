"""Calibration error against a slow loop, on constructed cases, and of the true probabilities."""

import numpy as np
import pytest

from helpers.evaluation.calibration import bins_of, confidences, expected_calibration_error


def drawn(count, *, seed=0):
    rng = np.random.default_rng(seed)
    probs = rng.dirichlet([1, 1, 1], size=count)
    return probs, np.array([rng.choice(3, p=row) for row in probs])


def slow(probs, labels, count=10):
    error = 0.0
    for m in range(count):
        at = [i for i, row in enumerate(probs) if m / count < max(row) <= (m + 1) / count]
        inside = [(max(probs[i]), int(np.argmax(probs[i])) == labels[i]) for i in at]
        if inside:
            sure, right = zip(*inside)
            error += len(inside) / len(labels) * abs(np.mean(right) - np.mean(sure))
    return error


def test_it_equals_a_slow_loop():
    probs, labels = drawn(500)
    for count in (5, 10, 15):
        assert expected_calibration_error(probs, labels, count=count) == pytest.approx(slow(probs, labels, count))


def test_true_probabilities_come_close_to_0_and_sharpened_ones_do_not():
    probs, labels = drawn(20_000)
    sharp = probs**4 / (probs**4).sum(1, keepdims=True)
    assert expected_calibration_error(probs, labels) < 0.02 < 0.1 < expected_calibration_error(sharp, labels)
    assert expected_calibration_error(*drawn(100)) > expected_calibration_error(probs, labels)  # few examples: luck


def test_bins_hold_every_example_once_and_their_upper_end_belongs_to_them():
    probs, labels = drawn(300)
    assert sum(n for *_, n in bins_of(probs, labels)) == 300
    ((sure, _, n),) = bins_of([[0.8, 0.2]], [0], count=5)
    assert (sure, n) == (0.8, 1) and bins_of([[0.8, 0.2], [0.7, 0.3]], [0, 0], count=5)[0][2] == 2


@pytest.mark.parametrize(
    "probs, labels, message",
    [([[0.5, 0.2]], [0], "row 0 sums to 0.7, not 1"), ([[0.5, 0.5]], [0, 1], "for 2 labels"), ([0.5], [0], "labels")],
)
def test_what_are_no_probabilities_is_refused(probs, labels, message):
    with pytest.raises(ValueError, match=message):
        confidences(probs, labels)
