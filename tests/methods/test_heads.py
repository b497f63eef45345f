"""Heads: spans, tags and pairs stand where their definition says."""

import pytest
import torch
from stand_ins import BERT, GPT

from helpers.methods import heads
from helpers.objectives.padding import IGNORE_INDEX
from helpers.tasks import TASKS
from helpers.tasks.task import Example


def test_the_best_span_is_the_best_of_all_short_ones():
    example = Example("who ?", "", "a b c d e f g", (0, 0))
    start, end = torch.randn(2, 7, generator=torch.Generator().manual_seed(2))
    slow = max(
        ((i, j) for i in range(7) for j in range(i, min(7, i + heads.LONGEST_SPAN))),
        key=lambda s: float(start[s[0]] + end[s[1]]),
    )
    assert heads.best_span(example, start, end) == " ".join(example.second.split()[slow[0] : slow[1] + 1])


@pytest.mark.parametrize("tokenizer", [BERT, GPT], ids=["encoder", "decoder"])
def test_spans_and_tags_point_at_their_words(tokenizer):
    examples = TASKS["questions"].examples("test", 5)
    batch = heads.span_batches(TASKS["questions"], tokenizer, None)(examples)
    for row, example in enumerate(examples):
        first, last = (int(batch[side][row]) for side in ("start_positions", "end_positions"))
        words = tokenizer.convert_ids_to_tokens(batch["input_ids"][row, first : last + 1])
        assert " ".join(words) == example.target
    tagged = TASKS["entities"].examples("test", 5)
    batch = heads.tag_batches(TASKS["entities"], tokenizer, None)(tagged)
    for row, example in enumerate(tagged):
        where = batch["labels"][row] != IGNORE_INDEX
        assert tokenizer.convert_ids_to_tokens(batch["input_ids"][row][where]) == example.source.split()
    with pytest.raises(ValueError, match="3 tokens and 1 tags"):
        heads.tag_batches(TASKS["entities"], tokenizer, None)([Example("may laughed .", ("O",))])


def test_two_texts_stay_apart_in_every_family():
    pair = [Example("the cat", 0.5, "a dog")]
    encoder = heads.pair_batches(TASKS["similarity"], BERT, None)(pair)
    decoder = heads.pair_batches(TASKS["similarity"], GPT, None)(pair)
    assert encoder["token_type_ids"][0].tolist() == [0, 0, 0, 0, 1, 1, 1]
    assert GPT.convert_ids_to_tokens(decoder["input_ids"][0])[3] == "<|endoftext|>"
    assert decoder["labels"].tolist() == [0.5]
