"""The experiment about attention: its points, its texts, and models that learn the next word under a mask."""

import math
from types import SimpleNamespace

import pytest
import torch
from transformers import BertConfig, BertForPreTraining

from helpers import tinytown
from helpers.experiments import attention
from helpers.experiments.attention import mask_swap, texts
from helpers.models.tokenizers import build_tokenizer

TOKENIZER = build_tokenizer(tinytown.vocabulary())


def tiny():
    torch.manual_seed(0)
    size = {"hidden_size": 16, "num_hidden_layers": 1, "num_attention_heads": 2, "intermediate_size": 16}
    return BertForPreTraining(BertConfig(vocab_size=len(TOKENIZER), **size))


def test_a_second_training_is_asked_where_it_is_there(monkeypatch):
    monkeypatch.setattr(attention, "is_trained", lambda name: True)
    readers = {p["reader"] for p in attention.grid() if "reader" in p}
    assert readers == set(texts.READERS) and len(texts.BERTS) > 1
    points = [p for p in attention.grid() if p.get("reader") == texts.BERTS[1]]
    assert {(p["part"], p["seed"]) for p in points} == {(part, s) for part in ("effect", "sinks") for s in (0, 1, 2)}
    assert all(attention.models(p) == (texts.BERTS[1],) for p in points)


def test_every_training_is_recorded_for_both_questions():
    for part in ("effect", "sinks"):
        rows = attention.by_reader(part)
        assert list(rows) == list(texts.READERS)
        assert all(set(rows[bert]["seed"]) == {0, 1, 2} and set(rows[bert]["reader"]) == {bert} for bert in texts.BERTS)


def test_every_reader_is_asked_with_every_seed_and_every_start_under_every_mask(monkeypatch):
    monkeypatch.setattr(attention, "is_trained", lambda name: name == "course-bert")
    points = list(attention.grid())
    assert len(points) == 28 and len({str(point) for point in points}) == 28
    swaps = {(p["start"], p["mask"], p["seed"]) for p in points if p["part"] == "mask swap"}
    assert swaps == {(s, m, seed) for s in mask_swap.STARTS for m in mask_swap.MASKS for seed in (0, 1, 2)}
    for part in ("effect", "sinks"):
        asked = {(p["reader"], p["seed"]) for p in points if p["part"] == part}
        assert asked >= {(reader, seed) for reader in ("course-bert", "small") for seed in (0, 1, 2)}
    for point in points:
        reads = point.get("reader", "course-bert") == "course-bert"
        assert attention.models(point) == (("course-bert",) if reads else ())
    tries = {str(attention.search(p).tries()) for p in points if p["part"] == "mask swap"}
    assert len(tries) == 2  # one search for each start, whatever mask and seed


def test_texts_are_distinct_and_hold_a_word_of_two_senses():
    found = [texts.texts_of("course-bert", seed, 30) for seed in (0, 1)]
    assert found[0] != found[1] and all(len(set(some)) == len(some) == 30 for some in found)
    for text in found[0]:
        word, ids = texts.position_and_ids(TOKENIZER, text)
        assert TOKENIZER.convert_ids_to_tokens(int(ids[0, word])) in texts.SENSES
    assert len(set(texts.texts_of("minilm", 0))) == 18
    with pytest.raises(ValueError, match="'elmo'.*course-bert, .*small, minilm"):
        texts.texts_of("elmo", 0)


def test_a_model_that_knows_the_next_word_has_no_excess():
    (document, exact), *_ = mask_swap.problems(1, 0, "test")
    columns = TOKENIZER.convert_tokens_to_ids([*tinytown.training_language().words, "[SEP]"])
    logits = torch.full((1, len(document.tokens) + 2, len(TOKENIZER)), -1e9)
    logits[0, :-1, columns] = torch.tensor(exact).log().clamp(min=-1e9).float()

    class Knows(torch.nn.Module):
        def forward(self, input_ids, attention_mask):
            return SimpleNamespace(prediction_logits=logits)

    found = mask_swap.scored(Knows(), TOKENIZER, mask=mask_swap.causal, seed=0, split="test", count=1)
    assert found["excess"] == pytest.approx(0, abs=1e-5) and found["floor"] > 0
    mean = float(tinytown.causal_losses(document.tokens).mean())
    assert found["seen"] == pytest.approx(mean, abs=1e-4)


def test_training_lowers_the_loss_that_is_seen_and_no_excess_is_negative():
    found = mask_swap.trained(tiny(), TOKENIZER, mask=mask_swap.causal, rate=5e-3, seed=0, updates=(0, 6), texts=5)
    assert found["seen"]["6"] < found["seen"]["0"] and min(found["excess"].values()) > 0
    assert found["loss"]["0"] == pytest.approx(math.log(len(TOKENIZER)), abs=0.3)


def test_padding_and_the_future_stay_hidden_under_the_causal_mask():
    short, long = sorted(tinytown.documents(40, seed=3), key=lambda d: len(d.tokens))[::39]
    model = tiny().eval()
    with torch.no_grad():
        alone = model(**mask_swap.batch_of([short], TOKENIZER, mask_swap.causal)).prediction_logits[0]
        beside = model(**mask_swap.batch_of([short, long], TOKENIZER, mask_swap.causal)).prediction_logits[0]
    assert torch.allclose(alone, beside[: len(alone)], atol=1e-5)
    assert set(mask_swap.next_token_losses(model, [short], tokenizer=TOKENIZER, mask=mask_swap.causal)) == {
        "next token"
    }


def test_a_start_that_does_not_exist_is_named():
    with pytest.raises(ValueError, match="'gpt'.*course-bert, random weights"):
        mask_swap.start_of("gpt", 0)
