"""A small encoder and a few paraphrase pairs for the tests of this folder."""

import pytest
import torch
from transformers import BertConfig, BertModel

from helpers.models.tokenizers import build_tokenizer
from helpers.tasks.paraphrases import draw_pairs

WORDS = sorted({word for pair in draw_pairs(200, split="train", seed=[1]) for text in pair for word in text.split()})


@pytest.fixture(scope="module")
def small():
    """A small encoder and its tokenizer."""
    tokenizer = build_tokenizer(WORDS)
    torch.manual_seed(0)
    config = BertConfig(
        vocab_size=len(tokenizer),
        hidden_size=32,
        num_hidden_layers=2,
        num_attention_heads=2,
        intermediate_size=64,
        hidden_dropout_prob=0.0,
        attention_probs_dropout_prob=0.0,
        initializer_range=0.2,
    )
    return BertModel(config).eval(), tokenizer


@pytest.fixture(scope="module")
def pairs():
    return draw_pairs(24, split="train", seed=[1])
