"""Floors: the smallest loss that any model can reach, from exact inference, in nats per predicted token."""

import math
from collections.abc import Sequence
from itertools import combinations

import numpy as np

from helpers.tinytown.compiled import Language
from helpers.tinytown.inference import log_prob
from helpers.tinytown.language import training_language
from helpers.tinytown.matching import ImpossibleTextError
from helpers.tinytown.reading import Reading

OBJECTIVES = ("causal", "masked", "span")
LONGEST = 128  # words; no document of Tinytown comes near


def normalised(weights: np.ndarray) -> np.ndarray:
    """Rows scaled to sum to one; a row of zeros means that the text is impossible."""
    total = weights.sum(1, keepdims=True)
    if not total.all():
        raise ImpossibleTextError(
            int(np.argmin(total[:, 0])), "", "cannot be read by this language; check with tinytown.log_prob"
        )
    return weights / total


def causal_losses(tokens: Sequence[str], *, language: Language | None = None) -> np.ndarray:
    """Exact -log p(word | words before it) for every word and for the end: (T + 1,) nats."""
    reading = Reading(tokens, language or training_language())
    answers = np.append(reading.ids, len(reading.language.words))
    return -np.log(normalised(reading.next_words())[np.arange(len(answers)), answers])


def hide(tokens: Sequence[str], gaps: Sequence[int]) -> list[str | None]:
    """The words with None at every gap.

    >>> hide(["the", "cat", "sat"], [1])
    ['the', None, 'sat']
    """
    hidden = set(gaps)
    return [None if t in hidden else word for t, word in enumerate(tokens)]


def masked_losses(tokens: Sequence[str], gaps: Sequence[int], *, language: Language | None = None) -> np.ndarray:
    """Exact -log p(word | all words outside the gaps) for each gap, the gaps masked together: (gaps,) nats."""
    language = language or training_language()
    probs = normalised(Reading(hide(tokens, gaps), language).gaps()[list(gaps)])
    return -np.log(probs[np.arange(len(gaps)), [language.word_id[tokens[t]] for t in gaps]])


def single_gap_losses(tokens: Sequence[str], *, language: Language | None = None) -> np.ndarray:
    """Exact -log p(word | all other words) for every word, masked one at a time: (T,) nats."""
    reading = Reading(tokens, language or training_language())
    return -np.log(normalised(reading.gaps(each=True))[np.arange(len(reading.ids)), reading.ids])


def span_loss(tokens: Sequence[str], gaps: Sequence[int], *, language: Language | None = None) -> float:
    """Exact -log p(all hidden words jointly | the others), in nats: the chain rule inside the gaps."""
    language = language or training_language()
    return log_prob(hide(tokens, gaps), language=language) - log_prob(tokens, language=language)


def unknown_spans_loss(tokens: Sequence[str], spans, law, *, language: Language | None = None) -> float:
    """Exact -log p(hidden words and where each span ends | the words around the spans), in nats.

    The reader sees where spans stand, not how long they are: documents of other lengths may have left the same words
    visible.  Each counts with its own probability and with that of being corrupted so.

    tokens: the whole text; spans: (start, stop), in order, with visible words between two.
    law: (length of a text, hidden words, number of spans) -> log-probability of one placement of the spans.
    """
    language = language or training_language()
    length, count, hidden = len(tokens), len(spans), sum(stop - start for start, stop in spans)
    bounds = [0, *(place for span in spans for place in span), length]
    visible = [list(tokens[a:b]) for a, b in zip(bounds[::2], bounds[1::2], strict=True)]
    truth = law(length, hidden, count)
    if truth == -math.inf:
        raise ValueError(f"the law never hides {hidden} of {length} words in {count} span(s); pass the law that did")
    weights = [
        math.exp(law(length - hidden + total, total, count) - truth) * _with_gaps(visible, sizes, language)
        for total in range(count, LONGEST - (length - hidden))
        if law(length - hidden + total, total, count) > -math.inf
        for sizes in compositions(total, count)
    ]
    return math.log(math.fsum(weights)) - log_prob(tokens, language=language)


def _with_gaps(visible, sizes, language: Language) -> float:
    """Probability of a text with gaps of these sizes between its visible parts."""
    words = list(visible[0])
    for size, part in zip(sizes, visible[1:], strict=True):
        words += [None] * size + part
    return Reading(words, language).probability()


def compositions(total: int, parts: int) -> list[tuple[int, ...]]:
    """The ways to write a number as an ordered sum of positive parts.

    >>> compositions(4, 2)
    [(1, 3), (2, 2), (3, 1)]
    """
    cuts = combinations(range(1, total), parts - 1)
    return [tuple(b - a for a, b in zip((0, *c), (*c, total), strict=True)) for c in cuts]


def draw_gaps(length: int, rate: float, rng: np.random.Generator) -> list[int]:
    """Positions hidden at ``rate``: that share of the words, rounded, at least one, drawn without order."""
    return sorted(rng.choice(length, size=max(1, round(rate * length)), replace=False).tolist())


def entropy_floor(
    documents, *, objective: str = "causal", rate: float = 0.15, seed=0, language: Language | None = None
) -> float:
    """Mean exact loss of documents in nats per predicted token: no model's expected loss can be smaller.

    objective: "causal" (every word and the end), "masked" (gaps at ``rate``, each by its own marginal) or
    "span" (the same gaps, jointly).  Language: the training language unless given.

    Raises: ValueError for an unknown objective, a rate outside (0, 1) or no documents.
    """
    if objective not in OBJECTIVES:
        raise ValueError(f"objective {objective!r} is not known; use one of {', '.join(OBJECTIVES)}")
    if not 0 < rate < 1:
        raise ValueError(f"rate {rate} is not between 0 and 1; the usual rate is 0.15")
    if not documents:
        raise ValueError("no documents to score; draw some with tinytown.documents(100)")
    if objective == "causal":
        return float(np.concatenate([causal_losses(d.tokens, language=language) for d in documents]).mean())
    rng = np.random.default_rng(seed)
    gaps = [draw_gaps(len(d.tokens), rate, rng) for d in documents]
    if objective == "masked":
        return float(
            np.concatenate(
                [masked_losses(d.tokens, g, language=language) for d, g in zip(documents, gaps, strict=True)]
            ).mean()
        )
    total = sum(span_loss(d.tokens, g, language=language) for d, g in zip(documents, gaps, strict=True))
    return total / sum(map(len, gaps))
