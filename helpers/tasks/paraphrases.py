"""Paraphrase pairs: two texts written independently from the same facts, the positives of contrastive learning.

A document's scene and world are decided by the first two uniform numbers of its draw; whoever hands in the same two
again gets another text about the same facts.
"""

from __future__ import annotations

import functools
from itertools import chain, islice

import numpy as np

from helpers.tasks.similarity import SCENES
from helpers.tasks.task import LONGEST
from helpers.tinytown.language import only
from helpers.tinytown.sampling import sampler, split_of, uniform_stream

TRIES = 400  # draws for one text before another world is taken
STREAM = 1080  # of the pairs that the experiments use


def draw_pairs(count: int, *, split: str, seed, scenes=SCENES) -> tuple[tuple[str, str], ...]:
    """Pairs of different texts of a split, both at most `LONGEST` words long, each pair with facts of its own draw.

    >>> draw_pairs(1, split="train", seed=[5])[0]
    ('martin went to the park on friday . he met a friend there . he lost his camera .', 'it was a rainy morning .')

    Raises ValueError for a count below 1.
    """
    if count < 1:
        raise ValueError(f"count {count} asks for no pair; pass 1 or more")
    return tuple(islice(pairs_of(split=split, seed=seed, scenes=scenes), count))


def pairs_of(*, split: str, seed, scenes=SCENES):
    """The pairs of `draw_pairs`, one after the other without an end."""
    stream = uniform_stream(np.random.default_rng(seed))
    while True:
        world = (stream(), stream())
        one = text_of(world, stream, split, scenes=scenes)
        two = one and text_of(world, stream, split, scenes=scenes, other=one)
        if two:
            yield one, two


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
    return draw_pairs(count, split=split, seed=[seed, STREAM])


@functools.cache
def collection(documents: int = 1_000, queries: int = 200, seed: int = 0):
    """A search problem: (queries, documents), where query i looks for document i, its paraphrase; no text occurs twice.

    The first pairs of the test split, without those that repeat a text. Every document was then written alike but the
    wanted one, which was written with the query: how likely document d is the wanted one of query q is proportional
    to p(q, d) / (p(q) p(d)), and ranking by this density ratio is the best that can be expected. With repeats it would
    not be: a document equal to its query has a high ratio and is never the right one, and of two equal documents one
    is right. Exactly so it holds for texts of all splits and lengths; documents of equal ratio are left to chance.
    """
    pairs, asked, written = pairs_of(split="test", seed=[seed, STREAM]), [], {}
    while len(written) < documents:
        query, document = next(pairs)
        asks = len(asked) < queries
        if document in written or document in asked or (asks and (query in written or query in asked)):
            continue
        written[document] = None
        asked += [query] if asks else []
    return tuple(asked), tuple(written)
