"""Attention equals torch's own, a block is one block under every mask, and influence follows the mask."""

import pytest
import torch
from torch import nn

from helpers.transformer import masks
from helpers.transformer.attention import (
    Block,
    PostNormBlock,
    influence_by_gradient,
    influence_by_mask,
    influence_by_perturbation,
    merge_heads,
    scaled_dot_product_attention,
    split_heads,
)

PADDED = masks.combine(masks.causal(7), masks.padding(torch.tensor([[0, 0, 1, 1, 1, 1, 1], [1, 1, 1, 1, 1, 0, 0]])))
MASKS = {
    "none": None,
    "bidirectional": masks.bidirectional(7),
    "causal": masks.causal(7),
    "prefix": masks.prefix_lm(7, prefix=3),
    "window": masks.sliding_window(7, window=1),
    "document": masks.document(torch.tensor([0, 0, 1, 1, 1, 2, 2])),
    "padded on the left, with rows that see nothing": PADDED,
}
each_mask = pytest.mark.parametrize("mask", MASKS.values(), ids=MASKS.keys())


@pytest.fixture(autouse=True)
def seed():
    torch.manual_seed(0)


@each_mask
def test_equal_to_torchs_kernel(mask):
    q, k, v = torch.randn(3, 2, 4, 7, 8)
    ours, weights = scaled_dot_product_attention(q, k, v, mask)
    theirs = nn.functional.scaled_dot_product_attention(q, k, v, attn_mask=mask)
    torch.testing.assert_close(ours, theirs, atol=1e-6, rtol=0)
    if mask is not None:
        assert bool((weights.masked_select(~mask.expand_as(weights)) == 0).all())
        sums = (~masks.fully_masked_rows(mask)).float().expand(2, 4, 7)
    torch.testing.assert_close(weights.sum(-1), torch.ones(2, 4, 7) if mask is None else sums)


def test_equal_to_torchs_kernel_across_lengths():
    q, k, v = torch.randn(2, 3, 8), torch.randn(2, 5, 8), torch.randn(2, 5, 6)
    mask = masks.cross(3, 5) & torch.tensor([True, True, False, True, True])
    ours, weights = scaled_dot_product_attention(q, k, v, mask)
    theirs = nn.functional.scaled_dot_product_attention(q, k, v, attn_mask=mask)
    torch.testing.assert_close(ours, theirs, atol=1e-6, rtol=0)
    assert weights.shape == (2, 3, 5)


def test_rows_that_may_see_nothing_are_zero_and_pass_a_finite_gradient_on():
    q, k, v = (part.requires_grad_() for part in torch.randn(3, 2, 4))
    output, weights = scaled_dot_product_attention(q, k, v, torch.tensor([[False, False], [True, False]]))
    assert output[0].tolist() == [0.0] * 4 and weights[0].tolist() == [0.0, 0.0]
    output.sum().backward()
    assert bool(v.grad.isfinite().all())


def test_arguments_stay_as_they_are():
    parts = torch.randn(3, 5, 4)
    before, mask = parts.clone(), masks.causal(5)
    scaled_dot_product_attention(*parts, mask)
    assert torch.equal(parts, before) and torch.equal(mask, masks.causal(5))


@each_mask
def test_a_blocks_attention_equals_torchs_multi_head_attention(mask):
    block, theirs, x = Block(12, 3), nn.MultiheadAttention(12, 3, batch_first=True), torch.randn(2, 7, 12)
    theirs.load_state_dict(
        {
            "in_proj_weight": block.qkv.weight,
            "in_proj_bias": block.qkv.bias,
            "out_proj.weight": block.out_proj.weight,
            "out_proj.bias": block.out_proj.bias,
        }
    )
    if mask is not None:
        mask = mask.expand(2, 3, 7, 7)
        forbidden = ~mask.reshape(6, 7, 7)  # torch's module: True = may NOT attend
        seeing = mask[:, 0].any(-1)
    output, _ = theirs(x, x, x, attn_mask=None if mask is None else forbidden, need_weights=False)
    ours = block.attention(x, mask)
    rows = torch.ones(2, 7, dtype=torch.bool) if mask is None else seeing
    torch.testing.assert_close(ours[rows], output[rows], atol=1e-6, rtol=0)


@pytest.mark.parametrize(("kind", "norm_first"), [(Block, True), (PostNormBlock, False)])
def test_a_block_equals_torchs_encoder_layer_under_either_mask(kind, norm_first):
    block = kind(12, 3)
    theirs = nn.TransformerEncoderLayer(
        12, 3, 48, dropout=0.0, activation="gelu", batch_first=True, norm_first=norm_first
    )
    names = {
        "qkv.weight": "self_attn.in_proj_weight",
        "qkv.bias": "self_attn.in_proj_bias",
        "out_proj": "self_attn.out_proj",
        "mlp.0": "linear1",
        "mlp.2": "linear2",
        "norm_1": "norm1",
        "norm_2": "norm2",
    }
    state = {
        names.get(name) or names[name.rpartition(".")[0]] + "." + name.rpartition(".")[2]: weight
        for name, weight in block.state_dict().items()
    }
    theirs.load_state_dict(state)
    x = torch.randn(2, 7, 12)
    for mask in (masks.bidirectional(7), masks.causal(7)):
        torch.testing.assert_close(block(x, mask), theirs(x, src_mask=~mask), atol=1e-5, rtol=0)


def test_one_set_of_weights_two_masks():
    block, x = Block(12, 3), torch.randn(7, 12)
    encoder, decoder = block(x, masks.bidirectional(7)), block(x, masks.causal(7))
    torch.testing.assert_close(encoder[-1], decoder[-1], atol=1e-6, rtol=0)  # the last position sees all in both
    assert bool(((encoder[:-1] - decoder[:-1]).abs().amax(-1) > 1e-3).all())


@pytest.mark.parametrize("layers", [1, 2, 3])
@pytest.mark.parametrize("name", ["bidirectional", "causal", "prefix", "window", "document"])
@pytest.mark.parametrize("kind", [Block, PostNormBlock])
def test_influence_is_the_same_read_off_nudged_or_derived(name, layers, kind):
    blocks, x, mask = [kind(12, 3) for _ in range(layers)], torch.randn(7, 12), MASKS[name]

    def network(x):
        for block in blocks:
            x = block(x, mask)
        return x

    promised = influence_by_mask(mask, layers=layers)
    assert torch.equal(influence_by_perturbation(network, x), promised)
    assert torch.equal(influence_by_gradient(network, x), promised)


def test_a_window_reaches_further_with_every_layer():
    window = masks.sliding_window(9, window=1)
    assert [int(influence_by_mask(window, layers=n)[0].sum()) for n in (1, 2, 3)] == [2, 3, 4]


def test_heads_split_and_merge():
    x = torch.randn(2, 5, 12)
    assert split_heads(x, 3).shape == (2, 3, 5, 4)
    assert torch.equal(split_heads(x, 3)[:, 1], x[..., 4:8])
    assert torch.equal(merge_heads(split_heads(x, 3)), x)
    with pytest.raises(ValueError, match="d_model 12 is not divisible by 5 heads"):
        split_heads(x, 5)


@pytest.mark.parametrize(
    "mask, message",
    [
        (torch.ones(3, 3), "mask has dtype torch.float32; pass booleans"),
        (torch.ones(3, 4, dtype=torch.bool), r"expected \(query, key\) = \(4, 3\).*transposed"),
        (torch.ones(4, 5, dtype=torch.bool), r"mask has shape \(4, 5\).*build it for these lengths"),
    ],
)
def test_a_mask_that_does_not_fit_is_named(mask, message):
    with pytest.raises(ValueError, match=message):
        scaled_dot_product_attention(torch.zeros(4, 2), torch.zeros(3, 2), torch.zeros(3, 2), mask)


def test_projections_that_do_not_fit_are_named():
    with pytest.raises(ValueError, match="q has d_head 2, k has 3"):
        scaled_dot_product_attention(torch.zeros(4, 2), torch.zeros(3, 3), torch.zeros(3, 3))
    with pytest.raises(ValueError, match="3 keys but 4 values"):
        scaled_dot_product_attention(torch.zeros(4, 2), torch.zeros(3, 2), torch.zeros(4, 2))
