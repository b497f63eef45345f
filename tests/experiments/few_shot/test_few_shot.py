"""The few-shot curves: every method has an equal search, groups average to the whole, none beats the exact reader."""

from dataclasses import replace

import pytest

from helpers.evaluation.expected import best_accuracy
from helpers.experiments import few_shot
from helpers.experiments.few_shot import methods
from helpers.tasks import review_posteriors, reviews


def test_every_method_is_searched_alike_and_the_exact_readers_not_at_all():
    points = list(few_shot.grid())
    assert len(points) == (2 + len(methods.METHODS)) * len(few_shot.LABELLED) * len(few_shot.SEEDS)
    searches = {point["who"]: few_shot.search(point) for point in points}
    assert [who for who, search in searches.items() if search is None] == list(few_shot.EXACT)
    assert {len(search.tries()) for search in searches.values() if search} == {8}
    assert not set(few_shot.SEARCH_SEEDS) & set(few_shot.SEEDS)


def test_a_point_names_the_model_that_it_starts_from():
    assert few_shot.models({"who": "in context"}) == ("course-gpt",)
    assert few_shot.models({"who": "PET"}) == ("course-bert",) and few_shot.models({"who": few_shot.EXACT[0]}) == ()


def test_scores_of_the_groups_average_to_the_whole_and_the_exact_reader_is_the_best():
    found = few_shot.run({"who": "exact, names known", "stage": "test", "labels": 0, "seed": 0})
    groups = [reviews.group(review.text) for review in reviews.test_reviews()]
    whole = sum(found[name] * groups.count(name) for name in set(groups)) / len(groups)
    assert found["accuracy"] == pytest.approx(whole) and found["plain"] > found["contrast"]
    exact = review_posteriors.names_known([review.text for review in reviews.test_reviews()])
    assert found["expected"] == pytest.approx(best_accuracy(exact)) and found["expected"] > 0.9


def test_a_search_is_measured_on_validation(monkeypatch):
    asked = []

    def predict(labelled, texts, recipe, seed):
        asked.append((len(labelled), len(texts), recipe, seed))
        return review_posteriors.names_known(texts)

    monkeypatch.setitem(few_shot.METHODS, "PET", replace(methods.METHODS["PET"], predict=predict))
    for stage in ("search", "test"):
        few_shot.run({"who": "PET", "stage": stage, "labels": 4, "seed": 1, "recipe": {"rate": 1}})
    assert asked == [(4, reviews.VALIDATION_REVIEWS, {"rate": 1}, 1), (4, reviews.TEST_REVIEWS, {"rate": 1}, 1)]


def test_the_chosen_recipe_is_that_of_the_recorded_runs(monkeypatch, tmp_path):
    assert few_shot.chosen("PET") in methods.PET_RECIPES
    monkeypatch.setattr(few_shot, "EXPERIMENT", replace(few_shot.EXPERIMENT, folder=tmp_path))
    with pytest.raises(FileNotFoundError, match="who='PET', stage='test'; `python -m helpers.experiments few_shot`"):
        few_shot.chosen("PET")
