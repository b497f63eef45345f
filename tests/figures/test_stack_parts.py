"""The table of parts: each row says what the model is built of."""

import pytest
import torch
from transformers import BartConfig, BartForConditionalGeneration

from helpers.figures.stack_parts import PAPER, small_t5, stack_parts


@pytest.fixture(scope="module")
def table():
    torch.manual_seed(0)
    config = BartConfig(vocab_size=9, d_model=8, encoder_layers=1, decoder_layers=1)
    small = {"encoder_attention_heads": 2, "decoder_attention_heads": 2, "encoder_ffn_dim": 8, "decoder_ffn_dim": 8}
    for name, value in small.items():
        setattr(config, name, value)
    flan = small_t5(feed_forward_proj="gated-gelu")
    return stack_parts({"T5": small_t5(), "Flan-T5": flan, "BART": BartForConditionalGeneration(config).eval()})


def test_every_row_is_told_of_every_model(table):
    assert list(table.index) == list(PAPER) and not table.isna().any(axis=None)


def test_t5_differs_from_2017_where_its_paper_says_so(table):
    assert table.loc["norm"].tolist() == ["LayerNorm", "RMSNorm", "RMSNorm", "LayerNorm"]
    assert table.loc["norm placed"].tolist() == ["after each part", *["before each part"] * 2, "after each part"]
    assert table.loc["linear layers with a bias", "T5"].startswith("0 of ")
    assert not table.loc["linear layers with a bias", "BART"].startswith("0 of ")


def test_flan_t5_differs_from_t5_in_its_feed_forward(table):
    assert table.loc["feed-forward"].tolist() == ["relu", "relu", "gated gelu", "gelu"]
