"""Batches of split texts: the labels are the words that a variant is asked for."""

import pytest

from helpers.experiments.seq2seq import split, split_batches, split_models
from helpers.objectives.padding import IGNORE_INDEX

ROWS = [([5, 6, 7, 8, 9], 2), ([10, 11, 12], 3)]
TOKENIZER = split_models.build("prefix-LM")[1]
END = TOKENIZER.eos_token_id


def batch_of(variant, rows):
    batch = split_batches.Texts(variant).collate(rows, tokenizer=TOKENIZER)
    assert batch.pop("words") == sum(len(ids) for ids, _ in rows)
    return batch


@pytest.mark.parametrize("variant", split.VARIANTS)
def test_labels_are_the_words_that_the_variant_is_asked_for(variant):
    labels = [[i for i in row if i != IGNORE_INDEX] for row in batch_of(variant, ROWS)["labels"][:, 1:].tolist()]
    behind = [[*ids[at:], END] for ids, at in ROWS]
    assert labels == ([[*ids, END] for ids, _ in ROWS] if variant == "decoder, every word" else behind)


def test_an_unknown_variant_is_refused():
    with pytest.raises(ValueError, match="no variant is called 'gpt'; choose one of: decoder, every word; "):
        split_batches.Texts("gpt")
