"""What keeps the encoder low in QA: one thing changes at a time, and QA begins with the body that has matched names."""

from dataclasses import replace

import pytest
import torch

from helpers.experiments import suitability, tasks
from helpers.experiments.suitability import question_limits
from helpers.methods import heads
from helpers.models.course import is_trained, pretrainings
from helpers.tasks import TASKS

POINTS = list(question_limits.points())


def test_every_change_has_the_recipe_of_the_table_and_only_a_pretraining_that_is_there():
    cell = {"task": "questions", "family": "encoder", "model": "course-bert", "method": "head"}
    assert {str(p["recipe"]) for p in POINTS} == {str(tasks.EXPERIMENT.chosen(tasks.search({"stage": "test", **cell})))}
    others = [name for name in pretrainings("course-bert")[1:] if is_trained(name)]
    changes = [(p["change"], p["model"]) for p in POINTS]
    assert changes == [
        (question_limits.MATCHED, "course-bert"),
        (question_limits.MARKED, "course-bert"),
        *((question_limits.OTHER, name) for name in others),
    ]
    assert all(suitability.models(p) == (p["model"],) for p in POINTS)


def test_a_marked_passage_is_the_tables_passage_with_one_mark_between_its_halves():
    plain, marked = (task.examples("test", 100) for task in (TASKS["questions"], question_limits.MARKED_TASK))
    for one, other in zip(plain, marked):
        words, place = other.second.split(), other.second.split().index("[SEP]")
        assert (one.source, one.target) == (other.source, other.target)
        assert one.second.split() == words[:place] + words[place + 1 :] and words[place - 1] == "."
        assert " ".join(words[other.span[0] : other.span[1] + 1]) == one.target
    assert {e.span[0] > e.second.split().index("[SEP]") for e in marked} == {True, False}


@pytest.mark.parametrize("change", [question_limits.MATCHED, question_limits.MARKED])
def test_questions_begin_with_the_body_of_the_change(monkeypatch, change):
    begun = {}

    def tune_head(task, model, tokenizer, train, **how):
        begun["task"], begun["weights"] = task.name, {name: w.clone() for name, w in model.state_dict().items()}
        return original(task, model, tokenizer, train, **how)

    original = heads.tune_head
    short = replace(question_limits.MATCHING, steps=2)
    monkeypatch.setattr(question_limits.matched, "__defaults__", (short,))
    monkeypatch.setattr(heads, "tune_head", tune_head)
    (point,) = [p for p in POINTS if p["change"] == change]
    found = question_limits.run({**point, "seed": 0, "recipe": {**point["recipe"], "steps": 2}})
    matched = change == question_limits.MATCHED
    assert ("matched" in found) == matched and 0 <= found["f1"] <= 1
    assert begun["task"] == ("questions" if matched else "questions, halves marked")
    plain, _ = heads.fresh("course-bert", heads.CLASSES["span"], seed=0, num_labels=2)
    expected = question_limits.matched("course-bert", 0)[0] if matched else plain
    for name, weight in expected.base_model.state_dict().items():
        if not name.startswith("pooler"):
            assert torch.equal(begun["weights"][f"bert.{name}"], weight), name
    same = torch.equal(
        begun["weights"]["bert.encoder.layer.0.output.dense.weight"], plain.bert.encoder.layer[0].output.dense.weight
    )
    assert same != matched
