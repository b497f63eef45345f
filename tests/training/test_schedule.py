"""The library's schedules, one step ahead while they rise."""

import pytest
import torch
from transformers import get_cosine_schedule_with_warmup, get_linear_schedule_with_warmup

from helpers.training.schedule import share_of_peak


@pytest.mark.parametrize(
    "kind, library", [("cosine", get_cosine_schedule_with_warmup), ("linear", get_linear_schedule_with_warmup)]
)
def test_the_shares_are_the_librarys_without_its_first_step(kind, library):
    optimizer = torch.optim.SGD([torch.zeros(1)], lr=1.0)
    schedule, theirs = library(optimizer, 4, 20), []
    for _ in range(20):
        theirs.append(optimizer.param_groups[0]["lr"])
        optimizer.step()
        schedule.step()
    ours = [share_of_peak(kind, step, warmup=4, steps=20) for step in range(20)]
    assert theirs[0] == 0 and ours == [*theirs[1:5], *theirs[4:]]
