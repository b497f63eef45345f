"""The stages beside the curves: names both ways round, wrong labels, things, patterns that teach."""

from dataclasses import replace

import numpy as np
import pytest

from helpers.experiments import few_shot
from helpers.experiments.few_shot import curves, demonstrations, methods, names, own_answers, things
from helpers.tasks import reviews

FEW = reviews.labelled(8, seed=0)


def few(thing="restaurant"):
    """A few reviews to test on, so that a run takes a moment."""
    return reviews.reviews(12, split="test", thing=thing)


def test_every_pair_of_names_comes_both_ways_round():
    asked = {(p["good"], p["bad"]) for p in names.points()}
    assert len(names.PAIRS) == 5 and asked == {*names.PAIRS, *(pair[::-1] for pair in names.PAIRS)}


def test_the_two_ways_round_are_each_others_contrary_without_labels(monkeypatch):
    monkeypatch.setattr(names, "test_reviews", few)
    recipe = {"learning_rate": 1e-4, "lm_weight": 0.0, "steps": 1}
    point = {"who": names.WHO, "stage": "names", "labels": 0, "draw": 0, "seed": 0, "recipe": recipe}
    one, two = (few_shot.run({**point, "good": a, "bad": b}) for a, b in (("red", "blue"), ("blue", "red")))
    assert one["start"] + two["start"] == pytest.approx(1, abs=1e-6)
    assert {one["way"], two["way"]} == {"lucky", "unlucky"} and one["pair"] == two["pair"] == "blue / red"
    assert (one["way"] == "lucky") == (one["start"] > two["start"])


def test_new_names_have_a_search_of_their_own_on_validation(monkeypatch):
    asked = []
    known = names.names_known

    def pet(shown, texts, recipe, seed, *, verbalizer):
        asked.append((shown, len(texts), verbalizer))
        return known(texts)

    monkeypatch.setattr(names, "pet", pet)
    tries = few_shot.search(next(iter(names.points()))).tries()
    assert len(tries) == 16 and {(p["good"], p["bad"], p["labels"]) for p in tries} == {("red", "blue", 16)}
    found = few_shot.run(tries[1])
    words = {"good": "red", "bad": "blue"}
    assert asked[0] == (reviews.labelled(16, seed=101), reviews.VALIDATION_REVIEWS, words)
    assert found["accuracy"] == pytest.approx(found["optimum"])


def test_wrong_labels_change_the_labels_alone():
    texts = [review.text for review in FEW]
    for how in demonstrations.WRONG:
        found = demonstrations.relabelled(FEW, how, 3)
        assert [review.text for review in found] == texts and found == demonstrations.relabelled(FEW, how, 3)
    flipped = demonstrations.relabelled(FEW, "exchanged", 0)
    assert all(a.label != b.label for a, b in zip(FEW, flipped))
    assert [r.label for r in demonstrations.relabelled(FEW, "shuffled", 1)].count("good") == 4
    drawn = [demonstrations.relabelled(FEW, "random", seed) for seed in range(40)]
    assert 0.4 < np.mean([r.label == "good" for found in drawn for r in found]) < 0.6
    with pytest.raises(ValueError, match="'funny'.*choose from exchanged, shuffled, random"):
        demonstrations.relabelled(FEW, "funny", 0)


def reader(monkeypatch, answer):
    """A stand-in for course-gpt with a prompt: answer(labels shown, text) is the probability of good."""

    def predict(shown, texts, recipe, seed):
        good = np.array([answer([review.label for review in shown], text) for text in texts])
        return np.stack([good, 1 - good], 1)

    monkeypatch.setattr(demonstrations, "test_reviews", few)
    monkeypatch.setattr(curves, "shown_in_prompt", lambda *_: {})
    monkeypatch.setitem(methods.METHODS, "in context", replace(methods.METHODS["in context"], predict=predict))
    return few_shot.run({**next(iter(demonstrations.points())), "recipe": {}})


def test_a_reader_who_takes_the_names_from_the_prompt_turns_every_answer(monkeypatch):
    """It says good of long reviews, in whatever name the first example has."""
    found = reader(monkeypatch, lambda shown, text: 0.9 if (shown[0] == "good") == (len(text) > 60) else 0.1)
    assert found["turned"] == found["changed"] == 1
    assert found["called good"] == np.mean([len(review.text) <= 60 for review in few()])


def test_a_reader_who_leans_turns_none_whatever_its_accuracy(monkeypatch):
    found = reader(monkeypatch, lambda shown, text: 0.8 if shown[0] == "good" else 0.7)
    assert found["turned"] == 0 and found["called good"] == 1 and found["accuracy"] < found["optimum"]


def test_wrong_labels_stand_in_the_prompt(monkeypatch):
    seen = []
    reader(monkeypatch, lambda shown, text: seen.append(tuple(shown)) or 0.5)
    right = [review.label for review in reviews.labelled(4, seed=0)]
    wrong = [review.label for review in demonstrations.relabelled(reviews.labelled(4, seed=0), "exchanged", 0)]
    assert set(seen) == {tuple(right), tuple(wrong)} and seen.count(tuple(wrong)) > seen.count(tuple(right))


def test_every_thing_is_asked_by_its_own_name(monkeypatch):
    monkeypatch.setattr(things, "test_reviews", few)
    monkeypatch.setattr(things, "UNLABELLED", 8)
    asked = []

    def read(shown, texts, recipe, seed, *, model, pattern):
        asked.append(pattern)
        return np.tile([0.6, 0.4], (len(texts), 1))

    monkeypatch.setitem(things.READERS, "PET", read)
    for thing in reviews.THINGS:
        found = few_shot.run({"who": "PET", "stage": "things", "thing": thing, "pattern": "plain"})
        assert 0 < found["accuracy"] <= found["optimum"] and found["calibrated"]["accuracy"] == pytest.approx(0.5)
    assert set(asked) == {f"{{text}} the {thing} is [MASK] ." for thing in reviews.THINGS}


def test_a_decoder_is_asked_behind_the_review_and_both_read_real_reviews(monkeypatch):
    monkeypatch.setattr(things, "test_reviews", few)
    assert len(things.patterns_of("PET")) == 9 and len(things.patterns_of("in context")) == 7
    for who in things.MODELS:
        found = few_shot.run({"who": who, "stage": "things", "thing": "hotel", "pattern": "plain"})
        assert found["accuracy"] > 0.7 and found["calibrated"]["accuracy"] > 0.7


def test_patterns_learn_from_others_or_from_themselves(monkeypatch):
    monkeypatch.setattr(own_answers, "test_reviews", few)
    monkeypatch.setattr(own_answers, "POOL", 60)
    one = replace(own_answers.PUPIL, steps=1).to_dict()
    recipe = {"pupil": one, "student": one, "size": 6}
    point = {"who": "iPET", "stage": "own answers", "seed": 0, "recipe": recipe}
    own, others, nobody = (few_shot.run({**point, "teachers": who}) for who in ("own", "others", "nobody"))
    assert own["before"] == others["before"] == nobody["after"] != others["after"]
    assert set(own["taught right"]) == set(own_answers.POOR) and not nobody["taught right"]
    for found in (own, others, nobody):
        scores = [*found["before"].values(), *found["after"].values(), found["accuracy"]]
        assert all(0 <= score <= found["optimum"] for score in scores)
    with pytest.raises(ValueError, match="'parents'.*choose from others, own, nobody"):
        own_answers.taught([], [], {**point, "teachers": "parents"})


def test_every_other_pattern_teaches_and_the_seed_changes_no_guess():
    """With three patterns each learns from both others: what a and the headline outvote the one that is turned."""
    sure, turned = np.log([[0.9, 0.1], [0.1, 0.9]] * 3), np.log([[0.2, 0.8], [0.8, 0.2]] * 3)
    texts = [f"the pizza was number {number} ." for number in range(6)]
    for seed in (0, 1, 2):
        point = {"teachers": "others", "seed": seed, "recipe": {"size": 6}}
        first, second, third = own_answers.taught([turned, sure, sure], texts, point)
        right = dict(zip(texts, ["good", "bad"] * 3))
        assert dict(first) == dict(second) == dict(third) == right
    assert own_answers.agreed([("the pizza was fantastic .", "good")]) == pytest.approx(0.9)
    assert own_answers.agreed([("the pizza was fantastic .", "bad")]) == pytest.approx(0.1)
