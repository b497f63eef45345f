"""How vectors lie, by slow loops."""

import itertools

import numpy as np
import pytest
import torch

from helpers.methods.embeddings import geometry


def test_geometry_by_slow_loops():
    u, v = (
        torch.nn.functional.normalize(torch.randn(9, 5, generator=torch.Generator().manual_seed(s)), dim=1)
        for s in (5, 6)
    )
    strangers = list(itertools.permutations(range(9), 2))
    assert geometry.mean_cosine(u) == pytest.approx(np.mean([float(u[i] @ u[j]) for i, j in strangers]), abs=1e-5)
    slow = np.mean([float((a - b).norm() ** 2) for a, b in zip(u, v)])
    assert geometry.alignment(u, v) == pytest.approx(slow, abs=1e-5)
    slow = np.log(np.mean([np.exp(-2 * float((u[i] - u[j]).norm() ** 2)) for i, j in strangers]))
    assert geometry.uniformity(u) == pytest.approx(slow, abs=1e-4)
    assert geometry.uniformity(u[:1].repeat(4, 1)) == pytest.approx(0, abs=1e-5)


def test_geometry_refuses_long_vectors_and_single_ones():
    with pytest.raises(ValueError, match="must have length 1"):
        geometry.mean_cosine(torch.ones(3, 4))
    with pytest.raises(ValueError, match="1 vectors make no pair"):
        geometry.uniformity(torch.ones(1, 1))
