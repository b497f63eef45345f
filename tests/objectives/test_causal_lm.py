"""Rows for the decoder: both end marks, labels equal to the inputs, nothing shifted."""

import pytest
import torch

from helpers.objectives.causal_lm import causal_lm_batch
from helpers.objectives.padding import pad_rows

END = {"end_id": 5, "pad_id": 0}


def test_labels_are_the_inputs_and_only_padding_is_left_out():
    batch = causal_lm_batch([[7, 8, 9], [6]], **END)
    real = batch["attention_mask"] == 1
    assert torch.equal(batch["labels"][real], batch["input_ids"][real]) and (batch["labels"][~real] == -100).all()
    assert batch["input_ids"].tolist() == [[5, 7, 8, 9, 5], [5, 6, 5, 0, 0]]


def test_the_end_of_a_text_is_learnt_although_it_looks_like_its_beginning():
    assert causal_lm_batch([[7]], **END)["labels"].tolist() == [[5, 7, 5]]


def test_a_padding_id_that_occurs_in_the_text_is_kept():
    batch = causal_lm_batch([[0, 7], [8]], **END)
    assert batch["labels"].tolist() == [[5, 0, 7, 5], [5, 8, 5, -100]]


def test_documents_are_not_changed_and_width_is_respected():
    given = [[7, 8], [9]]
    assert causal_lm_batch(given, width=10, **END)["labels"].shape == (2, 10)
    assert given == [[7, 8], [9]]


@pytest.mark.parametrize(
    "rows, message",
    [
        ([], "no rows"),
        ([[7], []], "row 1 is empty"),
        ([[7] * 127], "row 0 has 127 tokens, the model has 126 positions"),
    ],
)
def test_documents_that_no_model_can_read_are_refused(rows, message):
    with pytest.raises(ValueError, match=message):
        causal_lm_batch(rows, **END)


def test_padding_never_hides_a_row_that_is_too_long():
    with pytest.raises(ValueError, match="row 0 has 129 tokens"):
        pad_rows([[7] * 129], pad_id=0)
