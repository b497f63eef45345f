"""Attention read by weights and by what they carry: the parts add up to the layer's own output."""

import pytest
import torch
from transformers import BertConfig, BertModel

from helpers.experiments.attention import effect, reading, sinks

SIZE = {"hidden_size": 12, "num_hidden_layers": 3, "num_attention_heads": 3, "intermediate_size": 8, "vocab_size": 40}
IDS = torch.tensor([[2, 11, 7, 30, 9, 8, 3]])


@pytest.fixture(scope="module")
def body():
    torch.manual_seed(0)
    return BertModel(BertConfig(**SIZE, attn_implementation="eager")).eval().requires_grad_(False)


def test_weighted_vectors_add_up_to_the_output_of_the_attention(body):
    output = body(input_ids=IDS, output_attentions=True, output_hidden_states=True)
    for layer, states, weights in zip(body.encoder.layer, output.hidden_states, output.attentions):
        vectors = reading.weighted_vectors(layer.attention, states[0], weights[0])
        dense = layer.attention.output.dense
        assert torch.allclose(vectors.sum((0, 2)) + dense.bias, dense(layer.attention.self(states)[0])[0], atol=1e-6)


def test_norms_are_those_of_the_paper_written_out_head_by_head(body):
    looks, width = reading.read(body, IDS), 4
    last, states = body.encoder.layer[-1].attention, looks.states[-2][0]
    weights = body(input_ids=IDS, output_attentions=True).attentions[-1][0]
    norms = torch.zeros(7, 7)
    for head in range(3):
        part = slice(head * width, (head + 1) * width)
        values = states @ last.self.value.weight[part].T + last.self.value.bias[part]
        transformed = values @ last.output.dense.weight[:, part].T
        for i in range(7):
            for j in range(7):
                norms[i, j] += (weights[head, i, j] * transformed[j]).norm() / 3
    assert torch.allclose(looks.norms[-1], norms, atol=1e-6)
    assert (looks.summed <= 3 * looks.norms + 1e-6).all()  # the triangle inequality


def test_equal_values_carry_as_the_weights_say(body):
    torch.manual_seed(1)
    states = torch.randn(1, 12).expand(7, 12)
    weights = torch.rand(1, 7, 7).softmax(-1).expand(3, 7, 7)
    vectors = reading.weighted_vectors(body.encoder.layer[0].attention, states, weights)
    summed = vectors.sum(0).norm(dim=-1)
    assert torch.allclose(summed / summed.sum(-1, keepdim=True), weights[0], atol=1e-5)


def test_rollout_of_one_layer_is_half_of_it_and_rows_add_up_to_one(body):
    looks = reading.read(body, IDS)
    flow = reading.attention_rollout(looks.weights)
    assert torch.allclose(flow.sum(-1), torch.ones(7), atol=1e-5)
    assert torch.allclose(reading.attention_rollout(looks.weights[:1]), (looks.weights[0] + torch.eye(7)) / 2)


def test_hiding_moves_by_what_a_second_reading_says_and_not_at_all_where_the_mask_stands_already(body):
    ids = IDS.clone()
    ids[0, 4] = 5
    here = body(input_ids=ids).last_hidden_state[0, 2]
    found = effect.hiding(body, ids, 2, 5, here)
    other = ids.clone()
    other[0, 1] = 5
    assert float(found[4]) == pytest.approx(0, abs=1e-5)
    assert float(found[1]) == pytest.approx(
        float((body(input_ids=other).last_hidden_state[0, 2] - here).norm()), abs=1e-5
    )


def test_a_cut_look_moves_the_word_as_the_attention_without_it(body):
    looks = reading.read(body, IDS)
    found = effect.cutting(body, looks.states[-2], 2, looks.last[2])
    bias = torch.zeros(1, 1, 7, 7)
    bias[0, 0, 2, 5] = -1e9
    last = body.encoder.layer[-1](looks.states[-2], attention_mask=bias)
    moved = ((last[0] if isinstance(last, tuple) else last)[0, 2] - looks.last[2]).norm()
    assert float(found[5]) == pytest.approx(float(moved), abs=1e-5) and (found > 1e-4).all()


def test_closing_nothing_moves_nothing_and_the_sets_hold_what_they_say(body):
    here = reading.read(body, IDS).last[2]
    assert float(sinks.moved(body, IDS, 2, here, [[], [0, 6]])[0]) == pytest.approx(0, abs=1e-6)
    received = torch.tensor([0.3, 0.1, 0.1, 0.1, 0.1, 0.1, 0.2])
    rng = sinks.np.random.default_rng(0)
    sets = sinks.sets_of_columns(received, 2, rng)
    assert sets["special"] == [0, 6] and sets["neighbours"] == [1, 3] and len(sets["ordinary, matched"]) == 4
    assert [len(sets[f"ordinary {n}"]) for n in range(1, 5)] == [1, 2, 3, 4] and "ordinary 5" not in sets
    assert not {0, 2, 6} & set(sets["ordinary 4"])
    received[[0, 6]] = torch.tensor([0.05, 0.06])
    assert len(sinks.sets_of_columns(received, 2, rng)["ordinary, matched"]) == 1
