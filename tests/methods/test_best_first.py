"""Exact search in a small model against all its sequences; never below greedy or beams; limits are named."""

import itertools
import math

import pytest
import torch
from transformers import GPT2Config, GPT2LMHeadModel

from helpers.methods import best_first, decoding

END = 1


def model_of(seed):
    torch.manual_seed(seed)
    config = GPT2Config(
        vocab_size=5, n_embd=16, n_layer=1, n_head=2, n_positions=12, initializer_range=0.8, eos_token_id=END
    )
    return GPT2LMHeadModel(config).eval()


def log_prob(model, prompt, new):
    with torch.no_grad():
        logs = model(input_ids=torch.tensor([[*prompt, *new]])).logits[0].double().log_softmax(-1)
    return sum(float(logs[len(prompt) - 1 + place, token]) for place, token in enumerate(new))


def every(longest):
    """All sequences of tokens that end, at most so long."""
    for length in range(longest):
        for words in itertools.product([0, 2, 3, 4], repeat=length):
            yield [*words, END]


@pytest.mark.parametrize("seed", range(4))
@pytest.mark.parametrize("longest", [1, 4])
def test_it_is_the_best_of_all_sequences(seed, longest):
    model = model_of(seed)
    best = max(every(longest), key=lambda new: log_prob(model, [0], new))
    found, nats = best_first.most_probable(model, [0], max_new_tokens=longest, end_id=END)
    assert found == best and nats == pytest.approx(-log_prob(model, [0], best), abs=1e-4)


@pytest.mark.parametrize("seed", range(4))
def test_no_beam_finds_a_more_probable_text(seed):
    model = model_of(seed)
    _, nats = best_first.most_probable(model, [0, 2], max_new_tokens=6, end_id=END)
    for beams in (1, 2, 4):
        new = decoding.beam_search(model, [0, 2], beams=beams, max_new_tokens=6, end_id=END, length_penalty=0.0)
        if new[-1] == END:
            assert -log_prob(model, [0, 2], new) >= nats - 1e-4


def test_a_search_that_is_given_up_says_so():
    model = model_of(0)
    with pytest.raises(ValueError, match="most 1 readings found no text that ends within 6 tokens; pass more"):
        best_first.most_probable(model, [0], max_new_tokens=6, end_id=END, most=1)
    with pytest.raises(ValueError, match="the prompt is empty"):
        best_first.most_probable(model, [], max_new_tokens=6, end_id=END)
    assert math.isfinite(best_first.most_probable(model, [0], max_new_tokens=6, end_id=END, most=9_999)[1])
