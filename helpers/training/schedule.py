"""The learning-rate schedules of transformers as functions of the step: a resumed run has no scheduler to restore.

Pretraining asks for "cosine" (`recipe.learning_rate`), fine-tuning for "linear".

Source: `transformers.get_cosine_schedule_with_warmup` and `get_linear_schedule_with_warmup`.
"""

from __future__ import annotations

import functools

import torch
from transformers import get_scheduler


def share_of_peak(kind, step, *, warmup, steps):
    """The share of the peak rate in a step counted from 0: up to 1, then down to 0, "linear" or "cosine".

    The library begins at a rate of 0, a step that changes nothing; this warm-up is one step ahead.

    >>> [share_of_peak("linear", step, warmup=2, steps=4) for step in range(4)]
    [0.5, 1.0, 1.0, 0.5]
    """
    return _schedule(kind, warmup, steps)(step + 1 if step < warmup else step)


@functools.cache
def _schedule(kind, warmup, steps):
    steered = torch.optim.SGD([torch.zeros(1)], lr=1.0)  # the library asks for an optimizer; only its formula is wanted
    steps = {"num_warmup_steps": warmup, "num_training_steps": max(steps, warmup + 1)}  # the peak comes before the end
    return get_scheduler(kind, steered, **steps).lr_lambdas[0]
