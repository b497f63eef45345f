"""Do two errands name the same person? The smallest question that asks for matching a word across two texts.

Half of the pairs are of one person, and apart from the person the two errands of a pair have nothing to do with each
other: only the names decide. Whoever compares the persons' genders instead is right in three quarters.
"""

from __future__ import annotations

import functools
import itertools

import numpy as np

from helpers.tasks.task import LONGEST, stream
from helpers.tinytown.scenes.lexicon import PRONOUN

SAME, OTHER = 1, 0
POOL = 400  # errands from which pairs are drawn, then others are taken
PATIENCE = 100_000


def draw(split: str, seed: int):
    """(first text, second text, label) without end, by coin flips one person's or two persons' errands.

    >>> one, two, label = next(draw("train", 0))
    >>> label in (SAME, OTHER) and one != two
    True
    """
    errands = stream("errand", split=split, seed=[seed, 1150], keep=lambda d: len(d.tokens) <= LONGEST)
    for number in itertools.count():
        rng, by_person = np.random.default_rng([seed, 1151, number]), {}
        for d in itertools.islice(errands, POOL):
            by_person.setdefault(d.facts["person"], []).append(" ".join(d.tokens))
        for _ in range(2 * POOL):
            label, (one, two) = int(rng.integers(2)), rng.choice(sorted(by_person), 2, replace=False)
            first, second = (by_person[person] for person in (one, one if label == SAME else two))
            texts = first[rng.integers(len(first))], second[rng.integers(len(second))]
            if texts[0] != texts[1]:
                yield (*texts, label)


@functools.cache
def pairs(split: str, count: int, seed: int = 0) -> tuple:
    """The first pairs of a split, distinct ones outside of training.

    Raises ValueError for a count below 1, or more distinct pairs than can be found.
    """
    if count < 1:
        raise ValueError(f"count {count} asks for no pair; pass 1 or more")
    drawn = draw(split, seed)
    if split == "train":
        return tuple(itertools.islice(drawn, count))
    found = dict.fromkeys(itertools.islice(drawn, count))
    for pair in itertools.islice(drawn, PATIENCE):
        if len(found) == count:
            break
        found[pair] = None
    if len(found) < count:
        raise ValueError(f"the {split} split has only {len(found)} distinct pairs of {count}; ask for fewer")
    return tuple(found)


def named(text: str) -> str:
    """The person whom an errand names.

    >>> named("anna bought bread at the bakery .")
    'anna'

    Raises ValueError for a text that names nobody.
    """
    found = [word for word in text.split() if word in PRONOUN]
    if not found:
        raise ValueError(f"{text!r} names nobody; pass a text of the errands")
    return found[0]


def exact(asked) -> float:
    """Accuracy of comparing the names: the optimum."""
    return _right((named(one) == named(two), label) for one, two, label in asked)


def by_gender(asked) -> float:
    """Accuracy of comparing the pronouns that the names go with."""
    return _right((PRONOUN[named(one)] == PRONOUN[named(two)], label) for one, two, label in asked)


def _right(answers) -> float:
    return float(np.mean([int(answer) == label for answer, label in answers]))
