"""Six ways to judge a review: equal search, the order of the texts does not matter, frozen bodies stay frozen."""

import numpy as np

from helpers.experiments.few_shot import methods
from helpers.tasks import reviews

TEXTS = ["the pizza was fantastic .", "the pizza was awful .", "the pizza was great but the waiter was terrible ."]


def test_unlabelled_reviews_are_apart_from_the_tests():
    tested = {r.text for r in reviews.test_reviews()} | {r.text for r in reviews.validation_reviews()}
    assert not tested & {r.text for r in methods.unlabelled()}


def test_every_method_has_as_many_recipes_and_gives_probabilities_in_the_order_of_the_texts(monkeypatch):
    monkeypatch.setattr(methods, "STEPS", 2)
    assert {len(method.recipes) for method in methods.METHODS.values()} == {4}
    for method in methods.METHODS.values():
        probs = method.predict(reviews.labelled(4, seed=0), TEXTS, method.recipes[0], 0)
        turned = method.predict(reviews.labelled(4, seed=0), TEXTS[::-1], method.recipes[0], 0)
        assert probs.shape == (3, 2) and np.allclose(probs.sum(1), 1, atol=1e-5)
        assert np.allclose(probs, turned[::-1], atol=1e-4)


def test_a_head_alone_leaves_the_body_as_it_is(monkeypatch):
    monkeypatch.setattr(methods, "STEPS", 3)
    before = {name: weight.clone() for name, weight in methods.source("course-bert")[0].state_dict().items()}
    methods.METHODS["[CLS] head"].predict(reviews.labelled(4, seed=0), TEXTS, methods.HEAD_RECIPES[0], 0)
    assert all((before[name] == weight).all() for name, weight in methods.source("course-bert")[0].state_dict().items())
