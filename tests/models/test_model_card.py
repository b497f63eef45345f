"""Model cards say what was recorded, and change when the record changes."""

import pytest
from huggingface_hub import ModelCard

from helpers.models.model_card import LANGUAGE, render, score_table
from helpers.training.recipe import Recipe

HEADER = {
    "recipe": Recipe("course-gpt", seed=7).to_dict(),
    "parameters": 949_504,
    "floor": 0.9,
    "device": "cpu",
    "threads": 1,
    "command": "python -m helpers.training course-gpt --seed 7",
    "torch": "2",
    "transformers": "5",
    "python": "3",
}
LAST = {"step": 20_000, "words": 31_234_567, "seconds": 3_600.0, "validation": 0.912, "floor": 0.9}
SCORES = {
    "nats above the floor": {"value": 0.01234, "must": 0.03},
    "4-shot label": {"model": 0.9123, "exact": 0.95, "share of exact": 0.9603},
    "loss": {"model": 0.51, "exact": 0.5, "difference": 0.01},
    LANGUAGE: {"model": "0123456789ab"},
}


def test_the_card_carries_data_recipe_seed_scores_floor_and_command():
    card = render("course-gpt", (HEADER, [LAST]), SCORES)
    for expected in (
        "31,234,567 words",
        "seed 7",
        "0.01234",
        "| 0.03 |",
        "exact floor 0.900",
        HEADER["command"],
        "GPT2LMHeadModel",
        "60 minutes",
        "949,504 parameters",
        "fingerprint 0123456789ab",
    ):
        assert expected in card


def test_the_cards_header_holds_every_measured_number_as_data():
    data = ModelCard(render("course-gpt", (HEADER, [LAST]), SCORES)).data
    assert (data.license, data.library_name, data.language) == ("mit", "transformers", "en")
    found = {result.metric_name: result for result in data.eval_results}
    assert {name: (result.metric_type, result.metric_value) for name, result in found.items()} == {
        "4-shot label": ("accuracy", 0.9123),
        "loss": ("loss", 0.51),
    }
    assert found["loss"].metric_args == {"optimum": 0.5} and found["loss"].dataset_revision == "0123456789ab"


def test_another_record_gives_another_card():
    other = {**LAST, "words": 5}
    assert "5 words" in render("course-gpt", (HEADER, [other]), SCORES)


def test_missing_numbers_leave_their_cell_empty():
    assert score_table({"a": {"x": 1}, "b": {"y": 2}}).splitlines()[2:] == ["| a | 1 | |", "| b | | 2 |"]


def test_a_run_without_steps_has_no_card():
    with pytest.raises(ValueError, match="train it first"):
        render("course-gpt", (HEADER, []), SCORES)


def test_two_stacks_are_told_apart_and_t5s_falling_rate_is_on_its_card():
    header = {**HEADER, "recipe": Recipe("course-t5").to_dict()}
    card = render("course-t5", (header, [LAST]), SCORES)
    assert "2 + 2 layers" in card and "T5ForConditionalGeneration" in card and "50% at first, falling to 15%" in card
    assert "4 layers" in render("course-gpt", (HEADER, [LAST]), SCORES)


def test_the_phase_is_on_the_card_and_only_where_there_was_one():
    chosen = Recipe("course-bert", phase_chunk=7, phase_chunks=20).to_dict()
    for recipe, there in ((chosen, True), (HEADER["recipe"], False)):
        card = render("course-gpt", ({**HEADER, "recipe": recipe}, [LAST]), SCORES)
        assert ("in 20 chunks from chunk 7 on 75% of the documents are of the scene 'list'" in card) == there
        assert ("cut after three to 5 sentences, one word hidden" in card) == there
