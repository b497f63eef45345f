"""One change at a time: each variant has a base that is measured, and differs from it as its name says."""

import pytest
from tiny_variants import QUICK

from helpers.experiments.variants import one_change, small_models, tasks


@pytest.fixture
def quick(tmp_path, monkeypatch):
    monkeypatch.setattr(small_models, "MODELS", tmp_path)
    monkeypatch.setattr(one_change, "RECIPE", QUICK)
    monkeypatch.setattr(one_change, "COUNT", 5)
    monkeypatch.setattr(tasks, "scored", lambda body, tokenizer, seed: {"read": type(body).__name__})


def test_every_change_is_compared_with_a_base_that_is_measured():
    assert set(one_change.BASES.values()) <= set(one_change.VARIANTS)
    assert set(one_change.VARIANTS) - set(one_change.BASES) == {"BERT", "BERT, [MASK] alone"}


def test_the_ladder_and_its_base_share_one_recipe():
    ladder = {one_change.recipe_of(name) for name in (*one_change.electra.QUESTIONS, "BERT, [MASK] alone")}
    others = {one_change.recipe_of(name) for name in one_change.changed_models.MAKERS}
    assert len(ladder) == len(others) == 1
    one, two = (recipes.pop().to_dict() for recipes in (ladder, others))
    assert {name for name in one if one[name] != two[name]} == {"mix"}


@pytest.mark.parametrize("variant", ["gated MLP", "BERT, [MASK] alone", "all-tokens MLM", "ELECTRA"])
def test_a_point_is_measured(variant, quick):
    found = one_change.run({"variant": variant, "seed": 0})
    assert found["step"] == QUICK.steps and found["tasks"] == {"read": "BertModel"} and found["rest"] > 0
    assert (found["excess"] is None) == (variant in one_change.electra.QUESTIONS)


def test_the_generator_is_not_counted(quick):
    base, electra = (one_change.run({"variant": name, "seed": 0}) for name in ("BERT", "ELECTRA"))
    assert (base["tables"], base["rest"]) == (electra["tables"], electra["rest"])


def test_a_variant_that_does_not_exist_is_refused():
    with pytest.raises(ValueError, match="'post-norm'; choose from BERT"):
        one_change.recipe_of("post-norm")
