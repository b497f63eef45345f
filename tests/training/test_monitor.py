"""Beside training: what is measured, when, in which precision, and that it changes nothing."""

import pytest
import small_language
import torch
from tiny_runs import paths, recipe, same, train

from helpers.training import gpt, log
from helpers.training.recipe import evaluation_steps


def test_evaluations_are_made_along_the_run_and_recorded(tmp_path):
    seen = []

    def evaluation(model, tokenizer):
        seen.append(model.training or torch.is_grad_enabled())
        return {"answer": len(tokenizer)}

    made = recipe("course-gpt", evaluation_points=3)
    train(tmp_path, "course-gpt", evaluations=[evaluation], evaluation_points=3)
    lines = log.read(paths(tmp_path, "course-gpt").record)[1]
    found = {line["step"]: line["evaluations"] for line in lines if "evaluations" in line}
    assert set(found) == evaluation_steps(made) and len(seen) == 3 and not any(seen)
    assert all(value["answer"] > 22 for value in found.values())


def test_evaluations_do_not_change_the_training(tmp_path):
    loud = [lambda model, tokenizer: {"noise": float(torch.rand(()))}]
    first = train(tmp_path / "a", "course-bert", evaluations=loud)[0]
    assert same(first, train(tmp_path / "b", "course-bert")[0])


def test_validation_is_in_fp32_whatever_the_training_is_in(tmp_path, monkeypatch):
    monkeypatch.setattr(torch.cpu, "get_capabilities", lambda: {"avx512_bf16": True})
    model, tokenizer = train(tmp_path, "course-gpt", steps=4)
    header, lines = log.read(paths(tmp_path, "course-gpt").record)
    documents = small_language.documents(8, split="validation", seed=0)
    how = {"recipe": recipe("course-gpt"), "tokenizer": tokenizer, "language": small_language}
    batch, floor = gpt.validation(documents, **how)
    with torch.no_grad():
        exact = float(gpt.losses(model, batch)["causal_lm"])
        with torch.autocast("cpu", torch.bfloat16):
            rounded = float(gpt.losses(model, batch)["causal_lm"])
    assert header["precision"] == "bf16" and rounded != pytest.approx(exact, abs=1e-5)
    assert (lines[-1]["validation"], lines[-1]["floor"]) == (round(exact, 5), round(floor, 5))


def test_the_record_names_the_language_and_the_command_that_makes_the_model_again(tmp_path):
    model, _ = train(tmp_path, "course-gpt", steps=2)
    header = log.read(paths(tmp_path, "course-gpt").record)[0]
    assert header["language"] == model.config.language and "--steps 2" in header["command"]
