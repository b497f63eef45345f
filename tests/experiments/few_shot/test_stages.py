"""The stages beside the curves: names both ways round, wrong labels, things, patterns that teach."""

from dataclasses import replace

import numpy as np
import pytest

from helpers.experiments import few_shot
from helpers.experiments.few_shot import demonstrations, names, own_answers, things
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
    assert {one["way"], two["way"]} == {"right", "wrong"}
    assert (one["way"] == "right") == (one["start"] > two["start"])


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


def test_wrong_labels_stand_in_the_prompt(monkeypatch):
    monkeypatch.setattr(demonstrations, "test_reviews", few)
    asked = []
    monkeypatch.setattr(demonstrations.curves, "scores_of", lambda point, shown, tested: asked.append(shown) or {})
    few_shot.run({**next(iter(demonstrations.points())), "recipe": {}})
    assert asked == [demonstrations.relabelled(reviews.labelled(4, seed=0), "exchanged", 0)]


def test_every_thing_is_asked_by_its_own_name(monkeypatch):
    monkeypatch.setattr(things, "test_reviews", few)
    monkeypatch.setattr(things, "UNLABELLED", 8)
    asked = []
    read = lambda shown, texts, recipe, seed, *, pattern: asked.append(pattern) or np.tile([0.6, 0.4], (len(texts), 1))  # noqa: E731
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
    own, others = (few_shot.run({**point, "teachers": who}) for who in ("own", "others"))
    assert own["before"] == others["before"] and own["optimum"] == others["optimum"]
    for found in (own, others):
        scores = [*found["before"].values(), *found["after"].values(), found["accuracy"]]
        assert all(0 <= score <= found["optimum"] for score in scores)
    with pytest.raises(ValueError, match="'parents'.*choose from others, own"):
        own_answers.taught([], [], {**point, "teachers": "parents"})
