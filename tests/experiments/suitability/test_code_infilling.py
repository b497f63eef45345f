"""Hidden words of code: open from the left, easier from both sides."""

import pytest

from helpers.evaluation import written_log_probs
from helpers.experiments.suitability import code_infilling
from helpers.models import load_course


def test_hidden_words_are_open_from_the_left_and_easier_from_both_sides():
    found = code_infilling.problems(40)
    assert found == code_infilling.problems(60)[:40]
    for words, at in found[:10]:
        left = code_infilling.left_probs(words, at)
        assert sum(left.values()) == pytest.approx(1) and max(left.values()) < code_infilling.SURE
        assert sum(code_infilling.both_probs(words, at).values()) == pytest.approx(1)
    exact = code_infilling.exact(found)
    assert exact["left side"] < exact["both sides"] <= 1
    t5 = code_infilling.in_the_gap(*load_course("course-t5"), found, read=written_log_probs)
    assert t5["both sides"] > exact["left side"]
    assert code_infilling.right([words[at] for words, at in found], found) == 1


def test_open_places_are_all_places_where_no_word_is_sure():
    words = code_infilling.problems(3)[2][0]
    slow = [max(code_infilling.left_probs(words, t).values()) < code_infilling.SURE for t in range(1, len(words) - 1)]
    assert code_infilling.open_places(words) == [t for t, open_ in enumerate(slow, 1) if open_]


def test_the_end_of_a_text_is_no_word():
    assert code_infilling.best_word({"<end>": 0.9, "x": 0.06, "y": 0.04}) == "x"
