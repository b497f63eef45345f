"""One step of training, the same for pretraining and fine-tuning, on one process or several."""

from __future__ import annotations

import torch


def train_step(model, optimizer, batches, *, losses, rate, clip):
    """One update of the weights by the gradient of the mean loss of some batches, clipped to a norm of `clip`.

    `losses(model, batch)` gives named losses in nats, which are added up; those of each batch come back, detached.
    """
    for group in optimizer.param_groups:
        group["lr"] = rate
    found = []
    for batch in batches:
        values = losses(model, batch)
        (sum(values.values()) / len(batches)).backward()
        found.append({name: value.detach() for name, value in values.items()})
    torch.nn.utils.clip_grad_norm_(model.parameters(), clip)
    optimizer.step()
    optimizer.zero_grad()
    return found
