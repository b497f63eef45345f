"""One padded batch, whatever state the tokenizer was left in."""

import pytest

from helpers.models.encoding import encode
from helpers.models.tokenizers import build_tokenizer

TEXTS = ["the cat sat", "cat"]


@pytest.fixture
def tokenizer():
    return build_tokenizer(["the", "cat", "sat"])


@pytest.mark.parametrize("left_as", ["left", "right"])
def test_the_side_of_the_padding_is_the_one_asked_for(tokenizer, left_as):
    tokenizer.padding_side = left_as
    assert encode(tokenizer, TEXTS)["attention_mask"].tolist() == [[1] * 5, [1, 1, 1, 0, 0]]
    assert encode(tokenizer, TEXTS, side="left")["attention_mask"].tolist() == [[1] * 5, [0, 0, 1, 1, 1]]
    assert tokenizer.padding_side == left_as


def test_pairs_are_written_side_by_side(tokenizer):
    batch = encode(tokenizer, TEXTS, ["sat", "the cat"])
    words = [tokenizer.decode(row, skip_special_tokens=True) for row in batch["input_ids"]]
    assert words == ["the cat sat sat", "cat the cat"]
    assert batch["token_type_ids"].tolist() == [[0, 0, 0, 0, 0, 1, 1], [0, 0, 0, 1, 1, 1, 0]]


def test_nothing_is_cut_off_in_silence(tokenizer):
    tokenizer.model_max_length = 6
    assert encode(tokenizer, ["cat cat cat cat"])["input_ids"].shape == (1, 6)
    with pytest.raises(ValueError, match="7 tokens"):
        encode(tokenizer, ["cat", "cat cat cat cat cat"])


def test_two_lists_of_different_lengths_are_refused(tokenizer):
    with pytest.raises(ValueError, match="2 first and 1 second texts; pass as many of both"):
        encode(tokenizer, TEXTS, ["sat"])
