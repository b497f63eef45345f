"""Recipes: written down and read back, refused where impossible, and the learning rate that they ask for."""

import math

import pytest
import torch

from helpers.training import log
from helpers.training.__main__ import parser, recipe_of
from helpers.training.log import RECORDS
from helpers.training.recipe import Recipe, command_of, learning_rate, precision_here


@pytest.mark.parametrize(
    "changes",
    [
        {"precision": "fp8"},
        {"steps": 0},
        {"batch_tokens": 5},
        {"batches": 0},
        {"phase_share": 2.0},
        {"phase_share": -0.5},
        {"phase_chunk": -3},
        {"phase_chunks": -7},
        {"phase_sentences": 2},
        {"mask_copies": 0},
        {"mask_copies": 7},  # without a corpus
        {"random_share": 1.25},
        {"scored_rate": 0.35},  # more than are hidden
        {"scored_rate": -0.5},
    ],
)
def test_impossible_recipes_name_the_value(changes):
    with pytest.raises(ValueError, match=str(next(iter(changes.values())))):
        Recipe("course-gpt", **changes)


ABLATED = {"scored_rate": 0.1, "random_share": 0.0, "next_sentence_loss": False}


@pytest.mark.parametrize("switch", [{}, {"batches": 2}, {"phase_chunks": 2}, ABLATED])
def test_a_recipe_comes_back_as_it_was_and_says_nothing_of_what_it_does_not_use(switch):
    made = Recipe("course-bert", seed=7, **switch)
    assert Recipe.from_dict(made.to_dict()) == made
    optional = {"batches", "phase_chunks", "phase_chunk", "phase_scene", "phase_share", "phase_sentences"}
    optional |= {"scored_rate", "mask_copies", "random_share", "next_sentence_loss"}
    assert {name.split("_")[0] for name in optional & made.to_dict().keys()} == {n.split("_")[0] for n in switch}


def asked_by(command):
    """The recipe that a command asks for."""
    return recipe_of(parser().parse_args(command.removeprefix("python -m helpers.training ").split()))


def test_the_command_of_a_recipe_asks_for_this_recipe():
    made = Recipe("course-bert", seed=3, phase_chunks=9, phase_scene="clinic", peak_learning_rate=1e-3)
    assert asked_by(command_of(made, threads=2)) == made


@pytest.mark.parametrize("path", sorted(RECORDS.glob("*.jsonl")), ids=lambda path: path.stem)
def test_the_command_of_each_record_makes_the_recorded_model_again(path):
    header, lines = log.read(path)
    made = Recipe.from_dict(header["recipe"])
    assert asked_by(header["command"]) == made
    assert [line["learning_rate"] for line in lines] == pytest.approx(
        [learning_rate(made, line["step"] - 1) for line in lines], rel=1e-9, abs=1e-15
    )


def by_hand(peak, warmup, steps, step):
    if step < warmup:
        return peak * (step + 1) / warmup
    return peak * 0.5 * (1 + math.cos(math.pi * min(1.0, (step - warmup) / max(1, steps - warmup))))


@pytest.mark.parametrize("steps, warmup", [(1000, 100), (7, 100), (1, 500), (50, 0)])
def test_the_learning_rate_is_a_warm_up_and_a_cosine(steps, warmup):
    made = Recipe("course-gpt", steps=steps, warmup_steps=warmup)
    expected = [by_hand(made.peak_learning_rate, min(warmup, steps // 2), steps, step) for step in range(steps)]
    assert [learning_rate(made, step) for step in range(steps)] == pytest.approx(expected, rel=1e-12)


def test_bf16_is_used_only_where_the_processor_multiplies_in_it(monkeypatch):
    monkeypatch.setattr(torch.cuda, "is_available", lambda: False)
    cases = [({"avx2": True, "avx512_bf16": False}, "fp32"), ({"avx512_bf16": True}, "bf16"), ({}, "fp32")]
    for able, precision in cases:
        monkeypatch.setattr(torch.cpu, "get_capabilities", lambda able=able: able)
        assert precision_here(Recipe("course-bert", precision="bf16")) == precision
    assert precision_here(Recipe("course-bert", precision="fp32")) == "fp32"
