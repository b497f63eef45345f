"""Generation: the divergence is scipy's."""

import pytest
from scipy.spatial.distance import jensenshannon

from helpers.tasks.generation import divergence


def test_divergence_is_scipys():
    assert divergence(["good good bad"], ["good bad"]) == pytest.approx(jensenshannon([2, 1], [1, 1], base=2) ** 2)
    assert divergence([""], ["good"]) == 1.0
