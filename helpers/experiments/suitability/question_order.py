"""Question before or after the passage: what a span head on a decoder can know when it reads the passage.

A passage tells of a journey, the question asks for one of its two cities. Whoever marks a word of the passage without
knowing the question can be right in half of the cases and no more.
"""

from __future__ import annotations

from dataclasses import replace

import numpy as np

from helpers.experiments.tasks import runs
from helpers.experiments.tasks.families import FAMILIES
from helpers.tasks.question_answering import QUESTIONS, TASK, span_of, turned
from helpers.tasks.task import SIZES, Example, stream
from helpers.training.finetuning import FineTuning

JOURNEYS = tuple(question for question in QUESTIONS if question.scene == "travel")
SEEDS = range(3)
RECIPE = FineTuning(steps=200, batch_size=16, learning_rate=1e-3)
BLIND = 0.5  # the best share of right answers without the question


def draw(split, seed):
    """A journey and a question about where it went or where it came from, by a coin flip."""
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


BEFORE = replace(TASK, name="journeys", title="question before the passage", draw=draw, train=SIZES["train"])
AFTER = replace(BEFORE, name="journeys, question last", title="question after the passage", draw=draw_turned)
ORDERS = {"before": BEFORE, "after": AFTER}


def points():
    """A point for each family and place of the question."""
    for family in FAMILIES:
        for order in ORDERS:
            yield {"who": family, "question": order, "recipe": RECIPE.to_dict()}


def run(point: dict) -> dict[str, float]:
    """Scores of a family's span head with the question before or after the passage."""
    how = {"method": "head", "seed": point["seed"], "recipe": FineTuning(**point["recipe"])}
    return runs.run(ORDERS[point["question"]], point["who"], **how).scores
