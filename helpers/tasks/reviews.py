"""Reviews without their verdict, drawn by seed: labelled ones to learn from, held-out ones to test on.

They are of the training language, in which no restaurant ever gets an overall verdict; films and hotels do, and of
their reviews those are taken that have none. No text comes twice.
"""

from __future__ import annotations

import functools
from dataclasses import dataclass

from helpers import tinytown

LABELS = ("good", "bad")
THINGS = ("restaurant", "film", "hotel")
BLOCK = 500  # documents drawn at a time
TEST_REVIEWS, VALIDATION_REVIEWS = 500, 200


@dataclass(frozen=True)
class Review:
    """A review's text and the overall sentiment of its writer, one of `LABELS`."""

    text: str
    label: str


@functools.cache
def reviews(count: int, *, split: str, seed: int = 0, thing: str = "restaurant") -> tuple[Review, ...]:
    """Different reviews of a split; the same seed gives the same ones, and a shorter list begins a longer one.

    Raises ValueError for a thing that is not reviewed, listing those that are.
    """
    if thing not in THINGS:
        raise ValueError(f"no reviews of a {thing!r} are drawn; choose one of {', '.join(THINGS)}")
    found, number = {}, 0
    while len(found) < count:
        drawn = tinytown.documents(BLOCK, split=split, seed=[seed, 950, number], language=tinytown.only(thing))
        for d in drawn:
            if "verdict" not in d.kinds:
                found.setdefault(d.tokens, Review(" ".join(d.tokens), d.facts["overall"]))
        number += 1
    return tuple(found.values())[:count]


def test_reviews(thing: str = "restaurant") -> tuple[Review, ...]:
    """The held-out reviews on which every number is measured."""
    return reviews(TEST_REVIEWS, split="test", thing=thing)


def validation_reviews() -> tuple[Review, ...]:
    """The reviews on which recipes are chosen."""
    return reviews(VALIDATION_REVIEWS, split="validation")


def labelled(count: int, *, seed: int) -> tuple[Review, ...]:
    """Training reviews, half of each label, good and bad in turn; more labels with the same seed include the fewer.

    >>> [review.label for review in labelled(4, seed=0)]
    ['good', 'bad', 'good', 'bad']

    Raises ValueError for an odd or negative number.
    """
    if count < 0 or count % 2:
        raise ValueError(f"{count} labelled reviews cannot be half good and half bad; choose an even number from 0 on")
    drawn = reviews(600, split="train", seed=1000 + seed)
    sides = [[review for review in drawn if review.label == label][: count // 2] for label in LABELS]
    if any(len(side) < count // 2 for side in sides):
        raise ValueError(f"{count} labelled reviews are more than the 600 drawn can give; choose up to 500")
    return tuple(review for pair in zip(*sides) for review in pair)


def group(text: str) -> str:
    """ "negation" with a "was not", "contrast" with a "but" or "although", "both", or "plain".

    >>> [group(f"the pizza was {rest} .") for rest in ("good", "not bad", "good but the staff was rude")]
    ['plain', 'negation', 'contrast']
    """
    negation, contrast = "was not" in text, " but " in text or "although" in text
    return {(0, 0): "plain", (1, 0): "negation", (0, 1): "contrast", (1, 1): "both"}[negation, contrast]
