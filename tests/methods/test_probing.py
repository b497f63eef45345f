"""Probes: the vectors are the model's own, the probe finds what is there and nothing where nothing is."""

import numpy as np
import pytest
import torch

from helpers import tinytown
from helpers.methods import probing
from helpers.methods.probing import linear_probe, nothing, probe, probe_model, text_vectors, word_counts, word_probe
from helpers.models.tokenizers import build_tokenizer

TOKENIZER = build_tokenizer(["the", "cat", "sat", "dog", "ran", "."])


@pytest.fixture(scope="module")
def model():
    from transformers import BertConfig, BertForPreTraining

    torch.manual_seed(0)
    return BertForPreTraining(
        BertConfig(
            vocab_size=len(TOKENIZER),
            hidden_size=16,
            num_hidden_layers=2,
            num_attention_heads=2,
            intermediate_size=32,
        )
    ).eval()


def test_vectors_are_those_of_each_text_alone(model):
    texts = ["the cat sat .", "the dog", "ran ."]
    for layer in (0, -1):
        found = text_vectors(model, TOKENIZER, texts, layer=layer, batch_size=2)
        for row, text in enumerate(texts):
            with torch.no_grad():
                hidden = model.bert(**TOKENIZER(text, return_tensors="pt"), output_hidden_states=True).hidden_states
            np.testing.assert_allclose(found["first"][row], hidden[layer][0, 0], atol=1e-5)
            np.testing.assert_allclose(found["mean"][row], hidden[layer][0, 1:-1].mean(0), atol=1e-5)


def test_a_hidden_word_counts_as_a_word(model):
    with torch.no_grad():
        hidden = model.bert(**TOKENIZER("the [MASK]", return_tensors="pt")).last_hidden_state[0]
    found = text_vectors(model, TOKENIZER, ["the [MASK]"])["mean"][0]
    np.testing.assert_allclose(found, hidden[1:3].mean(0), atol=1e-5)


def test_a_bare_stack_gives_the_same(model):
    pair = [text_vectors(m, TOKENIZER, ["the cat"])["first"] for m in (model, model.bert)]
    np.testing.assert_array_equal(*pair)


def test_the_probe_finds_a_direction_and_no_more():
    rng = np.random.default_rng(0)
    x = rng.normal(size=(4000, 5))
    labels = np.where(x[:, 2] > 0, "up", "down")
    assert linear_probe((x[:3000], labels[:3000]), (x[3000:], labels[3000:])) > 0.95
    noise = rng.permutation(labels)
    assert linear_probe((x[:3000], noise[:3000]), (x[3000:], noise[3000:])) < 0.6
    product = np.where(x[:, 0] * x[:, 1] > 0, "up", "down")  # not linear
    assert linear_probe((x[:3000], product[:3000]), (x[3000:], product[3000:])) < 0.6


def test_the_word_probe_names_all_words_of_a_sum_and_few_of_noise():
    rng = np.random.default_rng(0)
    words = [f"w{i}" for i in range(30)]
    table = dict(zip(words, rng.normal(size=(30, 64))))
    texts = [list(rng.choice(words, 5)) for _ in range(400)]
    x = np.array([sum(table[word] for word in text) for text in texts])
    assert word_probe((x[:300], texts[:300]), (x[300:], texts[300:])) > 0.97
    noise = rng.normal(size=x.shape)
    assert word_probe((noise[:300], texts[:300]), (noise[300:], texts[300:])) < 0.4


def test_bad_input_is_refused(model):
    with pytest.raises(ValueError, match="at least two classes"):
        linear_probe((np.ones((3, 1)), ["a"] * 3), (np.ones((3, 1)), ["a"] * 3))
    for texts in ([], ["the cat", " "]):
        with pytest.raises(ValueError, match="pass a list of 1 or more|leave empty ones out"):
            text_vectors(model, TOKENIZER, texts)


def test_probes_read_word_counts():
    vectors, few = word_counts(tinytown.vocabulary()), {"train": 300, "test": 100}
    assert probe(vectors, "scene", count=few) > 0.8
    assert probe(vectors, "words", count=few) > 0.7 > probe(nothing, "words", count=few) > 0.2
    assert probe(nothing, "scene", count=few) < 0.3


def test_all_questions_are_asked_of_both_vectors(monkeypatch):
    counts = word_counts(tinytown.vocabulary())
    monkeypatch.setattr(probing, "text_vectors", lambda m, t, texts: {"first": nothing(texts), "mean": counts(texts)})
    found = probe_model(None, None, count={"train": 60, "test": 30})
    assert set(found["first"]) == set(found["mean"]) == {"scene", "sentiment", "agreement", "words"}
    assert found["mean"]["words"] > found["first"]["words"]
