"""How far a model's next-token distributions are from the exact ones: an excess that is never negative.

A realised loss minus a realised floor can fall below zero by the luck of the draw. The Kullback-Leibler divergence of
the exact distribution from the model's is what that difference is on average, and Gibbs' inequality holds it at zero or
above for every single step.

Source: Kullback and Leibler 1951, "On Information and Sufficiency"; Cover and Thomas, "Elements of Information Theory",
theorem 2.6.3.
"""

from __future__ import annotations

import numpy as np
import torch

from helpers.evaluation.expected import expected_log_prob
from helpers.evaluation.intervals import half_width


def loss_scores(exact, log_probs, columns) -> dict:
    """Expected loss, its floor and the excess, in nats per predicted token; "ci95" is half of the excess's interval.

    The floor is the entropy of the exact distributions, the excess their divergence KL(exact || model), the loss both.

    exact: for each text the distributions of its steps over some tokens, (steps, tokens); log_probs: for each text the
    model's, (steps, vocab); columns: where these tokens stand in the vocabulary.
    """
    floors, losses = [], []
    for probs, rows in zip(exact, log_probs, strict=True):
        with np.errstate(divide="ignore"):
            surprise = -np.log(probs)
        said = torch.as_tensor(rows).double().log_softmax(-1)[:, columns]
        floors.append(-expected_log_prob(-surprise, probs))
        losses.append(-expected_log_prob(said.numpy(), probs))
    floor, loss = (float(np.concatenate(part).mean()) for part in (floors, losses))
    excesses = [float((a - b).sum()) for a, b in zip(losses, floors, strict=True)]
    steps = [len(row) for row in floors]
    return {"loss": loss, "floor": floor, "excess": sum(excesses) / sum(steps), "ci95": half_width(excesses, steps)}
