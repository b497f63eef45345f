"""Numbers, tensors and lists: what fits comes back as it was meant, everything else is named with its remedy."""

import numpy as np
import pytest
import torch

from helpers.transformer import checks

NAN, INF = float("nan"), float("inf")


@pytest.mark.parametrize("value", [None, 3.7, NAN, "3", True, [3], torch.tensor(3.0)])
def test_what_is_no_whole_number(value):
    with pytest.raises(TypeError, match="count cannot be .*; pass a whole number, 1 or more"):
        checks.whole(value, "count", least=1)


@pytest.mark.parametrize(("value", "due"), [(0, "1 or more"), (-1, "1 or more"), (10**9, "100 or less")])
def test_whole_numbers_out_of_range(value, due):
    with pytest.raises(ValueError, match=f"count {value} is too .*; pass {due}"):
        checks.whole(value, "count", least=1, most=100)


def test_numpy_s_numbers_are_numbers():
    assert checks.whole(np.int64(3), "count") == 3 and checks.real(np.float32(0.5), "rate", above=0) == 0.5


@pytest.mark.parametrize("value", [NAN, INF, -INF, 0, -1])
def test_real_numbers_out_of_range(value):
    with pytest.raises(ValueError, match="temperature .* must be a finite number above 0"):
        checks.real(value, "temperature", above=0)


@pytest.mark.parametrize("value", [0, 1, 15, -0.1, NAN, INF])
def test_shares_lie_between_0_and_1(value):
    with pytest.raises(ValueError, match="rate .* must lie between 0 and 1, both excluded; BERT uses 0.15"):
        checks.share(value, "rate", usual="BERT uses 0.15")


@pytest.mark.parametrize("value", [None, 0, np.random.default_rng(0)])
def test_a_seed_is_no_generator(value):
    with pytest.raises(TypeError, match="generator cannot be .*; pass torch.Generator"):
        checks.random_source(value)


@pytest.mark.parametrize("value", [None, "ids", [[1], [2, 3]], ["a"], object()])
def test_what_is_no_tensor(value):
    with pytest.raises(TypeError, match="ids cannot be .*; pass a tensor"):
        checks.tensor(value, "ids")


def test_lists_and_numpy_arrays_become_tensors():
    assert checks.tensor([[1, 2]], "ids", dims=2).tolist() == checks.tensor(np.array([[1, 2]]), "ids").tolist()
    with pytest.raises(ValueError, match=r"ids has shape \(2,\); pass a tensor of 2 dimension"):
        checks.tensor([1, 2], "ids", dims=2)


@pytest.mark.parametrize("bad", [NAN, INF])
def test_nan_and_inf_are_named_with_their_row(bad):
    with pytest.raises(ValueError, match=f"scores hold {bad} in row 1"):
        checks.finite([[0.0, 1.0], [bad, 0.0]], "scores")


@pytest.mark.parametrize("value", ["a bare string", None, 3, {"a": 1}, iter([1])])
def test_what_is_no_list(value):
    with pytest.raises(TypeError, match="words cannot be .*; pass a list of words"):
        checks.listed(value, "words", of="words")


def test_tuples_and_arrays_are_lists_and_too_few_are_refused():
    assert checks.listed((1, 2), "ids") == checks.listed(np.array([1, 2]), "ids") == [1, 2]
    with pytest.raises(ValueError, match="ids has 1 items; pass a list of 2 or more"):
        checks.listed([1], "ids", least=2)
