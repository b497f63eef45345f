"""Pairs of sentences for three tasks, and the exact answer to "does B follow A?" on each pair.

All three share their positives (a sentence and the one after it) and differ in their negatives alone: another
document's sentence, another sentence of the same document, or the same two sentences swapped.
"""

import functools

import numpy as np
import torch

from helpers import tinytown
from helpers.evaluation import gather
from helpers.objectives.next_sentence import sentence_pairs
from helpers.tinytown.compiled import Language

NEGATIVES = {"random": "another document", "elsewhere": "same document", "swapped": "sentence order"}
TEST_PAIRS, TRAINING_PAIRS = 1_000, 9_600


@functools.cache
def stories() -> Language:
    """The training language without its labelled lists, whose items can stand in nearly any order."""
    names = [scene.name for scene in tinytown.training_language().scenes]
    return tinytown.only(*(name for name in names if name != "list"))


@functools.cache
def long_documents(count: int, split: str, seed: int) -> tuple:
    """Documents of at least three sentences, each a tuple of sentences."""
    how = {"split": split, "seed": [seed, 900], "block": 2 * count, "language": stories()}
    return tuple(d.sentences for d in gather(count, lambda d: len(d.sentences) > 2, **how))


@functools.cache
def pairs(task: str, count: int = TEST_PAIRS, *, split: str = "test", seed: int = 0) -> tuple:
    """Pairs of one task, as (A, B, label) with texts: label 0 is "B follows A".

    >>> sum(label for _, _, label in pairs("swapped", 10)) in range(11)
    True

    Raises ValueError for an unknown task or split.
    """
    generator = torch.Generator().manual_seed(seed)
    made = sentence_pairs(long_documents(count, split, seed), generator, negatives=task)
    return tuple((" ".join(pair.first), " ".join(pair.second), pair.label) for pair in made)


def labels_of(examples) -> list[int]:
    """The labels of pairs: 0 where B follows A."""
    return [label for *_, label in examples]


@functools.cache
def exact_probs(task: str, count: int = TEST_PAIRS, *, seed: int = 0) -> np.ndarray:
    """Exact probability of both labels for each test pair: (pairs, 2)."""
    follows = [
        tinytown.is_next_prob(a.split(), b.split(), negatives=task, language=stories())
        for a, b, _ in pairs(task, count, seed=seed)
    ]
    return np.stack([follows, 1 - np.array(follows)], axis=1)
