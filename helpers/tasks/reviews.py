"""Restaurant reviews without their verdict, drawn by seed: labelled ones to learn from, held-out ones to test on.

The reviews are those of the training language, in which no restaurant ever gets an overall verdict.
"""

from __future__ import annotations

import functools
from dataclasses import dataclass

from helpers import tinytown

LABELS = ("good", "bad")
TEST_REVIEWS, VALIDATION_REVIEWS = 500, 200


@dataclass(frozen=True)
class Review:
    """A review's text and the overall sentiment of its writer, one of `LABELS`."""

    text: str
    label: str


@functools.cache
def reviews(count: int, *, split: str, seed: int = 0) -> tuple[Review, ...]:
    """Reviews of a split; the same seed gives the same ones, and a shorter list is the beginning of a longer one."""
    drawn = tinytown.documents(count, split=split, seed=[seed, 950], language=tinytown.only("restaurant"))
    return tuple(Review(" ".join(d.tokens), d.facts["overall"]) for d in drawn)


def test_reviews() -> tuple[Review, ...]:
    """The held-out reviews on which every number is measured."""
    return reviews(TEST_REVIEWS, split="test")


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
