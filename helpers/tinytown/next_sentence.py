"""The exact answer to "does B follow A?": two documents' halves, or the two halves of one document.

A pair is made from documents of at least two sentences, each split after sentence j, j uniform.  In half of the pairs
both sides come from one document, in the other half B is the right side of an independent document.
"""

import functools
import math

import numpy as np

from helpers.tinytown.compiled import CompiledScene, Language
from helpers.tinytown.language import training_language
from helpers.tinytown.matching import index_of, word_ids
from helpers.tinytown.reading import SceneReading

LONGEST = 16  # sentences; no order of a scene is longer


def lengths_after(scene: CompiledScene) -> np.ndarray:
    """(M, N): probability that exactly m more sentences follow node n, m = 0 ... M - 1."""
    rows = [scene.end]
    for _ in range(LONGEST - 1):
        rows.append(scene.step @ rows[-1])
    return np.array(rows)


def nodes_before(scene: CompiledScene) -> np.ndarray:
    """(M, N): probability that m sentences stand before node n, m = 0 ... M - 1."""
    rows = [scene.start]
    for _ in range(LONGEST - 1):
        rows.append(scene.step.T @ rows[-1])
    return np.array(rows)


@functools.cache
def share_of_longer(language: Language) -> float:
    """Probability that a document has at least two sentences."""
    return 1 - sum(scene.weight * float(scene.start @ scene.end) for scene in language.scenes)


def readings(tokens, language, *, start=None, end=None):
    """One `SceneReading` for each scene; ``start`` and ``end`` make boundary weights from a scene."""
    ids, index = word_ids(tokens, language), index_of(language)
    leading, wrong = index.match(ids)
    for scene, rows in zip(language.scenes, index.rows, strict=True):
        boundary = {"start": start and start(scene), "end": end and end(scene)}
        yield SceneReading(scene, ids, leading[rows], wrong[rows], **boundary)


def total(parts) -> float:
    return math.fsum(part.scene.weight * part.probability() for part in parts)


def left_probability(sentences, language: Language) -> float:
    """Probability that the left half of a random document is exactly these sentences."""

    def end(scene):
        more = lengths_after(scene)[1:]
        return (more / (len(sentences) - 1 + np.arange(1, LONGEST))[:, None]).sum(0)

    return total(readings(joined(sentences), language, end=end)) / share_of_longer(language)


def right_probability(sentences, language: Language) -> float:
    """Probability that the right half of a random document is exactly these sentences."""

    def start(scene):
        before = nodes_before(scene)[1:]
        return (before / (len(sentences) - 1 + np.arange(1, LONGEST))[:, None]).sum(0)

    return total(readings(joined(sentences), language, start=start)) / share_of_longer(language)


def joint_probability(first, second, language: Language) -> float:
    """Probability that a random document splits into exactly these two halves."""
    cut, mass = len(joined(first)), 0.0
    for reading in readings(joined(first) + joined(second), language):
        begin, ahead = reading.left[0], reading.right[0]
        if cut in begin and cut in ahead:
            mass += reading.scene.weight * float((begin[cut] * ahead[cut]).sum())
    return mass / (len(first) + len(second) - 1) / share_of_longer(language)


def joined(sentences) -> list[str]:
    return [word for sentence in sentences for word in sentence]


def next_sentence_prob(first, second, *, language: Language | None = None) -> float:
    """Exact probability that ``second`` follows ``first`` in one document, given pairs made half and half.

    first, second: sequences of sentences, each a sequence of words.
    Raises: ValueError when a side is empty; ImpossibleTextError for a word outside the vocabulary.
    """
    if not first or not second:
        raise ValueError("a side of the pair has no sentence; give at least one sentence on each side")
    language = language or training_language()
    together = joint_probability(first, second, language)
    apart = left_probability(first, language) * right_probability(second, language)
    if together + apart == 0:
        raise ValueError(
            f"no pair of documents has these halves: {' '.join(joined(first))!r} and {' '.join(joined(second))!r}"
        )
    return together / (together + apart)
