"""The parts list says what the library's default configurations are built of."""

import pytest
from transformers import AlbertConfig, AlbertModel, LlamaConfig, LlamaModel

from helpers.experiments.variants import parts_list
from helpers.transformer.parameters import without_weights


@pytest.fixture(scope="module")
def table():
    return parts_list.table()


def test_a_row_for_each_family_and_nothing_is_drawn(table):
    assert list(table.index) == list(parts_list.MODELS)
    assert all(weight.is_meta for weight in parts_list.stack_of("EuroBert").parameters())


def test_what_came_back_into_encoders(table):
    assert (table["positions"] == "learned").sum() == 5 and (table["norm"] == "RMSNorm").sum() == 1
    gated = table.index[table["feed-forward"] == "gated"]
    assert list(gated) == [
        "NomicBert",
        "ModernBert",
        "ModernBertDecoder",
        "EuroBert",
    ]
    assert list(table.index[table["biases"] == 0]) == ["ModernBert", "ModernBertDecoder", "EuroBert"]


def test_modernbert_is_one_configuration_under_two_masks(table):
    assert table.loc["ModernBert"].equals(table.loc["ModernBertDecoder"])


def test_albert_shares_and_factorises(table):
    row = table.loc["Albert"]
    assert row["sets of weights"] == 1 < row["layers"] and row["embedding width"] < row["d_model"]


def test_the_parts_of_other_stacks_are_read_off_as_well():
    small = {"vocab_size": 20, "hidden_size": 8, "num_attention_heads": 2, "num_hidden_layers": 3}
    llama = parts_list.parts_of(without_weights(LlamaModel, LlamaConfig(**small, intermediate_size=24)))
    assert (llama["positions"], llama["norm"], llama["feed-forward"]) == ("rotary", "RMSNorm", "gated")
    apart = AlbertConfig(**small, intermediate_size=24, embedding_size=4, num_hidden_groups=3)
    assert parts_list.parts_of(without_weights(AlbertModel, apart))["sets of weights"] == 3


def test_a_family_that_does_not_exist_is_refused():
    with pytest.raises(ValueError, match="no family 'NeoBert'"):
        parts_list.stack_of("NeoBert")
