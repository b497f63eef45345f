"""A model is measured in the language that it was trained on, or in scenes of another that it knows."""

import functools
import json
from dataclasses import replace

import pytest

from helpers import evaluation, tinytown
from helpers.models import DATA, load_course
from helpers.tinytown import language as languages
from helpers.tinytown.compiling import compile_language
from helpers.tinytown.grammar import Scene, words
from helpers.tinytown.language import all_scenes

KITCHEN = Scene(
    "kitchen",
    facts={"pan": words("wok skillet")},
    tables={},
    kinds={"cook": ["the {pan} was hot ."]},
    orders=[(1, "cook")],
)


@functools.cache
def course(name):
    return load_course(name, attn_implementation="sdpa")


@pytest.fixture
def another_language(monkeypatch):
    """A function that makes Tinytown have other scenes until the test is over."""

    def change(scenes):
        made = compile_language(scenes, held_out=True)
        monkeypatch.setattr(tinytown, "training_language", lambda: made)
        monkeypatch.setattr(languages, "training_language", lambda: made)
        languages._only.cache_clear()
        return made

    yield change
    languages._only.cache_clear()


@pytest.mark.parametrize("name", ["course-bert", "course-gpt", "course-t5", "course-bart"])
def test_shipped_models_name_the_language_as_it_is(name):
    config = json.loads((DATA / "models" / name / "config.json").read_text(encoding="utf-8"))
    assert config["language"] == tinytown.training_language().fingerprint()
    model, tokenizer = course(name)
    assert model.config.language == config["language"]
    assert evaluation.measured_language(model, tokenizer) is tinytown.training_language()


@pytest.mark.parametrize(
    ("measure", "name"),
    [
        (evaluation.causal_excess, "course-gpt"),
        (evaluation.valid_samples, "course-gpt"),
        (evaluation.k_shot, "course-gpt"),
        (evaluation.masked_excess, "course-bert"),
        (evaluation.next_sentence, "course-bert"),
        (evaluation.zero_shot_pet, "course-bert"),
        (evaluation.list_cloze, "course-bert"),
        (evaluation.unmasked_guesses, "course-bert"),
        (evaluation.spot_replaced, "course-bert"),
        (evaluation.span_excess, "course-t5"),
        (evaluation.denoising_excess, "course-bart"),
    ],
)
def test_one_changed_weight_of_the_grammar_and_the_shipped_models_are_refused(another_language, measure, name):
    first, *others = all_scenes()
    another_language([replace(first, weight=2 * first.weight), *others])
    with pytest.raises(ValueError, match=f"{name} was trained on another language.*`make models`.*only"):
        measure(*course(name), count=4)


def test_a_scene_that_a_learner_adds_is_refused_and_the_others_are_measured_on_demand(another_language):
    made = another_language([*all_scenes(), KITCHEN])
    model, tokenizer = course("course-gpt")
    with pytest.raises(ValueError, match="course-gpt was trained on another language"):
        evaluation.causal_excess(model, tokenizer, count=4)
    with pytest.raises(ValueError, match="does not keep 'skillet', 'wok' whole, and .* writes them; train it again"):
        evaluation.causal_excess(model, tokenizer, count=4, language=made)
    with pytest.raises(ValueError, match="does not keep 'skillet', 'wok' whole"):
        evaluation.causal_excess(model, tokenizer, count=4, language=tinytown.only("kitchen", "list"))
    found = evaluation.causal_excess(model, tokenizer, count=8, language=tinytown.only("list", "news"))
    assert 0 <= found["excess"] < 0.1
    assert evaluation.k_shot(model, tokenizer, count=8, language=tinytown.only("list"))["accuracy"] > 0.5
    with pytest.raises(ValueError, match="has no scene 'list'"):
        evaluation.k_shot(model, tokenizer, count=8, language=tinytown.only("news"))


def test_a_model_that_names_no_language_is_taken_at_its_word():
    model, tokenizer = load_course("course-gpt")
    del model.config.language
    assert evaluation.causal_excess(model, tokenizer, count=4)["excess"] >= 0
