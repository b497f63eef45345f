"""Acceptance thresholds: gold summaries, the share of them, and a search that comes before its tests."""

import pytest

from helpers.experiments.seq2seq import thresholds, variants
from helpers.tasks import TASKS, summarisation
from helpers.tasks.task import Example

UNTOLD = "felix went to the park on monday . he lost his kite . summary :"
TOLD = "felix went to the park on monday . he lost his kite . a child found the kite . summary :"


def test_gold_summaries_are_one_or_one_for_each_finder_who_may_have_been_it():
    assert thresholds.gold_summaries(TOLD) == {"felix lost his kite at the park and a child found it ."}
    found = thresholds.gold_summaries(UNTOLD)
    assert len(found) == 6 and "felix lost his kite at the park and a farmer found it ." in found


def test_the_share_of_gold_summaries_is_one_for_the_optimum_where_exact_match_is_not():
    test = TASKS["summarisation"].examples("test", 60)
    best = [summarisation.best_summary(e.source) for e in test]
    assert thresholds.gold_share(best, test) == 1 > TASKS["summarisation"].score(best, test)["exact match"]
    assert thresholds.gold_share([e.target for e in test], test) == 1
    wrong = Example(TOLD, "felix lost his kite at the park and a farmer found it .")
    assert thresholds.gold_share([wrong.target], [wrong]) == 0


def test_every_model_and_task_is_searched_by_its_own_score():
    points = [point for point in thresholds.grid() if point["stage"] == "test"]
    assert len(points) == len(thresholds.MODELS) * len(thresholds.SCORE) * len(thresholds.SEEDS)
    for point in points:
        search = thresholds.search(point)
        assert search.score == thresholds.SCORE[point["task"]] and thresholds.models(point) == (point["model"],)
        assert [each["recipe"]["learning_rate"] for each in search.tries()] == list(thresholds.RATES)
    assert thresholds.THRESHOLDS.keys() == {*thresholds.SCORE, "alignment"}


@pytest.mark.parametrize(
    ("task", "stage", "extra"),
    [("translation", "search", set()), ("translation", "test", {"alignment"}), ("summarisation", "test", {"gold"})],
)
def test_what_is_scored(monkeypatch, task, stage, extra):
    class Predictor:
        def answer(self, examples):
            return [example.target for example in examples]

    monkeypatch.setattr(variants, "train", lambda *a, **k: Predictor())
    monkeypatch.setattr(thresholds, "gold_share", lambda answers, examples: 1.0)
    monkeypatch.setattr(thresholds, "aligned", lambda *a: {"f1": 1.0})
    thresholds.tuned.cache_clear()
    recipe = thresholds.search({"stage": "test", "model": "course-t5", "task": task}).recipes[0]
    found = thresholds.run({"stage": stage, "model": "course-t5", "task": task, "seed": 0, "recipe": recipe})
    thresholds.tuned.cache_clear()
    assert found["exact match"] == 1 and found.keys() & {"alignment", "gold"} == extra


def test_baselines_learn_nothing_and_have_no_search():
    points = [point for point in thresholds.grid() if point["stage"] == "baseline"]
    assert len(points) == 3 * len(thresholds.SEEDS) and all(thresholds.search(point) is None for point in points)
    assert {thresholds.models(point) for point in points} == {(), *((name,) for name in thresholds.MODELS)}
    with pytest.raises(ValueError, match="no baseline is called 'lot'; choose diagonal or untuned"):
        thresholds.baseline("lot", TASKS["translation"], 0)


def test_the_diagonal_looks_from_first_to_last_word_and_at_no_mark():
    example = Example("english : the wine was bad . tinytongue :", "to vino mala estis .")
    looks = thresholds.diagonal(example)[0, 0]
    assert looks.sum(1).tolist() == [1.0] * 5 and looks.argmax(1).tolist() == [2, 3, 4, 5, 6]
    assert 0 < thresholds.baseline("diagonal", TASKS["translation"], 0)["f1"] < 0.8
