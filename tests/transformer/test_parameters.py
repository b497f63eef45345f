"""Counting from the configuration alone: the same numbers as real weights, each in one group."""

import pytest
import torch
from transformers import BertConfig, BertForPreTraining, BertModel, GPT2Config, GPT2LMHeadModel, T5Config, T5Model

from helpers.transformer.attention import Block, PostNormBlock
from helpers.transformer.parameters import (
    acting_parts,
    by_kind,
    count,
    cross_attention,
    differences,
    kind_of,
    tables_and_blocks,
    without_weights,
)

SMALL = {"hidden_size": 8, "num_attention_heads": 2, "num_hidden_layers": 2, "intermediate_size": 20, "vocab_size": 11}
T5 = T5Config(vocab_size=9, d_model=8, d_kv=4, num_heads=2, d_ff=16, num_layers=2)


def test_a_model_without_weights_counts_as_the_real_one():
    config = BertConfig(**SMALL)
    empty, real = without_weights(BertModel, config), BertModel(config)
    assert count(empty) == count(real) == sum(weight.numel() for weight in real.parameters())
    assert all(weight.is_meta for weight in empty.parameters())


def test_a_matrix_used_twice_counts_once():
    model = GPT2LMHeadModel(GPT2Config(n_embd=8, n_head=2, n_layer=1, vocab_size=11, n_positions=5))
    assert model.lm_head.weight is model.transformer.wte.weight
    assert count(model) == sum(value.numel() for value in model.state_dict().values()) - 11 * 8


def test_tables_and_blocks_are_all_there_is():
    model = BertModel(BertConfig(**SMALL, max_position_embeddings=16))
    tables, rest = tables_and_blocks(model)
    assert tables == (11 + 16 + 2) * 8  # words, positions, segments
    assert tables + rest == count(model)


def test_the_kinds_of_a_block_add_up_to_it():
    layer = BertModel(BertConfig(**SMALL)).encoder.layer[0]
    kinds = by_kind(layer)
    assert kinds["self-attention"] == 4 * (8 * 8 + 8)
    assert kinds["feed-forward"] == 8 * 20 + 20 + 20 * 8 + 8
    assert kinds["layer norm"] == 2 * (8 + 8) and kinds["cross-attention"] == 0
    assert sum(kinds.values()) == count(layer)


def test_only_a_model_of_two_stacks_has_cross_attention():
    assert cross_attention(without_weights(T5Model, T5)) == 2 * 4 * 8 * 8  # layers, matrices
    assert cross_attention(BertModel(BertConfig(**SMALL))) == 0


def test_parts_are_listed_in_the_order_in_which_they_act():
    x = torch.zeros(3, 8)
    norm_last = acting_parts(BertModel(BertConfig(**SMALL)).encoder.layer[0], x[None])
    assert norm_last == ["self-attention", "layer norm", "feed-forward", "layer norm"]
    gpt = GPT2LMHeadModel(GPT2Config(n_embd=8, n_head=2, n_layer=1)).transformer.h[0]
    assert acting_parts(gpt, x[None]) == ["layer norm", "self-attention", "layer norm", "feed-forward"]
    for block, first in ((Block(8, 2), "layer norm"), (PostNormBlock(8, 2), "feed-forward")):
        assert acting_parts(block, x)[0] == first  # ours names its attention's matrices qkv and out_proj


def test_cross_attention_is_recognised_in_front_of_self_attention():
    assert kind_of("layer.1.EncDecAttention.q") == kind_of("crossattention.self.query") == "cross-attention"
    assert kind_of("encoder_attn_layer_norm") == "layer norm"


def test_differences_are_read_off_the_models():
    gpt = GPT2LMHeadModel(GPT2Config(n_embd=8, n_head=2, n_layer=1))
    bert = BertForPreTraining(BertConfig(**SMALL))
    found = differences(bert, gpt)
    assert found["where the layer norms stand"] == {
        "on the input vectors": (True, False),
        "in front of attention": (False, True),
        "after the last block": (False, True),
    }
    assert found["small parts"]["segment table"] == found["small parts"]["pooler"] == (True, False)
    assert found["small parts"]["output is the word table"] == (True, True)
    with pytest.raises(ValueError, match=r"pass \(BERT, GPT-2\)"):
        differences(gpt, bert)


def test_what_is_no_class_or_another_class_configuration_is_refused():
    with pytest.raises(TypeError, match="pass a class of transformers"):
        without_weights(torch.nn.Linear(1, 1), T5)
    with pytest.raises(TypeError, match="pass a BertConfig for BertModel"):
        without_weights(BertModel, T5)
