"""Names that are told apart by what stands left of them, and names that only their right side tells apart.

The table's taggers, scored at the shared names alone, in two groups: what stands left of the name tells what it is (to
the exact reader of the left side), or it does not. Most names are people, which is a good guess without any cue; so
the second group is scored once more with people, firms and places counting alike.
"""

from __future__ import annotations

import functools

import numpy as np

from helpers.experiments.tasks import runs
from helpers.experiments.tasks.budgets import recipe_of
from helpers.experiments.tasks.families import FAMILIES
from helpers.tasks import TASKS
from helpers.tasks.token_classification import SHARED, TAGS, best_tags, tag_probs
from helpers.training.finetuning import FineTuning

SEEDS = range(3)
GROUPS = ("cue on the left", "cue on the right")
ALIKE = "cue on the right, types alike"
KNOWN, SURE = 0.99, 0.9  # probability of the type given the whole text, and given the left side


@functools.cache
def places(seed: int) -> tuple:
    """(example number, word number, group) of each shared name whose type the whole text tells for certain.

    The cue is on the left where the left side alone is as certain, on the right where it is not.
    """
    found = []
    for number, example in enumerate(TASKS["entities"].examples("test", seed=seed)):
        words = example.source.split()
        whole, left = (tag_probs(words, side=side) for side in ("both", "left"))
        for at, word in enumerate(words):
            if word in SHARED and max(whole[at].values()) > KNOWN:
                found.append((number, at, GROUPS[max(left[at].values()) < SURE]))
    return tuple(found)


def by_group(answers, *, seed: int) -> dict[str, float]:
    """Share of right tags in each group; in the second one also the mean of the shares of its types."""
    examples = TASKS["entities"].examples("test", seed=seed)
    right = {group: [] for group in (*GROUPS, *TAGS)}
    for number, at, group in places(seed):
        truth = examples[number].target[at]
        right[group].append(answers[number][at] == truth)
        if group == GROUPS[1]:
            right[truth].append(answers[number][at] == truth)
    types = [np.mean(right[tag]) for tag in TAGS if right[tag]]
    return {group: float(np.mean(right[group])) for group in GROUPS} | {ALIKE: float(np.mean(types))}


def exact(side: str, *, seed: int) -> dict[str, float]:
    """The best answer of a reader of both sides, or of the left side."""
    examples = TASKS["entities"].examples("test", seed=seed)
    return by_group([best_tags(example.source, side=side) for example in examples], seed=seed)


def points():
    """A point for each side of an exact reader, and for each family."""
    yield from ({"who": f"exact, {side}"} for side in ("both", "left"))
    yield from ({"who": family, "recipe": recipe_of("entities").to_dict()} for family in FAMILIES)


def run(point: dict) -> dict[str, float]:
    """Shares right by group: of an exact reader, or of a family's tagger, fine-tuned as for the table."""
    if point["who"] not in FAMILIES:
        return exact(point["who"].removeprefix("exact, "), seed=point["seed"])
    how = {"method": "head", "seed": point["seed"], "recipe": FineTuning(**point["recipe"])}
    answer = runs.run(TASKS["entities"], point["who"], **how).answer
    return by_group(answer(TASKS["entities"].examples("test", seed=point["seed"])), seed=point["seed"])
