"""Arguments that draw problems are checked by their names before anything is drawn, and problems are drawn once."""

import pytest

from helpers import evaluation, tinytown
from helpers.evaluation.drawing import checked, drawn


@pytest.mark.parametrize(
    ("bad", "message"),
    [
        ({"count": 0}, "count 0 is too small"),
        ({"count": [3]}, "count cannot be .3. .list."),
        ({"seed": -1}, "seed -1 is negative"),
        ({"seed": "a"}, "seed cannot be 'a'"),
        ({"language": "news"}, "language cannot be 'news'"),
        ({"language": []}, "language cannot be "),
        ({"shots": True}, "shots cannot be True"),
    ],
)
def test_a_bad_argument_is_named(bad, message):
    with pytest.raises((TypeError, ValueError), match=message):
        evaluation.list_problems(**{"shots": 1, "count": 2, "seed": 0, **bad})


def test_problems_are_drawn_once_however_the_arguments_are_given():
    asked = []
    draw = drawn(lambda count, seed=0: asked.append(count) or [count, seed])
    assert draw(3, 1) is draw(3, 1) and asked == [3]


def test_the_sign_of_a_function_stays():
    def measure(count, *, rate):
        """What it says."""

    assert checked(measure).__name__ == "measure" and checked(measure).__doc__ == "What it says."
    with pytest.raises(ValueError, match="rate 15 must lie between 0 and 1"):
        checked(measure)(3, rate=15)


def test_no_scene_means_no_documents_and_no_endless_search():
    with pytest.raises(ValueError, match="has no scene 'nowhere'"):
        evaluation.documents_of("nowhere", count=2, seed=0, language=tinytown.training_language())
    with pytest.raises(ValueError, match="block 0 is too small"):
        evaluation.gather(1, bool, split="test", seed=[0], block=0)
