"""Reviews: fair draws, no verdict inside, groups that share them out."""

import pytest

from helpers import tinytown
from helpers.tasks import reviews

TEXTS = ["the pizza was fantastic .", "the pizza was awful .", "the pizza was great but the waiter was terrible ."]


def test_labelled_reviews_are_half_of_each_nested_by_seed_and_apart_from_the_tests():
    few, many = reviews.labelled(8, seed=3), reviews.labelled(64, seed=3)
    assert many[:8] == few and [r.label for r in many].count("good") == 32
    assert reviews.labelled(8, seed=4) != few and reviews.labelled(0, seed=0) == ()
    tested = {r.text for r in reviews.test_reviews()} | {r.text for r in reviews.validation_reviews()}
    assert not tested & {r.text for r in many}
    with pytest.raises(ValueError, match="5 labelled reviews cannot be half good and half bad"):
        reviews.labelled(5, seed=0)
    with pytest.raises(ValueError, match="more than the 600 drawn"):
        reviews.labelled(700, seed=0)


def test_no_review_of_a_restaurant_holds_a_verdict():
    """Zero-shot means it: the training language cannot write the sentence that the pattern completes."""
    for text in TEXTS[:2]:
        with pytest.raises(tinytown.ImpossibleTextError):
            tinytown.log_prob(f"{text} the restaurant is good .".split(), language=tinytown.training_language())
        assert tinytown.log_prob(f"{text} the restaurant is good .".split()) < 0
    assert not any("restaurant is" in r.text or "overall" in r.text for r in reviews.test_reviews())


def test_the_groups_share_out_the_reviews():
    assert [reviews.group(text) for text in TEXTS] == ["plain", "plain", "contrast"]
    assert reviews.group("the pizza was not bad but the waiter was rude .") == "both"
    assert reviews.group("although the soup was cold , the cook was kind .") == "contrast"
    assert reviews.group("we would not come back .") == "plain"


@pytest.mark.parametrize("thing", reviews.THINGS)
def test_no_review_comes_twice_or_has_a_verdict_and_a_shorter_list_begins_a_longer_one(thing):
    many = reviews.reviews(700, split="test", seed=3, thing=thing)
    assert many[:30] == reviews.reviews(30, split="test", seed=3, thing=thing)
    assert len({review.text for review in many}) == 700 and {review.label for review in many} == set(reviews.LABELS)
    assert not any(f"{thing} is" in r.text or "in short" in r.text or "all in all" in r.text for r in many)


def test_a_thing_that_is_not_reviewed_is_named():
    with pytest.raises(ValueError, match="no reviews of a 'boat' are drawn; choose one of restaurant, film, hotel"):
        reviews.reviews(3, split="test", thing="boat")
