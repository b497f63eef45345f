"""Causal language modelling, looked at closely: what a search finds, what a bug costs, what a sampler draws from.

`search`: the most probable text beside greedy search and beams. `doubled_shift`: labels shifted twice, from random
weights. `processed_logits`: what a sampler draws from, beside the library's own. `jump`: how labels of lists are
learnt, measured without a threshold, and the heads that look up. `typed_marks`: the marks of a chat typed by a user.
`chat`: the same questions with a chat template and without. The rows stand in data/results/causal_lm.jsonl.
"""

from __future__ import annotations

from helpers.experiments.causal_lm import chat, doubled_shift, jump, processed_logits, search, typed_marks
from helpers.experiments.runner import Experiment

PARTS = {part.NAME: part for part in (search, doubled_shift, processed_logits, jump, typed_marks, chat)}


def grid():
    """The points of all parts."""
    for name, part in PARTS.items():
        yield from ({"experiment": name, **point} for point in part.points())


def models(point: dict) -> tuple[str, ...]:
    """The course models that a point reads."""
    return PARTS[point["experiment"]].models(point)


def run(point: dict) -> dict:
    """The scores of one point."""
    return PARTS[point["experiment"]].run(point)


EXPERIMENT = Experiment("causal_lm", grid=grid, run=run, models=models)
