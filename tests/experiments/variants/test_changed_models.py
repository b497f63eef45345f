"""Encoders that differ in one part: which tensors differ from the base's, and that all read both ways."""

import pytest
import torch
from tiny_variants import QUICK
from torch import nn

from helpers.experiments.variants import changed_models, small_models
from helpers.transformer.parameters import count


def shapes(name, recipe=QUICK):
    return {n: tuple(p.shape) for n, p in changed_models.build(name, 0, recipe)[0].named_parameters()}


@pytest.mark.parametrize("name", changed_models.MAKERS)
def test_every_position_reads_every_other(name):
    model, _ = changed_models.build(name, 0, QUICK)
    ids = torch.arange(30, 35)[None]
    with torch.no_grad():
        before = model.eval()(ids).logits[0]
        for place in range(5):
            changed = ids.clone()
            changed[0, place] = 60
            assert ((model(changed).logits[0] - before).abs().amax(-1) > 0).all()


def test_rotary_positions_leave_out_the_table_alone():
    base, changed = shapes("BERT"), shapes("rotary positions")
    bert_only = {n.removeprefix("bert.") for n in base} - {n.removeprefix("roformer.") for n in changed}
    table = "embeddings.position_embeddings.weight"
    assert bert_only == {table} and sum(base[f"bert.{table}"]) == QUICK.positions + QUICK.d_model
    model, _ = changed_models.build("rotary positions", 0, QUICK)
    with torch.no_grad():
        one, two = (model.eval()(torch.tensor([row])).logits[0] for row in ([30, 31, 32], [32, 31, 30]))
    assert not torch.allclose(one[1], two[1], atol=1e-6)  # the middle word knows which side is which


def test_rms_norms_lack_the_biases_alone():
    base, changed = shapes("BERT"), shapes("RMSNorm")
    missing = set(base) - set(changed)
    assert missing and all(n.endswith("LayerNorm.bias") for n in missing) and set(changed) < set(base)
    model, _ = changed_models.build("RMSNorm", 0, QUICK)
    assert not any(isinstance(part, nn.LayerNorm) for part in model.modules())


def test_a_gated_network_has_the_parameters_of_the_plain_one_up_to_biases():
    recipe = small_models.RECIPE
    base, changed = (count(changed_models.build(name, 0, recipe)[0]) for name in ("BERT", "gated MLP"))
    assert abs(base - changed) <= recipe.layers * (recipe.feed_forward + 2 * recipe.d_model)


def test_a_gated_network_multiplies_value_by_gate():
    part, x = changed_models.GatedIntermediate(3, 4), torch.randn(2, 5, 3)
    gate, value = x @ part.gate.weight.T, x @ part.value.weight.T
    by_hand = 0.5 * gate * (1 + torch.erf(gate / 2**0.5)) * value
    assert torch.allclose(part(x), by_hand, atol=1e-6)


def test_what_albert_saves():
    d, wide = QUICK.d_model, {name: count(changed_models.build(name, 0, QUICK)[0]) for name in changed_models.MAKERS}
    table = changed_models.build("BERT", 0, QUICK)[0].config.vocab_size
    one_layer = 4 * (d * d + d) + 2 * d * QUICK.feed_forward + QUICK.feed_forward + d + 4 * d
    assert wide["ALBERT, nothing shared"] - wide["tied layers"] == (QUICK.layers - 1) * one_layer
    assert wide["ALBERT, nothing shared"] - wide["factorised embedding"] > table * d * 0.7


def test_the_same_seed_gives_the_same_weights_and_an_unknown_name_is_refused():
    one, two = (changed_models.build("gated MLP", 5, QUICK)[0].state_dict() for _ in range(2))
    assert all(torch.equal(one[name], two[name]) for name in one)
    with pytest.raises(ValueError, match="'SwiGLU'; choose from BERT, rotary positions"):
        changed_models.build("SwiGLU")
