"""Floors: the smallest loss that any model can reach, from exact inference, in nats per predicted token."""

from collections.abc import Sequence

import numpy as np

from helpers.tinytown.compiled import Language
from helpers.tinytown.inference import log_prob
from helpers.tinytown.language import training_language
from helpers.tinytown.matching import ImpossibleTextError
from helpers.tinytown.reading import Reading

OBJECTIVES = ("causal", "masked", "span")


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
