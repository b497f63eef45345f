"""Question before or after the passage: what a span head on a decoder can know when it reads the passage.

A passage tells of a journey, the question asks for one of its two cities. Whoever marks a word of the passage without
knowing the question can be right in half of the cases and no more.
"""

from __future__ import annotations

from dataclasses import replace

import numpy as np

from helpers.experiments.tasks.families import FAMILIES
from helpers.experiments.tasks.runs import run
from helpers.tasks.question_answering import QUESTIONS, TASK, span_of, turned
from helpers.tasks.task import Example, stream
from helpers.training.finetuning import Recipe, plain

JOURNEYS = tuple(question for question in QUESTIONS if question.scene == "travel")
RECIPE = Recipe(steps=200, batch_size=16, learning_rate=1e-3)
BLIND = 0.5  # the best share of right answers without the question


def draw(split, seed):
    """A journey and a question about where it went or where it came from, by the toss of a coin."""
    rng = np.random.default_rng([seed, 1130])
    journeys = stream("travel", split=split, seed=[seed, 1131], keep=lambda d: d.kinds[0] == "leave")
    for d in filter(lambda d: "ask" not in d.kinds, journeys):
        question = JOURNEYS[rng.integers(len(JOURNEYS))]
        first, last = span_of(d, question)
        asked = question.text.format(d.facts["person"])
        if len(asked.split()) < len(d.tokens):
            yield Example(asked, d.tokens[first], " ".join(d.tokens), (first, last))


def draw_turned(split, seed):
    """The same with the question after the passage."""
    for example in draw(split, seed):
        yield turned([example])[0]


BEFORE = replace(TASK, name="journeys", title="question before the passage", draw=draw)
AFTER = replace(TASK, name="journeys, question last", title="question after the passage", draw=draw_turned)
ORDERS = {"before": BEFORE, "after": AFTER}


def tuned(family: str, order: str, *, seed: int) -> dict[str, float]:
    """Exact match of a family's span head with the question before or after the passage."""
    return run(ORDERS[order], family, way="head", seed=seed, recipe=RECIPE).scores


def jobs(seeds, weights):
    """All runs: (identity, work)."""
    for seed in seeds:
        for family, (name, *_) in FAMILIES.items():
            for order in ORDERS:
                key = {
                    "experiment": "order",
                    "who": family,
                    "question": order,
                    "seed": seed,
                    "weights": weights[name],
                    "recipe": plain(RECIPE),
                }
                yield key, lambda s=seed, f=family, o=order: tuned(f, o, seed=s)
