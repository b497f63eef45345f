"""Two languages: settings that differ in one thing, and measures that a model without a difference passes in full."""

from dataclasses import replace

import pytest
import torch
from tiny_variants import QUICK

from helpers.experiments.variants import faketown, languages, small_models, tasks
from helpers.experiments.variants.faketown import Setting

SMALL = {"layers": 2, "d_model": 16}
QUICKLY = {"seed": 0, "recipe": replace(tasks.RECIPE, steps=2), "counts": {"train": 40, "test": 20}}


@pytest.fixture
def alike():
    """A model that gives every Faketown word the vector of its copy: whoever knows one language knows the other."""
    model, tokenizer = faketown.build(Setting(**SMALL), 0, QUICK)
    table = model.get_input_embeddings().weight.data
    table[len(tokenizer) :] = table[: len(tokenizer)]
    return model.eval(), tokenizer


def test_every_setting_but_the_last_changes_one_thing():
    base = languages.SETTINGS["all shared"]
    for name, setting in languages.SETTINGS.items():
        changed = [field for field in vars(base) if getattr(base, field) != getattr(setting, field)]
        assert len(changed) == {"all shared": 0, "nothing shared": 3}.get(name, 1)


@pytest.mark.parametrize("same_order", [True, False])
def test_a_model_of_one_language_twice_translates_everything(alike, same_order):
    model, tokenizer = alike
    assert languages.word_translation(model, tokenizer) == 1
    if same_order:
        assert languages.text_translation(model, tokenizer, Setting(**SMALL), count=20) == 1


def test_a_model_of_one_language_twice_carries_everything_over(alike):
    setting = Setting(**SMALL)
    still = {**QUICKLY, "recipe": replace(tasks.RECIPE, steps=1, learning_rate=1e-9)}  # training moves one copy alone
    found = languages.transfer(*alike, setting, **still)
    assert all(scores["tinytown"] == pytest.approx(scores["faketown"]) for scores in found.values())
    one, two = (languages.excess(*alike, setting, fake=fake, count=10) for fake in (False, True))
    assert one == pytest.approx(two, rel=1e-4) and one > 0


def test_gaps_and_places_follow_the_order_of_words(alike):
    setting, (model, tokenizer) = Setting(**SMALL, same_order=False), alike
    problem = tasks.problems("entities", "test", 20, 0)[0]
    turned = languages.faked(problem, setting)
    assert turned.text.split() == problem.text.split()[::-1]
    assert [turned.text.split()[p] for p in turned.places] == [problem.text.split()[p] for p in problem.places][::-1]
    assert (turned.exact == problem.exact[::-1]).all() and turned.labels == problem.labels[::-1]
    without_positions = model.bert.embeddings.position_embeddings.weight.data.zero_()
    assert not without_positions.any()  # without positions the order of words cannot matter
    one, two = (languages.excess(model, tokenizer, setting, fake=fake, count=10) for fake in (False, True))
    assert one == pytest.approx(two, rel=1e-4)


def test_a_point_is_trained_and_measured(tmp_path, monkeypatch):
    monkeypatch.setattr(small_models, "MODELS", tmp_path)
    monkeypatch.setattr(languages, "RECIPE", QUICK)
    monkeypatch.setitem(languages.SETTINGS, "one layer", Setting(layers=1, d_model=16))
    monkeypatch.setattr(languages, "transfer", lambda *_, seed: {"seed": seed})
    found = languages.run({"variant": "one layer", "seed": 1})
    assert found["tasks"] == {"seed": 1} and found["excess"] > 0 and found["faketown excess"] > 0
    assert 0 <= found["words"] <= 1 and 0 <= found["texts"] <= 1


def test_nearest_counts_pairs():
    one = torch.eye(4)
    assert languages.nearest(one, one) == 1 and languages.nearest(one, one.roll(1, 0)) == 0


def test_a_setting_that_does_not_exist_is_refused():
    with pytest.raises(ValueError, match="'own blocks'; choose from all shared"):
        languages.setting_of("own blocks")
