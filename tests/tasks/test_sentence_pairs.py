"""Sentence pairs: the three tasks share their right pairs, and the exact answers are calibrated and unbeaten."""

import numpy as np
import pytest

from helpers import tinytown
from helpers.evaluation.expected import best_accuracy, expected_accuracy
from helpers.tasks import sentence_pairs
from helpers.training.finetuning import accuracy


def test_all_three_tasks_share_their_right_pairs():
    made = [sentence_pairs.pairs(task, 60) for task in sentence_pairs.NEGATIVES]
    assert len({tuple(p[2] for p in row) for row in made}) == 1
    assert all(len({pair[:2] for pair in row}) == 1 for row in zip(*made) if row[0][2] == 0)


def test_the_language_without_lists_is_a_language():
    language = sentence_pairs.stories()
    assert sum(scene.weight for scene in language.scenes) == pytest.approx(1)
    assert "list" not in {scene.name for scene in language.scenes}
    assert sum(tinytown.next_token_probs([], language=language).values()) == pytest.approx(1, abs=1e-9)


@pytest.mark.parametrize("task", sentence_pairs.NEGATIVES)
def test_exact_probabilities_are_calibrated_and_beat_chance(task):
    probs, pairs = sentence_pairs.exact_probs(task, 200), sentence_pairs.pairs(task, 200)
    labels = np.array(sentence_pairs.labels_of(pairs))
    assert np.allclose(probs.sum(1), 1)
    assert abs(probs[:, 1].mean() - labels.mean()) < 4 * 0.5 / 200**0.5
    assert accuracy(probs, labels) > 0.8 and (probs[np.arange(200), labels] > 0).all()


def test_no_answers_are_expected_to_beat_the_exact_ones():
    exact, rng = sentence_pairs.exact_probs("swapped", 200), np.random.default_rng(0)
    for _ in range(50):
        assert expected_accuracy(rng.dirichlet([1, 1], 200), exact) < best_accuracy(exact)
    labels = sentence_pairs.labels_of(sentence_pairs.pairs("swapped", 200))
    assert abs(best_accuracy(exact) - accuracy(exact, labels)) < 4 * 0.5 / 200**0.5


def test_an_unknown_task_is_refused():
    with pytest.raises(ValueError, match="'far' do not exist"):
        sentence_pairs.pairs("far", 10)
