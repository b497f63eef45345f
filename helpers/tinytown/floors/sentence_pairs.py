"""The exact answer to "does B follow A?", for single sentences.

A is a sentence of a document of at least three, drawn from all but the last, and B the one after it, or a negative of
one of three kinds (`pair_probs`, `is_next_prob`).
"""

import functools

import numpy as np

from helpers.tinytown.arguments import language_of, one_of
from helpers.tinytown.compiled import CompiledScene, Language
from helpers.tinytown.floors.next_sentence import (
    lengths_after,
    nodes_before,
    readings,
    sentence_probability,
    share_of_first,
    share_of_longer,
)
from helpers.tinytown.language import training_language
from helpers.tinytown.texts import words_of

NEGATIVES = ("random", "elsewhere", "swapped")


def spaced(scene: CompiledScene, gap: int, share, *, rest: int = 0) -> np.ndarray:
    """(N, N): weight of node a and, ``gap`` sentences later, node b with at least ``rest`` sentences after it.

    Summed over all places in documents of n >= 3 sentences, each document weighed by ``share(n)``.
    """
    before, after = nodes_before(scene), lengths_after(scene)
    weight = np.zeros((len(before), len(after)))
    for m in range(len(before)):
        for more in range(rest, len(after)):
            length = m + gap + 1 + more
            weight[m, more] = share(length) if length >= 3 else 0.0
    around = before.T @ weight @ after
    return around * np.linalg.matrix_power(scene.step, gap)


@functools.cache
def neighbours(scene: CompiledScene) -> np.ndarray:
    """(N, N): probability that A is drawn at node a and the sentence after it is at node b."""
    return spaced(scene, 1, lambda n: 1 / (n - 1))


@functools.cache
def elsewhere(scene: CompiledScene) -> np.ndarray:
    """(N, N): probability that A is drawn at node a and B, neither A nor the sentence after it, at node b."""

    def share(n):
        return 1 / ((n - 1) * (n - 2))

    later, earlier = np.zeros(scene.step.shape), np.zeros(scene.step.shape)
    for gap in range(1, scene.most_sentences):
        later += spaced(scene, gap, share) if gap > 1 else 0.0
        earlier += spaced(scene, gap, share, rest=1)  # A is never the last sentence
    return later + earlier.T


def pair_probs(first, second, *, language: Language | None = None) -> dict[str, float]:
    """Probability of two sentences as a pair, for each way to make one.

    first, second: one sentence each, a sequence of words.  "next": B is the sentence after A; "random": A and B come
    from independent pairs of that kind; "elsewhere": B is another sentence of the same document, uniformly; "swapped":
    B is the sentence before A, the pair in the wrong order.  Sentences that the grammar cannot produce have 0.
    Raises: ValueError for a sentence without words; ImpossibleTextError for a word outside the vocabulary.
    """
    language = language_of(language, training_language)
    first, second = words_of(first, language), words_of(second, language)
    if not first or not second:
        raise ValueError("a sentence of the pair has no words; give at least one word on each side")
    found = dict.fromkeys(("next", "as first", "as second", "elsewhere", "swapped"), 0.0)
    for a, b in zip(readings(first, language), readings(second, language), strict=True):
        one, two, near = sentence_probability(a), sentence_probability(b), neighbours(a.scene)
        prior, far = a.scene.weight * a.scene.prior, elsewhere(a.scene)
        found["next"] += float(((near.T @ one) * two).sum(0) @ prior)
        found["swapped"] += float(((near @ one) * two).sum(0) @ prior)
        found["elsewhere"] += float(((far.T @ one) * two).sum(0) @ prior)
        found["as first"] += float((near.sum(1) @ one) @ prior)
        found["as second"] += float((near.sum(0) @ two) @ prior)
    longer = share_of_longer(language, 3)
    found = {name: value / longer for name, value in found.items()}
    independent = found.pop("as first") * found.pop("as second")
    return {**found, "random": independent}


def is_next_prob(first, second, *, negatives: str, language: Language | None = None) -> float:
    """Exact probability that B is the sentence after A, given that half of all pairs are negatives of one kind.

    negatives: "random", "elsewhere" or "swapped", as in `pair_probs`.
    Raises: ValueError for another kind, or for two sentences that are a pair in neither way.
    """
    one_of(negatives, "negatives", NEGATIVES)
    language = language_of(language, training_language)
    first, second = words_of(first, language), words_of(second, language)
    probs = pair_probs(first, second, language=language)
    return share_of_first(probs["next"], probs[negatives], first, second)
