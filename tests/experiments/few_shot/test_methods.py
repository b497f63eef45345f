"""Ways to judge a review: equal search, the order of the texts does not matter, frozen bodies stay frozen."""

from dataclasses import replace

import numpy as np
import pytest

from helpers.experiments.few_shot import methods
from helpers.methods import in_context
from helpers.tasks import reviews

TEXTS = ["the pizza was fantastic .", "the pizza was awful .", "the pizza was great but the waiter was terrible ."]

ASK = {"pattern": methods.cloze.PATTERNS["plain"], "verbalizer": methods.OWN_NAMES}


def short(recipe):
    """A recipe of two steps."""
    return {**recipe, "steps": 2}


def test_unlabelled_reviews_are_apart_from_the_tests():
    tested = {r.text for r in reviews.test_reviews()} | {r.text for r in reviews.validation_reviews()}
    assert not tested & {r.text for r in methods.unlabelled()}


def test_every_method_has_its_recipes_and_gives_probabilities_in_the_order_of_the_texts():
    assert all(len(m.recipes) == (10 if "head" in who else 8) for who, m in methods.METHODS.items())
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


@pytest.mark.parametrize("weight", [0.0, 0.1])
def test_a_decoder_is_trained_at_the_word_behind_its_question(monkeypatch, weight):
    """Before its first step the loss is that of the answers which the same prompt gives, and the next-word loss."""
    taken = {}

    def finetune(model, examples, *, collate, generator, recipe, loss):
        batch = collate(examples)
        taken.update(loss=float(loss(model, batch).detach()), other=batch.get("spare"))
        return model, []

    monkeypatch.setattr(methods, "finetune", finetune)
    shown = reviews.labelled(4, seed=0)
    recipe = {"learning_rate": 1e-4, "lm_weight": weight, "steps": 1}
    probs = methods.next_word(shown, [r.text for r in shown], recipe, 0, verbalizer=methods.OWN_NAMES)
    nats = -np.log([row[reviews.LABELS.index(r.label)] for row, r in zip(probs, shown)]).mean()
    spare, model = taken["other"], methods.source("course-gpt")[0]
    assert (spare is None) == (weight == 0)
    if spare:
        labels = spare["input_ids"].masked_fill(spare["attention_mask"] == 0, -100)
        nats = (1 - weight) * nats + weight * float(model(**spare, labels=labels).loss.detach())
    assert taken["loss"] == pytest.approx(nats, abs=1e-5)


def test_a_decoder_learns_the_labels_that_it_is_trained_on():
    shown = [replace(r, label=reviews.LABELS[1 - reviews.LABELS.index(r.label)]) for r in reviews.labelled(4, seed=0)]
    texts, recipe = [r.text for r in shown], {"learning_rate": 7e-4, "lm_weight": 0.0, "steps": 12}
    before, after = (
        methods.METHODS["next word"].predict(given, texts, recipe, 0)[range(4), [1, 0, 1, 0]] for given in ((), shown)
    )
    asked = in_context.label_probs(*methods.source("course-gpt"), [], texts, **ASK)[range(4), [1, 0, 1, 0]]
    assert np.allclose(before, asked, atol=1e-4) and after.mean() > before.mean() + 0.2


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
