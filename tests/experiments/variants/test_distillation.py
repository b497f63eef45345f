"""Distillation: students of half the layers that differ in one part of the recipe, and what they keep."""

import pytest
import torch
from tiny_variants import QUICK
from transformers import BertConfig, BertForMaskedLM

from helpers import tinytown
from helpers.experiments.variants import distillation, distilling, small_models, tasks
from helpers.models.tokenizers import build_tokenizer


@pytest.fixture
def teacher(tmp_path, monkeypatch):
    """A tiny teacher with random weights in the place of course-bert."""
    tokenizer = build_tokenizer(tinytown.vocabulary())
    config = BertConfig(
        vocab_size=len(tokenizer),
        hidden_size=16,
        num_hidden_layers=4,
        num_attention_heads=2,
        intermediate_size=16,
        max_position_embeddings=128,
        hidden_dropout_prob=0.0,
        attention_probs_dropout_prob=0.0,
    )
    model = small_models.seeded(lambda: BertForMaskedLM(config), 7).eval()
    monkeypatch.setattr(distillation, "teacher", lambda: (model, tokenizer))
    monkeypatch.setattr(distillation, "RECIPE", QUICK)
    monkeypatch.setattr(distillation, "COUNT", 5)
    monkeypatch.setattr(small_models, "MODELS", tmp_path)
    return model, tokenizer


def a_batch(tokenizer):
    documents = tinytown.documents(6, seed=2)
    family = distilling.Distillation(None)
    how = {"recipe": QUICK, "tokenizer": tokenizer, "generator": torch.Generator().manual_seed(0)}
    return family.collate(family.examples(documents, None, **how), **how)


def test_a_student_starts_from_one_layer_in_two_and_shares_nothing(teacher):
    model, _ = teacher
    student = distillation.student("distilled", 0)
    for place, layer in enumerate(student.bert.encoder.layer):
        pairs = zip(layer.parameters(), model.bert.encoder.layer[2 * place].parameters(), strict=True)
        assert all(torch.equal(a, b) and a is not b for a, b in pairs)
    assert len(student.bert.encoder.layer) == 2 and len(model.bert.encoder.layer) == 4


def test_a_random_start_has_the_same_shape_and_none_of_the_teachers_matrices(teacher):
    one, two = (distillation.student(variant, 0).state_dict() for variant in ("distilled", "random start"))
    assert {n: v.shape for n, v in one.items()} == {n: v.shape for n, v in two.items()}
    assert not any(torch.equal(one[n], two[n]) for n in one if one[n].ndim == 2)


def test_a_student_that_is_its_teacher_loses_nothing_but_the_hidden_words(teacher):
    model, tokenizer = teacher
    found = distilling.Distillation(model).losses(model, a_batch(tokenizer))
    assert found["soft targets"].item() == pytest.approx(0, abs=1e-5)
    assert found["cosine"].item() == pytest.approx(0, abs=1e-5)
    assert found["hidden words"] > 1


def test_soft_targets_are_the_divergence_of_the_softened_distributions():
    student, due = torch.tensor([[1.0, 3.0, 0.0]]), torch.tensor([[0.0, 4.0, 1.0]])
    p, q = (due / 2).softmax(-1), (student / 2).softmax(-1)
    assert distilling.soft_target_loss(student, due).item() == pytest.approx(
        4 * float((p * (p / q).log()).sum()), rel=1e-5
    )


def test_padding_does_not_count(teacher):
    model, tokenizer = teacher
    student, batch = distillation.student("random start", 0), a_batch(tokenizer)
    more = {
        "input_ids": torch.nn.functional.pad(batch["input_ids"], (0, 3)),
        "attention_mask": torch.nn.functional.pad(batch["attention_mask"], (0, 3)),
        "labels": torch.nn.functional.pad(batch["labels"], (0, 3), value=-100),
    }
    one, two = (distilling.Distillation(model).losses(student, given) for given in (batch, more))
    assert {n: v.item() for n, v in one.items()} == pytest.approx({n: v.item() for n, v in two.items()}, rel=1e-4)


@pytest.mark.parametrize("variant", distillation.TRAINED)
def test_each_student_has_the_terms_that_its_name_says(variant, teacher):
    model, tokenizer = teacher
    terms, _ = distillation.TRAINED[variant]
    family = distilling.Distillation(model, tuple((term, distilling.WEIGHTS[term]) for term in terms))
    found = family.losses(distillation.student(variant, 0), a_batch(tokenizer))
    assert {name for name, value in found.items() if value != 0} == set(terms)


def test_points_are_scored_and_the_teacher_is_not_trained(teacher, monkeypatch):
    monkeypatch.setattr(tasks, "scored", lambda body, tokenizer, seed: {"read": body.config.num_hidden_layers})
    before = {name: value.clone() for name, value in teacher[0].state_dict().items()}
    whole, half = (distillation.run({"variant": v, "seed": 0}) for v in ("teacher", "distilled"))
    assert (whole["tasks"]["read"], half["tasks"]["read"]) == (4, 2)
    assert whole["tables"] == half["tables"] and whole["rest"] > half["rest"] > 0
    assert all(time > 0 for time in half["milliseconds"].values()) and half["excess"] > 0
    assert all(torch.equal(before[name], value) for name, value in teacher[0].state_dict().items())


def test_what_is_refused():
    with pytest.raises(ValueError, match="'tiny'; choose from layers cut, distilled"):
        distillation.student("tiny", 0)
    with pytest.raises(ValueError, match="not above chance 0.500; train it first"):
        distillation.kept({"accuracy": 0.5, "chance": 0.5}, {"accuracy": 0.5, "chance": 0.5})
    config = BertConfig(vocab_size=9, hidden_size=8, num_attention_heads=2, num_hidden_layers=3, intermediate_size=8)
    with pytest.raises(ValueError, match="3 layers cannot be cut to one in 2"):
        distilling.student_of(BertForMaskedLM(config))
