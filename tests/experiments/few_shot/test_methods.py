"""Ways to judge a review: equal search, the order of the texts does not matter, frozen bodies stay frozen."""

import numpy as np
import pytest

from helpers.experiments.few_shot import methods
from helpers.tasks import reviews

TEXTS = ["the pizza was fantastic .", "the pizza was awful .", "the pizza was great but the waiter was terrible ."]


def short(recipe):
    """A recipe of two steps."""
    return {**recipe, "steps": 2}


def test_unlabelled_reviews_are_apart_from_the_tests():
    tested = {r.text for r in reviews.test_reviews()} | {r.text for r in reviews.validation_reviews()}
    assert not tested & {r.text for r in methods.unlabelled()}


def test_every_method_has_as_many_recipes_and_gives_probabilities_in_the_order_of_the_texts():
    assert {len(method.recipes) for method in methods.METHODS.values()} == {8}
    for method in methods.METHODS.values():
        recipe = short(method.recipes[0])
        probs = method.predict(reviews.labelled(4, seed=0), TEXTS, recipe, 0)
        turned = method.predict(reviews.labelled(4, seed=0), TEXTS[::-1], recipe, 0)
        assert probs.shape == (3, 2) and np.allclose(probs.sum(1), 1, atol=1e-5)
        assert np.allclose(probs, turned[::-1], atol=1e-4)


def test_what_is_trained_takes_the_steps_of_its_recipe(monkeypatch):
    taken = []

    def finetune(model, *_, recipe, **how):
        taken.append(recipe.steps)
        return model, []

    monkeypatch.setattr(methods, "finetune", finetune)
    recipe = {**methods.HEAD_RECIPES[0], "steps": 7}
    methods.METHODS["[CLS] head"].predict(reviews.labelled(4, seed=0), TEXTS, recipe, 0)
    assert taken == [7] and {recipe["steps"] for recipe in methods.HEAD_RECIPES} == {methods.STEPS}


def test_a_head_alone_leaves_the_body_as_it_is():
    before = {name: weight.clone() for name, weight in methods.source("course-bert")[0].state_dict().items()}
    methods.METHODS["[CLS] head"].predict(reviews.labelled(4, seed=0), TEXTS, short(methods.HEAD_RECIPES[0]), 0)
    assert all((before[name] == weight).all() for name, weight in methods.source("course-bert")[0].state_dict().items())


@pytest.mark.parametrize("recipe", methods.PROMPT_RECIPES[::3])
def test_it_is_said_how_many_examples_a_prompt_holds(recipe):
    few = methods.shown_in_prompt(reviews.labelled(2, seed=0), TEXTS, recipe)
    assert few == {"shown": 2.0, "least shown": 2}
    many = methods.shown_in_prompt(reviews.labelled(32, seed=0), TEXTS, recipe)
    assert many["least shown"] <= many["shown"] < 32 and many["least shown"] % 2 == 0
