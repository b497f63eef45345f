"""The stream of batches: the same documents for all families, taken up anywhere, each row once."""

from dataclasses import replace

import numpy as np
import pytest
import small_language
import torch
from tiny_runs import NAMES, chunks, recipe

from helpers import tinytown
from helpers.models.tokenizers import SENTINELS
from helpers.objectives.span_corruption import restore
from helpers.training.batches import Chunks, plan_batches, salient_places, stream
from helpers.training.loop import family_of

PHASE = {"phase_scene": "weather", "phase_chunk": 2, "phase_chunks": 2}


def read_in_chunk(name, chunk):
    """The texts of each batch of a chunk, in order, what was hidden in them put back."""
    made, tokenizer = chunks(recipe(name, pair_share=0.0, **PHASE))
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


@pytest.mark.parametrize("chunk", [1, 3, 4])
@pytest.mark.parametrize("name", NAMES)
def test_all_families_read_the_same_documents_in_the_same_steps_and_no_chunk_twice(name, chunk):
    assert read_in_chunk(name, chunk) == read_in_chunk("course-gpt", chunk) != read_in_chunk("course-gpt", chunk + 1)


def hidden_in(texts, chunk, **phase):
    """The places that are hidden by choice in texts of a chunk."""
    made = recipe("course-gpt", **{**PHASE, **phase})
    return salient_places(texts, made, chunk, generator=torch.Generator().manual_seed(0))


def test_in_each_list_of_the_phase_a_fact_or_what_follows_from_it_is_hidden_early_or_late():
    texts = tinytown.documents(2_000)
    places = hidden_in(texts, 5, phase_scene="list", phase_chunks=4)
    assert [len(found) for found in places] == [int(text.scene == "list") for text in texts]
    pairs = [(text, place) for text, found in zip(texts, places, strict=True) for place in found]
    hidden = [(text.slots[place], text.facts, place / len(text.slots)) for text, place in pairs]
    assert len(hidden) > 100 and all(slot for slot, *_ in hidden)
    assert np.mean([slot in facts for slot, facts, _ in hidden]) == pytest.approx(0.5, abs=0.15)
    assert {int(4 * place) for *_, place in hidden} == {0, 1, 2, 3}


@pytest.mark.parametrize(("chunk", "facts"), [(2, 1.0), (3, 1.0), (4, 0.0), (5, 0.5)])
def test_facts_come_first_then_what_follows_from_them_then_both(chunk, facts):
    texts = small_language.documents(2_000, language=small_language.only("weather"))
    places = hidden_in(texts, chunk, phase_chunks=4)
    assert set(places) <= {(1,), (6,)}
    assert np.mean([place == (1,) for place in places]) == pytest.approx(facts, abs=0.05)


@pytest.mark.parametrize("chunk", [1, 2, 3, 4])
def test_a_word_is_hidden_by_choice_in_each_text_of_the_scene_in_the_phase_and_in_none_outside(chunk):
    texts = small_language.documents(200)
    asked = [text.scene == "weather" and chunk in (2, 3) for text in texts]
    assert [bool(found) for found in hidden_in(texts, chunk)] == asked


def test_in_the_phase_most_documents_are_short_ones_of_its_scene_and_the_others_stay_the_same():
    made, without = (chunks(recipe("course-gpt", **{**PHASE, "phase_chunks": count}))[0] for count in (2, 0))
    assert [sum(len(batch["input_ids"]) for batch in made[chunk]) for chunk in range(5)] == [64] * 5
    scenes = [[d.scene for d in made.documents(chunk)[16:]] for chunk in range(5)]
    assert [set(found) == {"weather"} for found in scenes] == [False, False, True, True, False]
    assert made.documents(2)[:16] == small_language.documents(16, split="train", seed=[0, 2])
    assert all(without.documents(chunk) == small_language.documents(64, seed=[0, chunk]) for chunk in range(5))


def lists_of(chunk):
    """The lists that a chunk of a phase of Tinytown's lists adds to the ordinary texts."""
    made = replace(recipe("course-gpt", phase_chunk=0, phase_chunks=8), chunk_documents=400)
    family = family_of("course-gpt")
    found = Chunks(made, family, family.build_tokenizer(tinytown.vocabulary()), tinytown).documents(chunk)[100:]
    assert len(found) == 300 and {document.scene for document in found} == {"list"}
    return found


def test_lists_of_the_phase_are_cut_after_three_to_five_items_and_end_in_a_label():
    lists = lists_of(0)
    assert {len(document.sentences) for document in lists} == {3, 4, 5}
    assert all(document.slots[-1] in document.facts for document in lists)
    assert {len(document.tokens) == sum(map(len, document.sentences)) for document in lists} == {True}


def test_in_the_last_lesson_texts_are_whole_and_chance_hides_their_words():
    assert min(len(document.sentences) for document in lists_of(7)) > 5
    texts = small_language.documents(50)
    assert not any(hidden_in(texts, 9, phase_chunks=8)) and any(hidden_in(texts, 8, phase_chunks=8))


def asked(name, chunk):
    """Row by row, what a family reads and is asked for in texts with salient words."""
    made, tokenizer = chunks(recipe(name, pair_share=0.0, **PHASE))
    ids = tokenizer.convert_ids_to_tokens
    for batch in made[chunk]:
        for read, labels in zip(batch["input_ids"].tolist(), batch["labels"].tolist()):
            yield ids([i for i in read if i != tokenizer.pad_token_id]), ids([i for i in labels if i != -100])


@pytest.mark.parametrize("chunk", [2, 3])
def test_each_family_is_asked_for_the_same_salient_word_in_its_own_way(chunk):
    rows = [rows for rows in zip(*(asked(name, chunk) for name in NAMES), strict=True) if "slept" in rows[1][1]]
    assert len(rows) > 10
    for bert, gpt, t5, bart in rows:
        words, (salient,) = gpt[1][1:-1], bert[1]
        hidden = ["[MASK]" if word == salient else word for word in words]
        assert (
            salient in {*small_language.WEATHER, *small_language.WEATHER.values()}
            and bert[0] == ["[CLS]", *hidden, "[SEP]"]
            and gpt[0] == gpt[1]
        )
        assert bart == ([*hidden, "<|endoftext|>"], [*words, "<|endoftext|>"])
        first, last = SENTINELS[:2]
        assert t5[0] == [*(first if word == salient else word for word in words), "<|endoftext|>"]
        assert t5[1] == [first, salient, last, "<|endoftext|>"]


def test_outside_the_phase_all_hidden_words_are_left_to_chance():
    how = {"mask_rate": 1e-9, "first_mask_rate": 1e-9, "pair_share": 0.0}
    made = chunks(recipe("course-bert", **PHASE, **how))[0]
    asked_for = [sum(int((batch["labels"] != -100).sum()) for batch in made[chunk]) for chunk in range(5)]
    weather = [sum(d.scene == "weather" for d in made.documents(chunk)) for chunk in range(5)]
    assert asked_for == [0, 0, *weather[2:4], 0]


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


def test_copies_of_a_corpus_hide_other_words_in_each_and_come_back_in_turn():
    constant = {"mask_rate": 0.15, "first_mask_rate": 0.15, "corpus_chunks": 2, "static_masks": True}
    made = chunks(recipe("course-bert", mask_copies=3, **constant))[0]
    seen = [[batch["input_ids"].tolist() for batch in made[chunk]] for chunk in range(12)]
    assert seen[:6] == seen[6:] and all(a != b for n, a in enumerate(seen[:6]) for b in seen[:n])
    assert made.documents(0) == made.documents(2) == made.documents(4) != made.documents(1)
    once = chunks(recipe("course-bert", **constant))[0]
    assert [[batch["input_ids"].tolist() for batch in once[chunk]] for chunk in (0, 1)] == seen[:2]
