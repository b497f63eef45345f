"""Floors: the smallest loss that any model can reach, from exact inference, in nats per predicted token."""

import math
from collections.abc import Callable, Sequence
from itertools import combinations

import numpy as np

from helpers.tinytown.arguments import (
    function,
    language_of,
    one_of,
    places,
    random_source,
    seed_of,
    share,
    whole_number,
)
from helpers.tinytown.compiled import Language
from helpers.tinytown.inference import possible
from helpers.tinytown.language import training_language
from helpers.tinytown.reading import Reading
from helpers.tinytown.texts import shown, words_of

OBJECTIVES = ("causal", "masked", "span")


def whole_text(tokens, language: Language | None) -> tuple[list[str], Language]:
    """The words of a text without gaps that the language can write, and the language."""
    language = language_of(language, training_language)
    words = words_of(tokens, language, gaps=False)
    possible(words, language)
    return words, language


def causal_losses(tokens: Sequence[str], *, language: Language | None = None) -> np.ndarray:
    """Exact -log p(word | words before it) for every word and for the end: (T + 1,) nats.

    Raises: ImpossibleTextError for a text that the language cannot write; ValueError for a text with a gap.
    """
    words, language = whole_text(tokens, language)
    reading = Reading(words, language)
    weights = reading.next_words()
    answers = np.append(reading.ids, len(language.words))
    return _losses(weights, answers)


def _losses(weights: np.ndarray, answers) -> np.ndarray:
    """Minus the log of each row's share at its answer: (rows,) nats."""
    return -np.log(weights[np.arange(len(answers)), answers] / weights.sum(1))


def hide(tokens: Sequence[str], gaps: Sequence[int]) -> list[str | None]:
    """The words with None at every gap.

    >>> hide(["the", "cat", "sat"], [1])
    ['the', None, 'sat']
    """
    hidden = set(gaps)
    return [None if t in hidden else word for t, word in enumerate(tokens)]


def masked_losses(tokens: Sequence[str], gaps: Sequence[int], *, language: Language | None = None) -> np.ndarray:
    """Exact -log p(word | all words outside the gaps) for each gap, the gaps masked together: (gaps,) nats.

    Raises: as `causal_losses`; ValueError for gaps that are no places of the text.
    """
    words, language = whole_text(tokens, language)
    gaps = places(gaps, len(words))
    return _losses(Reading(hide(words, gaps), language).gaps()[gaps], [language.word_id[words[t]] for t in gaps])


def single_gap_losses(tokens: Sequence[str], *, language: Language | None = None) -> np.ndarray:
    """Exact -log p(word | all other words) for every word, masked one at a time: (T,) nats.

    Raises: as `causal_losses`.
    """
    words, language = whole_text(tokens, language)
    reading = Reading(words, language)
    return _losses(reading.single_gaps(), reading.ids)


def span_loss(tokens: Sequence[str], gaps: Sequence[int], *, language: Language | None = None) -> float:
    """Exact -log p(all hidden words jointly | the others), in nats: the chain rule inside the gaps.

    Raises: as `masked_losses`.
    """
    words, language = whole_text(tokens, language)
    hidden = hide(words, places(gaps, len(words)))
    return math.log(Reading(hidden, language).probability()) - math.log(Reading(words, language).probability())


def unknown_spans_loss(
    tokens: Sequence[str], spans, placement: Callable[[int, int, int], float], *, language: Language | None = None
) -> float:
    """Exact -log p(hidden words and where each span ends | the words around the spans), in nats.

    The reader sees where spans stand, not how long they are: documents of other lengths may have left the same words
    visible.  Each counts with its own probability and with that of being corrupted so.

    tokens: the whole text; spans: (start, stop), in order, with visible words between two.
    placement: (length of a text, hidden words, number of spans) -> log-probability of one placement of the spans.

    Raises: as `causal_losses`; ValueError for spans that are not in order or that the placement rules out.
    """
    words, language = whole_text(tokens, language)
    spans, placement = span_pairs(spans, len(words)), function(placement, "placement")
    length, count, hidden = len(words), len(spans), sum(stop - start for start, stop in spans)
    bounds = [0, *(place for span in spans for place in span), length]
    visible = [words[a:b] for a, b in zip(bounds[::2], bounds[1::2], strict=True)]
    truth = placement(length, hidden, count)
    if truth == -math.inf:
        raise ValueError(f"never are {hidden} of {length} words hidden in {count} span(s); pass the placement that did")
    weights = []
    for total in range(count, language.most_words - (length - hidden) + 1):
        log_ratio = placement(length - hidden + total, total, count) - truth
        if log_ratio > -math.inf:
            texts = (_with_gaps(visible, sizes, language) for sizes in compositions(total, count))
            weights += [math.exp(log_ratio) * probability for probability in texts]
    return math.log(math.fsum(weights)) - math.log(Reading(words, language).probability())


def span_pairs(spans, length: int) -> list[tuple[int, int]]:
    """Spans as pairs of numbers, checked: not empty, in order, inside the text, visible words between two."""
    if not isinstance(spans, (list, tuple)) or not all(isinstance(s, (list, tuple)) and len(s) == 2 for s in spans):
        raise TypeError(f"spans cannot be {shown(spans)}; pass pairs of positions, such as [(2, 4)]")
    found = [tuple(whole_number(place, "a place of a span", least=0) for place in span) for span in spans]
    edges = [place for span in found for place in span]
    if not found or edges != sorted(set(edges)) or edges[-1] > length:
        due = f"(start, stop) in order and apart in a text of {length} words"
        raise ValueError(f"spans {found} are not {due}; write them as [(2, 4)]")
    return found


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


def draw_gaps(length: int, rate: float, rng: np.random.Generator = None) -> list[int]:
    """Positions hidden at ``rate``: that share of the words, rounded, at least one, drawn without order.

    Raises: TypeError, ValueError for a length below 1, a rate outside (0, 1) or no generator.
    """
    count = max(1, round(share(rate, "rate") * whole_number(length, "length", least=1)))
    return sorted(random_source(rng).choice(length, size=count, replace=False).tolist())


def entropy_floor(
    documents, *, objective: str = "causal", rate: float = 0.15, seed=0, language: Language | None = None
) -> float:
    """Mean exact loss of documents in nats per predicted token: no model's expected loss can be smaller.

    objective: "causal" (every word and the end), "masked" (gaps at ``rate``, each by its own marginal) or
    "span" (the same gaps, jointly).  Language: the training language unless given.

    Raises: ValueError for an unknown objective, a rate outside (0, 1) or no documents; TypeError for other things.
    """
    one_of(objective, "objective", OBJECTIVES)
    share(rate, "rate")
    texts = _tokens(documents)
    rng, losses, count = np.random.default_rng(seed_of(seed)), [], 0
    for tokens in texts:
        gaps = [] if objective == "causal" else draw_gaps(len(tokens), rate, rng)
        count += len(gaps) or len(tokens) + 1
        if objective == "causal":
            losses += causal_losses(tokens, language=language).tolist()
        elif objective == "masked":
            losses += masked_losses(tokens, gaps, language=language).tolist()
        else:
            losses.append(span_loss(tokens, gaps, language=language))
    return math.fsum(losses) / count


def _tokens(documents) -> list:
    if not isinstance(documents, (list, tuple)):
        raise TypeError(f"documents cannot be {shown(documents)}; pass a list, such as tinytown.documents(100)")
    if not documents:
        raise ValueError("no documents to score; draw some with tinytown.documents(100)")
    wrong = [document for document in documents if not hasattr(document, "tokens")]
    if wrong:
        raise TypeError(f"a document cannot be {shown(wrong[0])}; draw some with tinytown.documents(100)")
    return [document.tokens for document in documents]
