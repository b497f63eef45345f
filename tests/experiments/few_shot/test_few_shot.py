"""The few-shot curves: every method has an equal search, seeds and draws are apart, none beats the exact reader."""

import json
from collections import Counter
from dataclasses import replace

import numpy as np
import pytest

from helpers.evaluation.expected import best_accuracy
from helpers.experiments import few_shot
from helpers.experiments.few_shot import curves, methods, names, scoring
from helpers.tasks import review_posteriors, reviews

POINTS = list(few_shot.grid())


def test_no_point_comes_twice_and_the_stages_are_all_there():
    assert len({json.dumps(point, sort_keys=True) for point in POINTS}) == len(POINTS)
    assert {point["stage"] for point in POINTS} | {"search"} == set(few_shot.STAGES)


def test_every_head_has_three_seeds_a_draw_and_five_draws_at_every_number_of_labels():
    runs = Counter((p["who"], p["labels"]) for p in POINTS if p["stage"] == "test" and p["who"] in curves.HEADS)
    assert {count: runs[who, count] for who in curves.HEADS for count in few_shot.LABELLED} == {
        count: 15 if count else 3 for count in few_shot.LABELLED
    }
    assert {p["seed"] for p in POINTS if p["stage"] == "test" and "seed" in p} == set(few_shot.SEEDS)


def test_the_decoder_that_is_trained_has_an_encoder_trained_on_the_same_labels_for_each_of_its_runs():
    runs = {
        who: {(p["labels"], p["draw"], p["seed"]) for p in POINTS if p["stage"] == "test" and p["who"] == who}
        for who in ("PET", "next word")
    }
    assert runs["next word"] == runs["PET"] and len(runs["next word"]) == 1 + 4 * 5 * 3
    assert few_shot.search({"who": "next word", "stage": "test"}).recipes == methods.PET_RECIPES


def test_a_head_is_searched_with_two_more_recipes_than_a_question_and_the_exact_readers_not_at_all():
    searches = {point["who"]: few_shot.search(point) for point in POINTS if point["stage"] == "test"}
    assert [who for who, search in searches.items() if search is None] == list(few_shot.EXACT)
    tries = {who: len(search.tries()) for who, search in searches.items() if search}
    assert tries == {who: 2 * (10 if who in curves.HEADS else 8) for who in tries}
    assert not set(curves.SEARCH_SEEDS) & set(few_shot.DRAWS)


def test_every_stage_takes_the_recipe_of_one_search():
    named = {(p["stage"], p["who"]): few_shot.search(p) for p in POINTS}
    assert {point["stage"] for point in POINTS if point["who"] == names.WHO} == {"names"}
    new, own = named["names", names.WHO], named["test", "PET"]
    assert (new.recipes, new.seeds, new.score) == (own.recipes, own.seeds, own.score)
    assert new.point == {**own.point, "who": names.WHO, "good": "red", "bad": "blue"}
    assert named["demonstrations", "in context"] == named["test", "in context"]
    assert named["longer", "[CLS] head"] == named["test", "[CLS] head"] and named["things", "PET"] is None


def test_the_line_in_context_ends_with_its_prompt():
    asked = {p["labels"] for p in POINTS if p["who"] == "in context" and p["stage"] == "test"}
    assert asked == set(few_shot.IN_PROMPT) and max(asked) < 16


def test_a_point_names_the_model_that_it_starts_from():
    assert few_shot.models({"who": "in context", "stage": "test"}) == ("course-gpt",)
    assert few_shot.models({"who": "PET", "stage": "search"}) == ("course-bert",)
    assert few_shot.models({"who": names.WHO, "stage": "search"}) == ("course-bert",)
    assert few_shot.models({"who": "next word", "stage": "test"}) == ("course-gpt",)
    assert few_shot.models({"who": few_shot.EXACT[0], "stage": "test"}) == ()


def test_scores_of_the_groups_average_to_the_whole_and_the_exact_reader_is_the_best():
    found = few_shot.run({"who": "exact, names known", "stage": "test", "labels": 0, "draw": 0})
    groups = [reviews.group(review.text) for review in reviews.test_reviews()]
    whole = sum(found[name] * groups.count(name) for name in set(groups)) / len(groups)
    assert found["accuracy"] == pytest.approx(whole) == found["optimum"] and found["plain"] > found["contrast"]
    exact = review_posteriors.names_known([review.text for review in reviews.test_reviews()])
    assert found["accuracy"] == pytest.approx(best_accuracy(exact)) and found["sure"] == found["optimum sure"]


@pytest.mark.parametrize("thing", reviews.THINGS)
def test_no_answers_beat_the_optimum(thing):
    tested, rng = reviews.test_reviews(thing)[:80], np.random.default_rng(0)
    for _ in range(20):
        good = rng.random(len(tested))
        found = scoring.scores(np.stack([good, 1 - good], 1), tested, thing=thing)
        assert found["accuracy"] <= found["optimum"] and found["log_prob"] < found["optimum_log_prob"] < 0


def test_what_was_shown_counts_for_the_fit_alone(monkeypatch):
    """A method that knows its labelled reviews by heart and nothing else: fitted to all, one half of the others."""

    def by_heart(shown, texts, recipe, seed):
        known = {review.text: [0.99, 0.01] if review.label == "good" else [0.01, 0.99] for review in shown}
        return np.array([known.get(text, [0.5, 0.5]) for text in texts])

    monkeypatch.setitem(methods.METHODS, "PET", replace(methods.METHODS["PET"], predict=by_heart))
    found = few_shot.run({"who": "PET", "stage": "test", "labels": 8, "draw": 0, "seed": 0, "recipe": {}})
    assert found["fitted"] == 1 and found["fitted log_prob"] == pytest.approx(np.log(0.99), abs=1e-3)
    assert found["accuracy"] == pytest.approx(0.5, abs=1e-9)


def test_a_search_is_measured_on_validation_and_draws_by_its_seed(monkeypatch):
    asked = []

    def predict(labelled, texts, recipe, seed):
        asked.append((labelled, len(texts), recipe, seed))
        return review_posteriors.names_known(texts)

    monkeypatch.setitem(methods.METHODS, "PET", replace(methods.METHODS["PET"], predict=predict))
    few_shot.run({"who": "PET", "stage": "search", "labels": 4, "seed": 101, "recipe": {"steps": 1}})
    few_shot.run({"who": "PET", "stage": "test", "labels": 4, "draw": 2, "seed": 1, "recipe": {"steps": 1}})
    few_shot.run(
        {"who": "PET", "stage": "longer", "labels": 4, "draw": 2, "seed": 1, "recipe": {"steps": 1}, "steps": 9}
    )
    draws = [reviews.labelled(4, seed=seed) for seed in (101, 2, 2)]
    counts = [reviews.VALIDATION_REVIEWS + 4, *[reviews.TEST_REVIEWS + 4] * 2]  # its own four are read as well
    steps = [{"steps": n} for n in (1, 1, 9)]
    assert asked == list(zip(draws, counts, steps, (101, 1, 1), strict=True))


def test_the_chosen_recipe_is_that_of_the_recorded_runs(monkeypatch, tmp_path):
    assert few_shot.chosen("PET").keys() >= {"learning_rate", "lm_weight"}
    monkeypatch.setattr(few_shot, "EXPERIMENT", replace(few_shot.EXPERIMENT, folder=tmp_path))
    with pytest.raises(FileNotFoundError, match="who='PET', stage='test'; `python -m helpers.experiments few_shot`"):
        few_shot.chosen("PET")
