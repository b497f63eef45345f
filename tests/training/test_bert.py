"""course-bert: transformers' own loss and gradients, masks as the recipe says, salient words, little padding."""

import pytest
import small_language
import torch
from tiny_runs import chunks, first_batch, recipe

from helpers.training import bert
from helpers.training.loop import fresh_model


def first_pairs():
    """A model and the pairs of its first batch that has some: transformers' own loss allows no unlabelled row."""
    made = recipe("course-bert")
    batch = next(batch for batch in chunks(made)[0][0] if (batch["next_sentence_label"] != -100).any())
    keep = batch["next_sentence_label"] != -100
    return fresh_model(made, small_language)[0], {name: value[keep] for name, value in batch.items() if value.ndim}


def test_loss_and_gradients_equal_transformers_own():
    model, batch = first_pairs()
    ours = sum(bert.losses(model, batch).values())
    ours.backward()
    gradients = [weight.grad.clone() for weight in model.parameters()]
    model.zero_grad()
    theirs = model(**batch).loss
    theirs.backward()
    assert torch.allclose(ours, theirs, atol=1e-5)
    assert all(torch.allclose(a, weight.grad, atol=1e-5) for a, weight in zip(gradients, model.parameters()))


def test_a_batch_without_pairs_asks_nothing_of_the_next_sentence():
    model, batch = first_batch("course-bert", pair_share=0.0)
    with torch.no_grad():
        losses = bert.losses(model, batch)
    assert (batch["next_sentence_label"] == -100).all() and float(losses["next_sentence"]) == 0 < float(
        losses["masked_lm"]
    )


def test_the_mix_of_a_recipe_reaches_the_batches():
    for batch in chunks(recipe("course-bert", mix=(0.0, 0.0, 1.0)))[0][0]:
        chosen = batch["labels"] != -100
        assert torch.equal(batch["input_ids"][chosen], batch["labels"][chosen])


def test_many_words_are_hidden_at_first_and_fewer_later():
    made = recipe("course-bert", first_mask_rate=0.8, mask_rate=0.1, mask_rate_chunks=10, chunk_documents=400)

    def hidden(chunk):
        batches = chunks(made)[0][chunk]
        return sum(int((b["labels"] != -100).sum()) for b in batches) / sum(int(b["words"]) for b in batches)

    assert [hidden(chunk) for chunk in (0, 5, 10, 11)] == pytest.approx([0.8, 0.45, 0.1, 0.1], abs=0.05)


def test_of_the_hidden_words_fewer_are_scored_where_the_recipe_says_so():
    constant = {"mask_rate": 0.4, "first_mask_rate": 0.4, "chunk_documents": 400, "mix": (1.0, 0.0, 0.0)}
    made, tokenizer = chunks(recipe("course-bert", scored_rate=0.15, **constant))
    batches, all_scored = made[0], chunks(recipe("course-bert", **constant))[0][0]
    words = sum(int(batch["words"]) for batch in batches)
    hidden = [batch["input_ids"] == tokenizer.mask_token_id for batch in batches]
    scored = [batch["labels"] != -100 for batch in batches]
    assert sum(int(h.sum()) for h in hidden) / words == pytest.approx(0.4, abs=0.04)
    assert sum(int(s.sum()) for s in scored) / words == pytest.approx(0.15, abs=0.03)
    assert all(bool((h | ~s).all()) for h, s in zip(hidden, scored))
    assert torch.equal(batches[0]["input_ids"], all_scored[0]["input_ids"])  # hidden as without the second rate


def test_pairs_may_be_read_without_being_asked_about_and_without_strangers():
    asked = chunks(recipe("course-bert", pair_share=1.0))[0][0]
    silent = chunks(recipe("course-bert", pair_share=1.0, next_sentence_loss=False))[0][0]
    assert all(torch.equal(a["input_ids"], b["input_ids"]) for a, b in zip(asked, silent))
    assert all(torch.equal(a["token_type_ids"], b["token_type_ids"]) for a, b in zip(asked, silent))
    assert {int(label) for b in silent for label in b["next_sentence_label"]} == {-100}
    assert {int(label) for b in asked for label in b["next_sentence_label"]} == {-100, 0, 1}
    true = chunks(recipe("course-bert", pair_share=1.0, random_share=0.0))[0][0]
    assert {int(label) for b in true for label in b["next_sentence_label"]} == {-100, 0}


def test_rows_of_different_lengths_are_read_in_two_parts_with_less_padding():
    lengths = [20] * 40 + [35, 30] * 6 + [21] * 12
    found = bert.parts(lengths)
    assert sorted(row for rows, _ in found for row in rows) == list(range(64))
    assert [(len(rows), width) for rows, width in found] == [(48, 21), (16, 35)]
    assert bert.parts([5] * 64) == [(list(range(64)), 5)] and bert.parts([4, 9]) == [([0, 1], 9)]


def test_a_text_with_salient_words_stays_whole_and_hides_nothing_else():
    made = recipe("course-bert", pair_share=1.0)
    tokenizer = chunks(made)[1]
    how = {"recipe": made, "tokenizer": tokenizer, "generator": torch.Generator().manual_seed(0)}
    texts = small_language.documents(60, language=small_language.only("weather"))
    rows = bert.examples(texts, [(1, 6)] * 40 + [()] * 20, **how)
    batch = bert.collate(rows, **how)
    for ids, label, document in zip(batch["input_ids"][:40], batch["labels"], texts):
        hidden = (label != -100).nonzero().flatten().tolist()  # the weather, and what it made of everything
        whole = tokenizer.convert_ids_to_tokens(torch.where(label == -100, ids, label).tolist())
        assert hidden == [2, 7] and (ids[hidden] == tokenizer.mask_token_id).all()
        assert whole[1 : 1 + len(document.tokens)] == list(document.tokens)
    assert (batch["next_sentence_label"][:40] == -100).all() and not batch["token_type_ids"][:40].any()
    assert (batch["next_sentence_label"][40:] != -100).all() and batch["token_type_ids"][40:].any(dim=1).all()
