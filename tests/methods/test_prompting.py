"""Prompts: the source is read, and only the target is asked for."""

import pytest
from stand_ins import GPT

from helpers.methods import prompting
from helpers.objectives.padding import IGNORE_INDEX
from helpers.tasks import TASKS
from helpers.tasks.task import Example
from helpers.training.finetuning import FineTuning


def test_a_prompt_is_read_and_only_the_target_is_asked_for():
    batch = prompting.prompt_batches(GPT)([Example("the cat", "sat ."), Example("a", "dog")])
    words = [GPT.convert_ids_to_tokens(row) for row in batch["input_ids"].tolist()]
    assert words[0] == ["<|endoftext|>", "the", "cat", "sat", ".", "<|endoftext|>"] and words[1][4:] == ["[PAD]"] * 2
    asked = [
        [t for t, label in zip(row, labels) if label != IGNORE_INDEX]
        for row, labels in zip(words, batch["labels"].tolist())
    ]
    assert asked == [["sat", ".", "<|endoftext|>"], ["dog", "<|endoftext|>"]]


def test_an_empty_training_set_is_named():
    with pytest.raises(ValueError, match="training set of code is empty"):
        prompting.prompt(TASKS["code"], "course-gpt", [], seed=0, recipe=FineTuning(steps=2))
