"""Questions: the answer stands in the passage, and the score is that of SQuAD."""

import pytest

from helpers.tasks import TASKS, question_answering


def test_answers_stand_in_their_passage_and_follow_from_the_half_with_the_cue():
    asking = {"to", "from", "the", ".", "lost", "found", "bought"}
    for e in TASKS["questions"].examples("test", 100):
        words = e.second.split()
        assert " ".join(words[e.span[0] : e.span[1] + 1]) == e.target
        cue = [w for w in e.source.split() if w in words and w not in asking]
        assert len(cue) == 1
    turned = question_answering.turned(TASKS["questions"].examples("test", 3))
    assert [t.second for t in turned] == [e.source for e in TASKS["questions"].examples("test", 3)]


@pytest.mark.parametrize(
    "answer, truth, f1",
    [
        ("the farmer", "a farmer", 1.0),
        ("her red ring", "her ring", 0.8),
        ("", "a ring", 0.0),
        ("a", "the", 1.0),
        ("cairo", "oslo", 0.0),
    ],
)
def test_token_f1_as_squad_defines_it(answer, truth, f1):
    assert question_answering.token_f1(answer, truth) == pytest.approx(f1)


def test_the_first_answer_of_the_right_kind_is_a_fair_contender():
    task = TASKS["questions"]
    scores = task.chance(task.examples("train"), task.examples("test"))
    assert scores["f1"] < 0.2 < 0.35 < scores["lookup"] < 0.65
