"""An excess is a Kullback-Leibler divergence: checked by hand, and never negative whatever the model says."""

import math

import numpy as np
import pytest
import torch

from helpers.evaluation.divergence import loss_scores


def test_two_steps_by_hand():
    exact = [np.array([[0.5, 0.5], [1.0, 0.0]])]
    said = [torch.tensor([[0.25, 0.5, 0.25], [0.1, 0.8, 0.1]]).log()]
    found = loss_scores(exact, said, columns=[0, 2])
    assert found["floor"] == pytest.approx(math.log(2) / 2)
    assert found["loss"] == pytest.approx((math.log(4) + math.log(10)) / 2)
    assert found["excess"] == pytest.approx(found["loss"] - found["floor"])


def test_it_is_zero_for_the_exact_distribution_and_positive_for_every_other():
    rng = np.random.default_rng(0)
    exact = [rng.dirichlet(np.full(6, 0.2), steps) for steps in (3, 1, 5)]
    with np.errstate(divide="ignore"):
        own = loss_scores(exact, [torch.tensor(np.log(probs)) for probs in exact], columns=range(6))
    assert own["excess"] == pytest.approx(0, abs=1e-12)
    for _ in range(200):
        other = [torch.tensor(rng.normal(size=probs.shape)) for probs in exact]
        assert loss_scores(exact, other, columns=range(6))["excess"] > 0


def test_an_event_that_the_model_excludes_costs_infinitely_much():
    found = loss_scores([np.array([[0.5, 0.5]])], [torch.tensor([[0.0, -math.inf]])], columns=[0, 1])
    assert found["excess"] == math.inf
