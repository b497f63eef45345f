"""The stream of batches: the same documents for all families, taken up anywhere, each row once."""

import pytest
import torch
from tiny_runs import NAMES, chunks, recipe

from helpers.models.tokenizers import SENTINELS
from helpers.objectives.span_corruption import restore
from helpers.training.batches import plan_batches, stream


def read_in_chunk(name, chunk):
    """The texts of a chunk, what was hidden in them put back."""
    made, tokenizer = chunks(recipe(name, pair_share=0.0))
    batches = made[chunk]
    key = "input_ids" if name == "course-bert" else "labels"
    if name == "course-bert":
        batches = [{key: torch.where(b["labels"] == -100, b["input_ids"], b["labels"])} for b in batches]
    if name == "course-t5":
        sentinels = tokenizer.convert_tokens_to_ids(list(SENTINELS))
        pairs = [pair for b in batches for pair in zip(b["input_ids"].tolist(), b["labels"].tolist())]
        rows = [restore(source, target, sentinels=sentinels) for source, target in pairs]
    else:
        rows = [row for b in batches for row in b[key].tolist()]
    special = set(tokenizer.all_special_ids) | {-100}
    return sorted(tuple(i for i in row if i not in special) for row in rows)


@pytest.mark.parametrize("name", NAMES)
def test_all_families_read_the_same_documents_and_no_chunk_twice(name):
    assert read_in_chunk(name, 3) == read_in_chunk("course-gpt", 3) != read_in_chunk("course-gpt", 4)


def test_the_stream_can_start_anywhere_and_crosses_chunks():
    made = chunks(recipe("course-gpt", chunk_documents=30))[0]
    run = stream(made)
    taken = [next(run) for _ in range(12)]
    assert len({chunk for chunk, *_ in taken}) > 2
    for chunk, position, batch in taken:
        again = next(stream(made, chunk=chunk, position=position))
        assert again[:2] == (chunk, position) and torch.equal(again[2]["input_ids"], batch["input_ids"])
    behind = next(stream(made, chunk=0, position=len(made[0])))
    assert behind[:2] == (1, 0)


def test_documents_prepared_by_other_processes_are_the_same():
    made = chunks(recipe("course-gpt", chunk_documents=30))[0]
    here, there = stream(made, position=1), stream(made, position=1, workers=1)
    for (*place, batch), (*other, prepared) in ((next(here), next(there)) for _ in range(6)):
        assert place == other and torch.equal(batch["input_ids"], prepared["input_ids"])


def test_plans_hold_each_row_once_within_the_budget():
    lengths = torch.randint(5, 60, (500,), generator=torch.Generator().manual_seed(0)).tolist()
    plan = plan_batches(lengths, 400, torch.Generator().manual_seed(1))
    assert sorted(index for _, batch in plan for index in batch) == list(range(500))
    assert all(max(lengths[index] for index in batch) <= width for width, batch in plan)
    assert [width * len(batch) for width, batch in plan].count(400) >= len(plan) - 1


def test_a_small_corpus_comes_back_with_the_same_masks_or_with_fresh_ones():
    def read(chunk, **how):
        made, tokenizer = chunks(recipe("course-bert", corpus_chunks=2, pair_share=0.0, **how))
        batches = made[chunk]
        restored = [torch.where(b["labels"] == -100, b["input_ids"], b["labels"]).flatten() for b in batches]
        words = [i for i in torch.cat(restored).tolist() if i not in tokenizer.all_special_ids]
        return [b["labels"].tolist() for b in batches], sorted(words)

    assert read(0, static_masks=True) == read(2, static_masks=True) != read(1, static_masks=True)
    (masks, words), (later_masks, later_words) = read(0), read(2)
    assert masks != later_masks and words == later_words
