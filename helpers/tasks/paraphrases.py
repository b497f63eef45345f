"""Paraphrase pairs: two texts written independently from the same facts, the positives of contrastive learning.

A document's scene and world are decided by the first two uniform numbers of its draw; whoever hands in the same two
again gets another text about the same facts.
"""

from __future__ import annotations

import functools
from itertools import chain

import numpy as np

from helpers.tasks.similarity import SCENES
from helpers.tasks.task import LONGEST
from helpers.tinytown.language import only
from helpers.tinytown.sampling import sampler, split_of, uniform_stream

TRIES = 400  # draws for one text before another world is taken


def draw_pairs(count: int, *, split: str, seed, scenes=SCENES) -> tuple[tuple[str, str], ...]:
    """Pairs of different texts of a split, both at most `LONGEST` words long, each pair with facts of its own draw.

    >>> draw_pairs(1, split="train", seed=[5])[0]
    ('martin went to the park on friday . he met a friend there . he lost his camera .', 'it was a rainy morning .')

    Raises ValueError for a count below 1.
    """
    if count < 1:
        raise ValueError(f"count {count} asks for no pair; pass 1 or more")
    stream, found = uniform_stream(np.random.default_rng(seed)), []
    while len(found) < count:
        world = (stream(), stream())
        one = text_of(world, stream, split, scenes=scenes)
        two = one and text_of(world, stream, split, scenes=scenes, other=one)
        if two:
            found.append((one, two))
    return tuple(found)


def text_of(world, stream, split: str, *, scenes=SCENES, other: str = "") -> str | None:
    """A text of a split that is not `other`, or None where none is found.

    world: the two uniform numbers that decide scene and facts; `stream` hands out those that decide the rest.
    """
    draw = sampler(only(*scenes)).draw
    for _ in range(TRIES):
        tokens = draw(chain(world, iter(stream, None)).__next__).tokens
        text = " ".join(tokens)
        if len(tokens) <= LONGEST and split_of(tokens) == split and text != other:
            return text
    return None


@functools.cache
def paraphrase_pairs(split: str, count: int, seed: int = 0) -> tuple[tuple[str, str], ...]:
    """The pairs that the experiment of this seed uses for one split."""
    return draw_pairs(count, split=split, seed=[seed, 1080])


@functools.cache
def collection(documents: int = 1_000, queries: int = 200, seed: int = 0):
    """A search problem: (queries, documents), where query i looks for document i, its paraphrase."""
    pairs = paraphrase_pairs("test", documents, seed)
    return tuple(one for one, _ in pairs[:queries]), tuple(two for _, two in pairs)
