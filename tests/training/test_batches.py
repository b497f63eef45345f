"""The stream of batches: the same documents for all families, taken up anywhere, each row once."""

import pytest
import small_language
import torch
from tiny_runs import NAMES, chunks, recipe

from helpers import tinytown
from helpers.models.tokenizers import SENTINELS
from helpers.objectives.span_corruption import restore
from helpers.training.batches import plan_batches, salient_places, stream

SALIENT = {"salient_share": 0.5, "salient_scene": "weather"}


def read_in_chunk(name, chunk):
    """The texts of each batch of a chunk, in order, what was hidden in them put back."""
    made, tokenizer = chunks(recipe(name, pair_share=0.0, **SALIENT))
    batches, special = made[chunk], {*tokenizer.all_special_ids, -100}
    if name == "course-bert":
        texts = [torch.where(b["labels"] == -100, b["input_ids"], b["labels"]).tolist() for b in batches]
    elif name == "course-t5":
        sentinels = tokenizer.convert_tokens_to_ids(list(SENTINELS))
        pairs = [zip(b["input_ids"].tolist(), b["labels"].tolist()) for b in batches]
        texts = [[restore(*pair, sentinels=sentinels) for pair in batch] for batch in pairs]
    else:
        texts = [batch["labels"].tolist() for batch in batches]
    return [[[i for i in row if i not in special] for row in batch] for batch in texts]


@pytest.mark.parametrize("chunk", [1, 3])
@pytest.mark.parametrize("name", NAMES)
def test_all_families_read_the_same_documents_in_the_same_steps_and_no_chunk_twice(name, chunk):
    assert read_in_chunk(name, chunk) == read_in_chunk("course-gpt", chunk) != read_in_chunk("course-gpt", chunk + 1)


def places_of(texts, **changes):
    made = recipe("course-gpt", **changes)
    return salient_places(texts, recipe=made, generator=torch.Generator().manual_seed(0))


@pytest.mark.parametrize("share", [0.0, 0.5, 1.0])
def test_a_share_of_one_scenes_texts_hides_a_fact_and_half_the_time_what_follows_from_it(share):
    texts = small_language.documents(800)
    places = places_of(texts, **{**SALIENT, "salient_share": share})
    found = [place for text, place in zip(texts, places, strict=True) if text.scene == "weather"]
    assert sum(map(bool, found)) / len(found) == pytest.approx(share, abs=0.06)
    assert not any(place for text, place in zip(texts, places) if text.scene == "animals")
    assert {place for place in places if place} == ({(1,), (1, 6)} if share else set())  # the weather, its effect
    assert found.count((1, 6)) / len(found) == pytest.approx(share / 2, abs=0.06)


def test_one_to_three_labels_of_a_list_are_hidden_but_half_of_them_stay_visible():
    texts = tinytown.documents(300, language=tinytown.only("list"))
    counts = set()
    for text, places in zip(texts, places_of(texts, salient_share=1.0, salient_facts=3), strict=True):
        labels = [place for place, slot in enumerate(text.slots) if slot in text.facts]
        hidden = sum(place in labels for place in places)
        counts.add((hidden, len(places) - hidden))
        assert 1 <= hidden <= min(3, -(-len(labels) // 2)) and len(set(places)) == len(places)
    assert counts == {(hidden, follow) for hidden in (1, 2, 3) for follow in (0, 1)}


def test_in_a_phase_most_documents_are_of_the_salient_scene_and_the_others_stay_the_same():
    how = {**SALIENT, "phase_share": 0.75, "phase_chunk": 2, "phase_chunks": 2}
    made = [chunks(recipe("course-gpt", **{**how, "salient_share": share}))[0] for share in (0.5, 0.0)]
    drawn = [[len(batch["input_ids"]) for batch in made[0][chunk]] for chunk in range(5)]
    assert [sum(rows) for rows in drawn] == [64] * 5
    texts = [[d.scene for d in made[0].documents(chunk)] for chunk in range(5)]
    assert [sum(scene == "weather" for scene in found[16:]) == 48 for found in texts] == [
        False,
        False,
        True,
        True,
        False,
    ]
    assert made[0].documents(2)[:16] == small_language.documents(16, split="train", seed=[0, 2])
    assert all(made[1].documents(chunk) == small_language.documents(64, seed=[0, chunk]) for chunk in range(5))


def asked(name, chunk):
    """Row by row, what a family reads and is asked for in texts with salient words."""
    made, tokenizer = chunks(recipe(name, pair_share=0.0, **{**SALIENT, "salient_share": 1.0}))
    ids = tokenizer.convert_ids_to_tokens
    for batch in made[chunk]:
        for read, labels in zip(batch["input_ids"].tolist(), batch["labels"].tolist()):
            yield ids([i for i in read if i != tokenizer.pad_token_id]), ids([i for i in labels if i != -100])


def test_each_family_is_asked_for_the_same_salient_words_in_its_own_way():
    rows = [rows for rows in zip(*(asked(name, 1) for name in NAMES), strict=True) if "slept" in rows[1][1]]
    assert {len(bert[1]) for bert, *_ in rows} == {1, 2}
    for bert, gpt, t5, bart in rows:
        words, salient = gpt[1][1:-1], bert[1]
        hidden = ["[MASK]" if word in salient else word for word in words]
        assert bert[0] == ["[CLS]", *hidden, "[SEP]"] and gpt[0] == gpt[1]
        assert bart == ([*hidden, "<|endoftext|>"], [*words, "<|endoftext|>"])
        sentinels = dict(zip(salient, SENTINELS))
        assert t5[0] == [*(sentinels.get(word, word) for word in words), "<|endoftext|>"]
        spans = [word for pair in zip(SENTINELS, salient) for word in pair]
        assert t5[1] == [*spans, SENTINELS[len(salient)], "<|endoftext|>"]


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
        constant = {"mask_rate": 0.15, "first_mask_rate": 0.15}
        made, tokenizer = chunks(recipe("course-bert", corpus_chunks=2, pair_share=0.0, **constant, **how))
        batches = made[chunk]
        restored = [torch.where(b["labels"] == -100, b["input_ids"], b["labels"]).flatten() for b in batches]
        words = [i for i in torch.cat(restored).tolist() if i not in tokenizer.all_special_ids]
        return [b["labels"].tolist() for b in batches], sorted(words)

    assert read(0, static_masks=True) == read(2, static_masks=True) != read(1, static_masks=True)
    (masks, words), (later_masks, later_words) = read(0), read(2)
    assert masks != later_masks and words == later_words
