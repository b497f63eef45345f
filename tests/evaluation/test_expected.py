"""Expected accuracy: it is what drawn labels give on average, and nobody beats the posterior."""

import numpy as np
import pytest

from helpers.evaluation.expected import best_accuracy, expected_accuracy
from helpers.training.finetuning import accuracy


def posteriors(texts, classes, seed):
    return np.random.default_rng(seed).dirichlet(np.ones(classes), texts)


@pytest.mark.parametrize("classes", [2, 3])
def test_no_answers_beat_those_of_the_posterior(classes):
    exact = posteriors(50, classes, 0)
    for seed in range(1, 200):
        assert expected_accuracy(posteriors(50, classes, seed), exact) <= best_accuracy(exact)


def test_it_is_the_mean_accuracy_over_labels_drawn_from_the_posterior():
    exact, probs, rng = posteriors(200, 2, 0), posteriors(200, 2, 1), np.random.default_rng(2)
    drawn = [accuracy(probs, (rng.random(200) > exact[:, 0]).astype(int)) for _ in range(400)]
    assert expected_accuracy(probs, exact) == pytest.approx(np.mean(drawn), abs=4 * np.std(drawn) / 20)


def test_a_tie_counts_the_mean_of_the_tied_classes():
    assert expected_accuracy([[0.5, 0.5]], [[0.9, 0.1]]) == pytest.approx(0.5)


def test_other_shapes_are_refused():
    with pytest.raises(ValueError, match="of the same texts"):
        expected_accuracy([[0.5, 0.5]], [[0.9, 0.1], [0.5, 0.5]])
