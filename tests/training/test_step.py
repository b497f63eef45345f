"""One update: the gradient of the mean loss, clipped, at the rate that is asked for."""

import pytest
import torch

from helpers.training.step import train_step


def losses(model, batch):
    return {"first": (model(batch) ** 2).mean(), "second": model(batch).abs().mean()}


def update(model, batches, **how):
    how = {"losses": losses, "rate": 0.1, "clip": 1e9, **how}
    return train_step(model, torch.optim.SGD(model.parameters(), lr=7.0), batches, **how)


def test_the_weights_move_by_the_gradient_of_the_mean_of_all_losses():
    torch.manual_seed(0)
    model, batches = torch.nn.Linear(3, 2), [torch.randn(4, 3) for _ in range(3)]
    before = [weight.detach().clone() for weight in model.parameters()]
    total = sum(sum(losses(model, batch).values()) for batch in batches) / 3
    gradients = torch.autograd.grad(total, list(model.parameters()))
    found = update(model, batches)
    for weight, old, gradient in zip(model.parameters(), before, gradients):
        assert torch.allclose(weight, old - 0.1 * gradient, atol=1e-6) and weight.grad is None
    assert float(total.detach()) == pytest.approx(sum(float(sum(values.values())) for values in found) / 3)


def test_a_long_gradient_is_clipped():
    model = torch.nn.Linear(1, 1, bias=False)
    before = float(model.weight.detach())
    update(model, [torch.full((1, 1), 100.0)], clip=0.5, rate=1.0)
    assert abs(before - float(model.weight.detach())) == pytest.approx(0.5, rel=1e-4)
