"""Convergence: which stack stands behind each name, and scores that stand beside their optimum."""

from dataclasses import replace

import pytest
import torch
from tiny_variants import QUICK
from transformers import BertModel

from helpers import tinytown
from helpers.experiments.variants import changed_models, convergence, small_models, tasks
from helpers.experiments.variants.two_sided import TwoSided
from helpers.methods.embeddings.contrastive import RECIPE
from helpers.models.tokenizers import build_tokenizer
from helpers.training import gpt


@pytest.fixture
def quick(tmp_path, monkeypatch):
    """Tiny models with random weights in the place of course-bert and course-gpt."""

    def fresh(name, class_name, **_):
        if name == "course-bert":
            tokenizer = build_tokenizer(tinytown.vocabulary())
            config = changed_models.bert(QUICK, tokenizer).config
            return small_models.seeded(lambda: BertModel(config), 0).eval(), tokenizer
        tokenizer = gpt.build_tokenizer(tinytown.vocabulary())
        model = small_models.seeded(lambda: gpt.build_model(QUICK, tokenizer), 0).eval()
        return (model if class_name == "GPT2LMHeadModel" else model.transformer), tokenizer

    short = replace(RECIPE, steps=2, batch_size=4)
    monkeypatch.setattr(convergence, "fresh", fresh)
    monkeypatch.setattr(convergence, "RECIPE", QUICK)
    monkeypatch.setattr(
        convergence, "simcse", lambda *given, seed, made=convergence.simcse: made(*given, seed=seed, recipe=short)
    )
    monkeypatch.setattr(small_models, "MODELS", tmp_path)


@pytest.mark.parametrize("variant", convergence.VARIANTS[1:])
def test_a_stack_gives_a_vector_for_each_text(variant, quick):
    body, tokenizer = convergence.stack(variant, 0)
    assert (
        isinstance(body, TwoSided) == (variant in (*convergence.STEPS, convergence.WITHOUT_MASKED))
        and not body.training
    )
    found = convergence.vectors(body, tokenizer, ["the cat sat .", "the cat", "the cat sat ."])
    assert found.shape == (3, QUICK.d_model) and torch.allclose(found[0], found[2], atol=1e-6)


def test_a_point_is_measured(quick, monkeypatch):
    monkeypatch.setattr(tasks, "scored", lambda body, tokenizer, seed: {"read": type(body).__name__})
    found = convergence.run({"variant": "no mask", "seed": 0})
    assert found["tasks"] == {"read": "TwoSided"} and -1 <= found["similarity"]["cosine"] <= 1
    assert found["megabytes"] > 0 and all(time > 0 for time in found["milliseconds"].values())


def test_an_answer_to_a_prompt_does_not_beat_the_posterior(quick):
    found = convergence.run({"variant": "prompt", "seed": 0})["zero-shot"]
    assert found["accuracy"] <= found["optimum"] and found["log_prob"] <= found["optimum_log_prob"]


def test_a_stack_that_does_not_exist_is_refused():
    with pytest.raises(ValueError, match="'prompt'; choose from encoder, decoder"):
        convergence.stack("prompt", 0)
