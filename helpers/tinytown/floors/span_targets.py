"""What comes next in the target of span corruption, step by step: a word of the span, or the end of the span.

The reader sees the words around the spans and has written a part of the hidden ones; by the chain rule, the steps
together are as probable as `unknown_spans_loss` says.
"""

import math
from collections.abc import Callable, Sequence

import numpy as np

from helpers.tinytown.arguments import function
from helpers.tinytown.compiled import Language
from helpers.tinytown.floors.losses import compositions, span_pairs, whole_text
from helpers.tinytown.reading import Reading


def span_target_probs(
    tokens: Sequence[str], spans, placement: Callable[[int, int, int], float], *, language: Language | None = None
) -> np.ndarray:
    """Exact probabilities of each next token of the hidden spans: (hidden words + spans, V + 1).

    Rows: the words of the first span and its end, those of the second, ...  Column V: the span ends here.
    tokens, spans, placement, and what is refused: as in `unknown_spans_loss`.
    """
    words, language = whole_text(tokens, language)
    spans, placement = span_pairs(spans, len(words)), function(placement, "placement")
    bounds = [0, *(place for span in spans for place in span), len(words)]
    visible = [words[a:b] for a, b in zip(bounds[::2], bounds[1::2], strict=True)]
    hidden = [words[a:b] for a, b in spans]
    sizes = _weighed_sizes(sum(map(len, visible)), len(spans), placement, language.most_words)
    if not any(list(map(len, hidden)) == list(lengths) for lengths, _ in sizes):
        raise ValueError(f"the placement never hides spans {spans} of {len(words)} words; pass the placement that did")
    rows = []
    for k, span in enumerate(hidden):
        for j in range(len(span) + 1):
            row, sizes = _step(visible, [*hidden[:k], span[:j]], sizes, language)
            rows.append(row / row.sum())
    return np.array(rows)


def _weighed_sizes(visible: int, count: int, placement, most: int) -> list:
    """Every way to choose the lengths of the spans, with its probability: ((length, ...), probability)."""
    return [
        (sizes, math.exp(log_prob))
        for total in range(count, most - visible + 1)
        if (log_prob := placement(visible + total, total, count)) > -math.inf
        for sizes in compositions(total, count)
    ]


def _step(visible, written, sizes, language) -> tuple[np.ndarray, list]:
    """Weights (V + 1,) of the next token when the last span in ``written`` is begun and those before it are whole.

    Also the lengths that the words written so far leave possible: the next step need not look at others.
    """
    row, left, (*done, begun) = np.zeros(len(language.words) + 1), [], written
    place = sum(map(len, [*visible[: len(written)], *written]))
    for lengths, weight in sizes:
        length = lengths[len(done)]
        if list(lengths[: len(done)]) != list(map(len, done)) or length < max(len(begun), 1):
            continue
        reading = Reading(_filled(visible, written, lengths), language)
        if length > len(begun):
            found = weight * reading.gaps()[place]
            row[:-1] += found
        else:
            found = weight * reading.probability()
            row[-1] += found
        if np.any(found):
            left.append((lengths, weight))
    return row, left


def _filled(visible, written, lengths) -> list:
    """The text with spans of these lengths: the words written so far, then gaps."""
    words = list(visible[0])
    for k, (length, part) in enumerate(zip(lengths, visible[1:], strict=True)):
        known = written[k] if k < len(written) else []
        words += [*known, *[None] * (length - len(known)), *part]
    return words
