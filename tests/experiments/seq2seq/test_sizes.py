"""Translation by size: every variant, size and seed, and one search a variant."""

import pytest

from helpers.experiments.seq2seq import sizes
from helpers.experiments.seq2seq.variants import VARIANTS


def test_every_variant_has_the_same_sizes_seeds_and_search():
    points = [point for point in sizes.grid() if point["stage"] == "test"]
    assert len(points) == len(VARIANTS) * len(sizes.SIZES) * len(sizes.SEEDS)
    none = [point for point in sizes.grid() if point["stage"] == "zero"]
    assert len(none) == len(VARIANTS) * len(sizes.SEEDS) and all(p["size"] == 0 for p in none)
    assert {sizes.search(point) for point in none} == {None}
    for point in points:
        tries = sizes.search(point).tries()
        assert [each["recipe"]["learning_rate"] for each in tries] == list(sizes.RATES)
        assert {each["size"] for each in tries} == {sizes.SEARCHED_AT}
        assert sizes.models(point) == (VARIANTS[point["variant"]].model,)


@pytest.mark.parametrize(("stage", "split"), [("search", "validation"), ("test", "test")])
def test_a_search_is_scored_on_validation(monkeypatch, stage, split):
    seen = []

    class Predictor:
        def answer(self, examples):
            seen.append(examples)
            return [example.target for example in examples]

    monkeypatch.setattr(sizes, "train", lambda name, task, examples, **how: seen.append(len(examples)) or Predictor())
    recipe = sizes.search({"stage": "test", "variant": "course-t5"}).recipes[0]
    point = {"stage": stage, "variant": "course-t5", "size": 30, "seed": 0, "recipe": recipe}
    assert sizes.run(point)["exact match"] == 1
    assert seen == [30, sizes.TASKS["translation"].examples(split, seed=0)]
