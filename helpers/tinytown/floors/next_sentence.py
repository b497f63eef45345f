"""The exact answer to "does B follow A?", for the halves of documents.

A document of at least two sentences is split after sentence j, j uniform.  In half of the pairs both sides come from
one document, in the other half B is the right side of an independent document (`next_sentence_prob`), or the two halves
have changed places (`order_prob`).
"""

import functools
import math

import numpy as np

from helpers.tinytown.arguments import language_of
from helpers.tinytown.compiled import CompiledScene, Language
from helpers.tinytown.language import training_language
from helpers.tinytown.matching import fits
from helpers.tinytown.reading import SceneReading
from helpers.tinytown.texts import sentences_of, shown, word_ids


def lengths_after(scene: CompiledScene) -> np.ndarray:
    """(M, N): probability that exactly m more sentences follow node n, m = 0 ... M - 1, M sentences at most."""
    rows = [scene.end]
    for _ in range(scene.most_sentences - 1):
        rows.append(scene.step @ rows[-1])
    return np.array(rows)


def nodes_before(scene: CompiledScene) -> np.ndarray:
    """(M, N): probability that m sentences stand before node n, m = 0 ... M - 1, M sentences at most."""
    rows = [scene.start]
    for _ in range(scene.most_sentences - 1):
        rows.append(scene.step.T @ rows[-1])
    return np.array(rows)


@functools.cache
def share_of_longer(language: Language, least: int = 2) -> float:
    """Probability that a document has at least so many sentences."""
    shorter = 0.0
    for scene in language.scenes:
        for more in lengths_after(scene)[: least - 1]:
            shorter += scene.weight * float(scene.start @ more)
    return 1 - shorter


def readings(words, language, *, start=None, end=None):
    """One `SceneReading` for each scene; ``start`` and ``end`` make boundary weights from a scene."""
    for fit in fits(word_ids(words, language), language):
        yield SceneReading(fit, start=start and start(fit.scene), end=end and end(fit.scene))


def total(parts) -> float:
    return math.fsum(part.scene.weight * part.probability() for part in parts)


def left_probability(sentences, language: Language) -> float:
    """Probability that the left half of a random document is exactly these sentences."""

    def end(scene):
        more = lengths_after(scene)[1:]
        return (more / (len(sentences) + np.arange(len(more)))[:, None]).sum(0)

    return total(readings(joined(sentences), language, end=end)) / share_of_longer(language)


def right_probability(sentences, language: Language) -> float:
    """Probability that the right half of a random document is exactly these sentences."""

    def start(scene):
        before = nodes_before(scene)[1:]
        return (before / (len(sentences) + np.arange(len(before)))[:, None]).sum(0)

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


def sentence_probability(reading: SceneReading) -> np.ndarray:
    """(N, W): probability that a sentence of node n in world w is exactly the words of this reading."""
    found = np.zeros(reading.scene.shape)
    for template in reading.fit.templates_at(0):
        if len(template) == len(reading.ids):
            found[reading.scene.nodes_of[template.kind]] += template.likelihood(reading.ids)
    return found


def checked_side(side, language: Language) -> list[list[str]]:
    """The sentences of a side, each of which the language can write as one sentence."""
    sentences = sentences_of(side, language)
    for sentence in sentences:
        if not any(sentence_probability(reading).any() for reading in readings(sentence, language)):
            raise ValueError(f"no sentence of {language.name} is {shown(_text(sentence))}; pass one sentence at a time")
    return sentences


def _text(words) -> str:
    return " ".join("[MASK]" if word is None else word for word in words)


def next_sentence_prob(first, second, *, language: Language | None = None) -> float:
    """Exact probability that ``second`` follows ``first`` in one document, given pairs made half and half.

    first, second: sequences of sentences, each a string or a sequence of words.
    Raises: ValueError when a side is empty or holds what is no sentence; ImpossibleTextError for an unknown word.
    """
    language = language_of(language, training_language)
    first, second = (checked_side(side, language) for side in (first, second))
    together = joint_probability(first, second, language)
    apart = left_probability(first, language) * right_probability(second, language)
    return share_of_first(together, apart, joined(first), joined(second))


def order_prob(first, second, *, language: Language | None = None) -> float:
    """Exact probability that the two halves of a document stand in their order, given that half of all are swapped.

    first, second: sequences of sentences.  It is the ratio of the document's probabilities in both orders; an order
    that the grammar cannot produce has probability 0.
    Raises: ValueError when a side is empty or neither order exists; ImpossibleTextError for an unknown word.
    Source: Lan et al. 2020, "ALBERT", section 3.1, sentence-order prediction.
    """
    language = language_of(language, training_language)
    first, second = (checked_side(side, language) for side in (first, second))
    straight, swapped = joint_probability(first, second, language), joint_probability(second, first, language)
    return share_of_first(straight, swapped, joined(first), joined(second))


def share_of_first(together, apart, first, second) -> float:
    """Share of the first of two ways to make a pair."""
    if together + apart == 0:
        raise ValueError(f"no pair can be made of {_text(first)!r} and {_text(second)!r}; check the sentences")
    return together / (together + apart)
