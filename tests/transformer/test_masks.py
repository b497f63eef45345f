"""Masks as their definitions say, the errors that tell which mask is wrong, and the traps of the additive form."""

import pytest
import torch

from helpers.transformer import masks


def definition(length, allowed):
    return torch.tensor([[allowed(i, j) for j in range(length)] for i in range(length)])


@pytest.mark.parametrize("length", [1, 2, 7])
def test_each_mask_is_its_definition(length):
    cases = [
        (masks.bidirectional(length), lambda i, j: True),
        (masks.causal(length), lambda i, j: j <= i),
        (masks.prefix_lm(length, prefix=length // 2), lambda i, j: j <= i or j < length // 2),
        (masks.sliding_window(length, window=2), lambda i, j: abs(i - j) <= 2),
        (masks.combine(masks.sliding_window(length, window=1), masks.causal(length)), lambda i, j: 0 <= i - j <= 1),
        (masks.document(torch.arange(length) // 3), lambda i, j: i // 3 == j // 3),
    ]
    for mask, allowed in cases:
        assert mask.dtype == torch.bool and torch.equal(mask, definition(length, allowed))


def test_prefix_runs_from_causal_to_bidirectional():
    assert torch.equal(masks.prefix_lm(5, prefix=0), masks.causal(5))
    assert torch.equal(masks.prefix_lm(5, prefix=5), masks.bidirectional(5))


def test_cross_is_rectangular_and_padding_hides_keys_of_its_own_row_only():
    assert masks.cross(2, 5).shape == (2, 5) and bool(masks.cross(2, 5).all())
    hidden = masks.padding(torch.tensor([[1, 1, 0], [1, 1, 1]]))
    assert hidden.shape == (2, 1, 1, 3) and hidden[:, 0, 0].tolist() == [[True, True, False], [True, True, True]]


def test_combining_is_and_and_changes_nothing():
    causal, hidden = masks.causal(3), masks.padding([[0, 1, 1], [1, 1, 0]])
    both = masks.combine(causal, hidden)
    assert both.shape == (2, 1, 3, 3)
    assert both[0, 0].int().tolist() == [[0, 0, 0], [0, 1, 0], [0, 1, 1]]
    assert both[1, 0].int().tolist() == [[1, 0, 0], [1, 1, 0], [1, 1, 0]]
    assert torch.equal(causal, masks.causal(3)) and torch.equal(masks.combine(causal), causal)


def test_padding_on_the_left_leaves_rows_that_see_nothing_on_the_right_it_does_not():
    left, right = ([[0, 0, 1, 1]], [[1, 1, 0, 0]])
    blind = [masks.fully_masked_rows(masks.combine(masks.causal(4), masks.padding(p)))[0, 0] for p in (left, right)]
    assert blind[0].tolist() == [True, True, False, False] and blind[1].tolist() == [False] * 4


@pytest.mark.parametrize("dtype", [torch.float32, torch.bfloat16, torch.float16])
def test_the_additive_form_gives_the_same_weights(dtype):
    scores, mask = torch.randn(5, 5, generator=torch.Generator().manual_seed(0)).to(dtype), masks.causal(5)
    added = (scores + masks.to_additive(mask, dtype=dtype)).softmax(-1)
    torch.testing.assert_close(added, scores.masked_fill(~mask, float("-inf")).softmax(-1))
    assert masks.to_additive(mask, dtype=dtype).dtype == dtype


def test_two_additive_masks_overflow_where_one_does_not():
    additive = masks.to_additive(torch.tensor([[False, False]]))
    assert bool(additive.isfinite().all()) and bool((additive + additive).isinf().all())
    assert bool((additive + additive).softmax(-1).isnan().all())


@pytest.mark.parametrize(
    "call, message",
    [
        (lambda: masks.bidirectional(0), "length 0 must be at least 1"),
        (lambda: masks.causal(-1), "length -1 must be at least 1"),
        (lambda: masks.cross(3, 0), "key_length 0 must be at least 1"),
        (lambda: masks.prefix_lm(4, prefix=5), "prefix 5 must lie between 0 and the length 4"),
        (lambda: masks.sliding_window(4, window=-1), "window -1 must be 0"),
        (lambda: masks.padding(torch.tensor([1, 1, 0])), r"shape \(3,\), expected \(batch, key\)"),
        (lambda: masks.padding(torch.tensor([[2, 31, 3, 0]])), "holds 2; 1 marks a token, 0 padding"),
        (lambda: masks.combine(), "no masks to combine"),
        (lambda: masks.combine(masks.causal(3), torch.ones(3, 3).long()), r"mask 1 has dtype torch.int64.*\.bool\(\)"),
        (lambda: masks.combine(masks.to_additive(masks.causal(3))), "mask 0 has dtype torch.float32.*mask == 0"),
        (lambda: masks.combine(masks.causal(3), masks.causal(4)), r"mask 1 does not fit: \(4, 4\) beside \(3, 3\)"),
    ],
)
def test_errors_name_the_value_and_the_remedy(call, message):
    with pytest.raises(ValueError, match=message):
        call()
