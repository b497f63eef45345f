"""Questions for probes: half of the agreement texts are disturbed and all are decidable; each optimum is one."""

import pytest

from helpers.tasks import probe_questions


def test_agreement_is_disturbed_in_half_and_decidable():
    texts, labels = probe_questions.problems("agreement", "test", count=120)
    assert 0.3 < labels.count("wrong") / len(labels) < 0.7
    assert [probe_questions.best_agreement(text) for text in texts] == list(labels)


def test_the_optimum_of_each_question():
    few = {"train": 40, "test": 40}
    assert probe_questions.optimum("words", count=few) == 1.0 == probe_questions.optimum("agreement", count=few)
    assert (
        probe_questions.optimum("scene", count=few) > 0.9
        and 0.7 < probe_questions.optimum("sentiment", count=few) <= 1.0
    )


def test_an_unknown_question_is_refused():
    with pytest.raises(ValueError, match="choose one of scene"):
        probe_questions.problems("mood", "test")
