"""Trainings of the experiment: the same weights as `pretrain`, killed and resumed alike; floors of both questions."""

from dataclasses import replace
from types import SimpleNamespace

import numpy as np
import pytest
import small_language
import tiny_runs
import torch

from helpers import tinytown
from helpers.evaluation.divergence import loss_scores
from helpers.experiments.causal_lm import doubled_shift, jump, training
from helpers.training.loop import fresh_model
from helpers.training.recipe import Recipe

TINY = tiny_runs.recipe("course-gpt")


def trained(folder, *, steps, recipe=TINY, **how):
    how = {"measure": lambda model, tokenizer: {"weight": float(model.transformer.wte.weight.detach().sum())}, **how}
    return training.train(recipe, at=range(2, 99, 2), steps=steps, folder=folder, source=small_language, **how)


def test_it_takes_the_steps_of_pretrain(tmp_path):
    whole, _ = tiny_runs.train(tmp_path, "course-gpt")
    ours, _, lines = trained(tmp_path / "ours", steps=TINY.steps)
    assert tiny_runs.same(whole, ours) and [line["step"] for line in lines] == list(range(2, TINY.steps + 1, 2))


def test_a_killed_training_goes_on_as_if_it_had_not_been(tmp_path):
    whole, _, lines = trained(tmp_path / "whole", steps=9)
    trained(tmp_path / "killed", steps=4)
    again, _, resumed = trained(tmp_path / "killed", steps=9)
    assert tiny_runs.same(whole, again) and resumed == lines
    with pytest.raises(ValueError, match="made with another recipe or language; delete the folder"):
        trained(tmp_path / "killed", steps=12, recipe=replace(TINY, clip=0.5))


def test_a_doubled_shift_asks_for_the_word_after_the_next():
    model, _ = fresh_model(TINY, small_language)
    batch = {"input_ids": torch.tensor([[1, 7, 8, 9, 1]]), "labels": torch.tensor([[1, 7, 8, 9, 1]])}
    before = batch["labels"].clone()
    twice = doubled_shift.shifted(batch)
    with torch.no_grad():
        output = model(input_ids=batch["input_ids"], labels=twice["labels"])
    logs = output.logits[0].log_softmax(-1)
    by_hand = -torch.stack([logs[0, 8], logs[1, 9], logs[2, 1]]).mean()
    assert torch.allclose(output.loss, by_hand, atol=1e-5) and torch.equal(batch["labels"], before)


def test_the_floor_of_the_word_after_the_next_is_the_exact_one():
    language, (document,) = tinytown.training_language(), tinytown.documents(1, split="test", seed=3)
    rows = doubled_shift.after_next_probs(document.tokens, language)
    assert rows.shape == (len(document.tokens), len(language.words) + 1) and np.allclose(rows.sum(1), 1)
    for t in (0, 1, len(document.tokens) - 1):  # by adding up over the next word
        first = tinytown.next_token_probs(list(document.tokens[:t]), language=language)
        first.pop(tinytown.END, None)
        total = np.zeros(rows.shape[1])
        for word, p in first.items():
            second = tinytown.next_token_probs([*document.tokens[:t], word], language=language)
            for after, q in second.items():
                total[language.word_id.get(after, rows.shape[1] - 1)] += p * q
        assert np.allclose(total / sum(first.values()), rows[t], atol=1e-9)


def test_the_exact_reader_of_the_word_after_the_next_has_no_excess():
    language, documents = tinytown.training_language(), tinytown.documents(3, split="test", seed=3)
    exact = [doubled_shift.after_next_probs(d.tokens, language) for d in documents]
    with np.errstate(divide="ignore"):
        said = [np.log(rows).clip(-1e9) for rows in exact]
    found = loss_scores(exact, said, list(range(len(language.words) + 1)))
    assert found["excess"] == pytest.approx(0, abs=1e-9) and found["floor"] > 0


def test_an_untrained_model_is_far_above_both_floors():
    model, tokenizer = fresh_model(Recipe("course-gpt", d_model=16, layers=1, heads=2, feed_forward=32), tinytown)
    model.eval()
    once, twice = (doubled_shift.measured(model, tokenizer, shift, count=4, samples=2) for shift in ("once", "twice"))
    assert once["excess"] == once["next word"] > 3 and twice["excess"] > 3 and twice["floor"] != once["floor"]


def test_what_is_measured_at_the_jump_has_a_number_for_every_head():
    model, tokenizer = fresh_model(Recipe("course-gpt", d_model=16, layers=2, heads=2, feed_forward=32), tinytown)
    found = jump.measured(model.eval(), tokenizer, lists=6, rows=2)
    for name in ("prefix matching", "right labels", "wrong labels"):
        assert np.shape(found[name]) == (2, 2) and (np.array(found[name]) >= 0).all()
    assert np.allclose(found["prefix matching"], found["uniform"], atol=0.01)  # untrained heads attend everywhere alike
    assert found["4-shot log_prob"] < found["4-shot optimum"] <= 0 and 0 <= found["4-shot accuracy"] <= 1


def test_a_run_is_taken_up_to_its_stop_and_summed_up(monkeypatch, tmp_path):
    recipe = replace(TINY, steps=50)
    monkeypatch.setattr(jump, "course_recipe", lambda: recipe)
    monkeypatch.setattr(training, "MODELS", tmp_path)
    asked = SimpleNamespace(train=lambda *given, **how: training.train(*given, **how, source=small_language))
    monkeypatch.setattr(jump, "training", SimpleNamespace(**vars(asked), MODELS=tmp_path))
    line = {"4-shot accuracy": 0.5, "prefix matching": [[0.1]], "right labels": [[0.2]]}
    monkeypatch.setattr(jump, "measured", lambda model, tokenizer: line)
    found = jump.run({"seed": 1, "recipe": {"stop": 6, "every": 3}})
    assert [row["step"] for row in found["lines"]] == [3, 6] and found["jump"] == [3, 6]
    assert [point["seed"] for point in jump.points()] == list(jump.SEEDS)
