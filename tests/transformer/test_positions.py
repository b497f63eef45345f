"""Position vectors: the paper's formula, a rotation for every offset, cosines that depend on the distance alone."""

import math

import pytest
import torch

from helpers.transformer.positions import rotation, similarity, sinusoids


def test_each_column_is_the_sine_or_cosine_of_the_paper():
    table = sinusoids(7, 6)
    for position in range(7):
        for i in range(3):
            angle = position / 10_000 ** (2 * i / 6)
            expected = torch.tensor([math.sin(angle), math.cos(angle)])
            assert torch.allclose(table[position, 2 * i : 2 * i + 2], expected, atol=1e-6)


@pytest.mark.parametrize("offset", [-5, -1, 0, 1, 4])
def test_an_offset_is_one_rotation_wherever_it_starts(offset):
    table, turn = sinusoids(20, 8), rotation(offset, 8)
    for position in range(5, 15):
        assert torch.allclose(turn @ table[position], table[position + offset], atol=1e-5)


def test_a_rotation_is_undone_by_the_opposite_one():
    assert torch.allclose(rotation(3, 8) @ rotation(-3, 8), torch.eye(8), atol=1e-6)


def test_the_cosine_depends_on_the_distance_alone():
    cosines = similarity(sinusoids(12, 8))
    assert torch.allclose(cosines[:-1, :-1], cosines[1:, 1:], atol=1e-5)
    assert cosines[0, 1] > cosines[0, 2] and cosines.abs().max() <= 1 + 1e-6


def test_the_length_of_a_row_does_not_matter():
    table = sinusoids(5, 8)
    assert torch.allclose(similarity(table * torch.arange(1.0, 6)[:, None]), similarity(table), atol=1e-6)


def test_what_has_no_sine_for_each_cosine_or_no_direction_is_refused():
    with pytest.raises(ValueError, match="d_model 5 must be even, a sine and a cosine for each angle; pass 6"):
        sinusoids(3, 5)
    with pytest.raises(ValueError, match="row of zeros or nan"):
        similarity(torch.tensor([[1.0, 0.0], [0.0, 0.0]]))
