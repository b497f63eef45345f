"""Running text split at an arbitrary place, the encoder's half before it, the decoder's half behind: what is the price?

Exactly: none for the second half, whose probability given the first is the same for every reader (the chain rule holds
at any place); but the first half is never predicted, so that its words teach nothing and have no probability at all.
In trained models: `split_models` trains four small ones that differ in masks, stacks and targets alone.

The place is drawn without looking at the text, and a text too short for it is left out: then the place tells nothing
about what follows, and the exact floor is -log P(second half | first half).
"""

from __future__ import annotations

import functools
import itertools
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import pandas as pd

from helpers import tinytown
from helpers.tasks.task import stream
from helpers.tinytown import causal_losses, only

LATEST = 20  # the split stands before word 2 ... 21, each alike
SCENES = ("story", "errand", "animal", "news")  # running text of a few kinds, so that small models learn it soon
ROLE = {
    "decoder, every word": "one stack, causal mask, loss on every word: a GPT",
    "decoder, second halves": "one stack, causal mask, loss behind the split alone",
    "prefix-LM": "one stack, first half read both ways, loss behind the split alone",
    "encoder-decoder": "two stacks of half the depth with cross-attention, loss behind the split alone",
}
VARIANTS = tuple(ROLE)


@dataclass(frozen=True)
class Halves:
    """-log P in nats: of the words before the split, of the rest and its end given them, and of the whole text."""

    first: float
    second: float
    joint: float


def check_split(tokens: Sequence[str], at: int) -> None:
    """Refuse a split that leaves nothing before it, or stands outside the text."""
    if not 1 <= at <= len(tokens):
        raise ValueError(f"a split at {at} does not fit a text of {len(tokens)} words; choose 1 to {len(tokens)}")


def halves(tokens: Sequence[str], at: int, *, language=None) -> Halves:
    """The exact nats on both sides of a split before word `at` (counted from 0), and of the whole text at once.

    The language is the one of the training texts unless another is given.

    >>> found = halves("the bank of the river was muddy .".split(), 4)
    >>> abs(found.first + found.second - found.joint) < 1e-9
    True

    Raises ValueError for a split before the first word or behind the end.
    """
    check_split(tokens, at)
    language = language or tinytown.training_language()
    losses = causal_losses(tokens, language=language)
    joint = -tinytown.log_prob(tokens, language=language)
    return Halves(float(losses[:at].sum()), float(losses[at:].sum()), float(joint))


def second_alone(tokens: Sequence[str], at: int, *, language=None) -> float:
    """-log P(the words from `at` on and the end | `at` words before them, whatever they are), exactly, in nats.

    Less `halves(...).second` it is what the first half tells about the second: what a decoder that cannot look at the
    encoder would pay.
    """
    check_split(tokens, at)
    language, hidden = language or tinytown.training_language(), [None] * at
    there = tinytown.prefix_log_prob(hidden, language=language)  # texts of at least so many words
    return there - tinytown.log_prob([*hidden, *tokens[at:]], language=language)


def fits(document, at: int) -> bool:
    """Whether a document is long enough for a split drawn without looking at it; the end may be what is left."""
    return at <= len(document.tokens)


@functools.cache
def held_out(count: int, seed: int) -> tuple:
    """Test documents of SCENES, split: (words, place of the split, exact nats of the second half and the end)."""
    rng, language = np.random.default_rng([seed, 1200]), only(*SCENES)
    documents = stream(*SCENES, split="test", seed=[seed, 1201])
    drawn = ((document, int(rng.integers(1, LATEST + 1))) for document in documents)
    found = itertools.islice((each for each in drawn if fits(*each)), count)
    return tuple((d.tokens, at, float(causal_losses(d.tokens, language=language)[at:].sum())) for d, at in found)


def exact(count: int = 200, seed: int = 0) -> dict[str, float]:
    """What a split costs by exact inference, on test documents.

    first, second: nats per document before the split and behind it; crosses: what the first half tells of the second;
    words: per document; predicted: share of predictions (words and ends) that stand behind the split; untold: share of
    the nats that stand before it; chain: the largest |first + second - joint|.
    """
    texts, language = held_out(count, seed), only(*SCENES)
    found = [halves(tokens, at, language=language) for tokens, at, _ in texts]
    first, second = (float(np.mean([getattr(each, side) for each in found])) for side in ("first", "second"))
    predictions = [(len(tokens) + 1 - at, len(tokens) + 1) for tokens, at, _ in texts]
    alone = float(np.mean([second_alone(tokens, at, language=language) for tokens, at, _ in texts]))
    return {
        "first": first,
        "second": second,
        "crosses": alone - second,
        "words": float(np.mean([len(tokens) for tokens, *_ in texts])),
        "predicted": sum(p for p, _ in predictions) / sum(a for _, a in predictions),
        "untold": first / (first + second),
        "chain": max(abs(h.first + h.second - h.joint) for h in found),
    }


def curves(runs: pd.DataFrame) -> pd.DataFrame:
    """The curves of recorded runs, a row for each of their points: variant, seed, point, words, excess.

    `point` counts from 0, so that the same point of all runs can be grouped.

    >>> runs = pd.DataFrame({"variant": ["a"], "seed": [0], "curve": [[[100, 2.5], [200, 0.5]]]})
    >>> curves(runs).values.tolist()
    [['a', 0, 0, 100, 2.5], ['a', 0, 1, 200, 0.5]]
    """
    rows = [
        (run.variant, run.seed, point, words, value)
        for run in runs.itertuples()
        for point, (words, value) in enumerate(run.curve)
    ]
    return pd.DataFrame(rows, columns=["variant", "seed", "point", "words", "excess"])
