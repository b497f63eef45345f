"""Labelled reviews in a prompt: it is its examples and the question, as many as fit, read as the model reads it."""

import math

import numpy as np
import pytest
import torch

from helpers.methods import in_context
from helpers.models import load_course
from helpers.tasks import reviews

OWN = {"good": "good", "bad": "bad"}
TEXTS = ["the pizza was fantastic .", "the pizza was awful .", "the pizza was great but the waiter was terrible ."]


def test_a_prompt_is_its_examples_and_the_question():
    examples = [("fine .", "good"), ("cold .", "bad")]
    how = {"pattern": "{text} it is [MASK] .", "verbalizer": OWN}
    assert in_context.written(examples, "late .", between=" | ", **how) == (
        "fine . it is good . | cold . it is bad . | late . it is"
    )
    with pytest.raises(ValueError, match="no word covers the label 'mixed'"):
        in_context.written([("odd .", "mixed")], "late .", between=" ", **how)


def test_as_many_examples_as_fit_stand_in_the_prompt_and_the_others_do_not_matter():
    model, tokenizer = load_course("course-gpt")
    examples = [(review.text, review.label) for review in reviews.labelled(64, seed=0)]
    how = {"pattern": "{text} the restaurant is [MASK] .", "verbalizer": OWN}
    prompt = in_context.longest_prompt(tokenizer, examples, TEXTS[0], room=128, between=" ", **how)
    shown = prompt.count("the restaurant is") - 1
    assert shown == in_context.examples_that_fit(tokenizer, examples, TEXTS[0], room=128, between=" ", **how)
    assert 2 <= shown <= 12 and shown % 2 == 0 and len(tokenizer(prompt)["input_ids"]) <= 128
    longer = in_context.written(examples[: shown + 2], TEXTS[0], between=" ", **how)
    assert len(tokenizer(longer)["input_ids"]) > 128
    few, many = (in_context.label_probs(model, tokenizer, examples[:k], TEXTS, **how) for k in (16, 64))
    assert np.allclose(few, many) and np.allclose(many.sum(1), 1)
    with pytest.raises(ValueError, match="the question alone has more than 5 tokens"):
        in_context.longest_prompt(tokenizer, examples, TEXTS[0], room=5, between=" ", **how)
    with pytest.raises(ValueError, match="asks before the text"):
        in_context.label_probs(model, tokenizer, [], TEXTS, pattern="[MASK] : {text}", verbalizer=OWN)


def test_a_prompt_without_examples_is_read_as_the_model_reads_it():
    model, tokenizer = load_course("course-gpt")
    found = in_context.label_probs(
        model, tokenizer, [], TEXTS, pattern="{text} the restaurant is [MASK] .", verbalizer=OWN
    )
    for text, row in zip(TEXTS, found):
        with torch.no_grad():
            logits = model(**tokenizer(f"{text} the restaurant is", return_tensors="pt")).logits[0, -1]
        good, bad = (float(logits[tokenizer.convert_tokens_to_ids(word)]) for word in ("good", "bad"))
        assert row[0] == pytest.approx(1 / (1 + math.exp(bad - good)), abs=1e-4)
