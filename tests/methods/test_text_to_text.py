"""Two stacks: the decoder that is given cannot look ahead, and what cannot be read is named."""

import pytest
import torch
from stand_ins import PAIR, tiny

from helpers.methods import text_to_text
from helpers.tasks import TASKS
from helpers.tasks.task import Example
from helpers.training.finetuning import FineTuning


def test_the_decoder_that_an_encoder_is_given_cannot_look_ahead():
    model, tokenizer = text_to_text.two_stacks("course-bert")
    source, target = (tokenizer(text, return_tensors="pt")["input_ids"] for text in ("the cat sat .", "a dog ran ."))
    other = target.clone()
    other[0, -2:] = tokenizer.convert_tokens_to_ids("the")
    with torch.no_grad():
        one, two = (model(input_ids=source, decoder_input_ids=ids).logits for ids in (target, other))
    assert torch.allclose(one[:, :-2], two[:, :-2], atol=1e-5) and not torch.allclose(one, two, atol=1e-2)


@pytest.mark.parametrize(
    ("example", "message"),
    [
        (Example("  ", "to vino"), "example 1 has an empty source; leave it out"),
        (Example("the wine " * 80, "to vino"), "row 1 has 161 tokens, the model has 128 positions; cut the text"),
        (Example("the wine", "vino " * 160), "row 1 has 161 tokens, the model has 128 positions; cut the text"),
    ],
)
def test_a_pair_that_two_stacks_cannot_read_or_write_is_named(example, message):
    with pytest.raises(ValueError, match=message):
        text_to_text.source_target_batches(PAIR, tiny("course-bart"))([Example("the wine", "to vino"), example])


def test_an_empty_training_set_is_named():
    with pytest.raises(ValueError, match="training set of code is empty"):
        text_to_text.with_decoder(TASKS["code"], "course-bert", [], seed=0, recipe=FineTuning(steps=2))
