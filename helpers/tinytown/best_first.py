"""The most probable texts of the language, the best first.

A beginning is at least as probable as any text that continues it: its probability is an upper bound for all of them,
and never too low (the bound is admissible). So whoever always continues the most probable beginning meets whole texts
in the order of their probability, and the first one is the most probable of all: no beam width, no error of search.

Source: Dijkstra 1959, "A note on two problems in connexion with graphs" (the cheapest open node first);
Stahlberg and Byrne 2019, "On NMT Search Errors and Model Errors: Cat Got Your Tongue?", for exact search in models.
"""

from __future__ import annotations

import heapq
import itertools
import math
from collections.abc import Callable, Iterator

from helpers.tinytown.arguments import language_of, whole_number
from helpers.tinytown.compiled import Language
from helpers.tinytown.language import training_language
from helpers.tinytown.reading import END, Reading
from helpers.tinytown.texts import words_of

MOST = 100_000  # beginnings that are continued before a search is given up


def best_first(children: Callable, *, start: tuple, most: int = MOST) -> Iterator[tuple[tuple, float]]:
    """Whole sequences and their probabilities, the most probable first, from `start` on.

    children(sequence, probability) says what may follow: {item: probability of the sequence with it}, where the item
    `END` stands for the end of the sequence, and no number is larger than the sequence's own.

    >>> coin = lambda sequence, p: {END: p} if len(sequence) == 2 else {"heads": 0.6 * p, "tails": 0.4 * p}
    >>> [(found, round(p, 2)) for found, p in best_first(coin, start=())][:2]
    [(('heads', 'heads'), 0.36), (('heads', 'tails'), 0.24)]

    Raises: ValueError once `most` beginnings have been continued.
    """
    waiting, opened = [(-1.0, start, False)], 0
    while waiting:
        cost, sequence, whole = heapq.heappop(waiting)
        if whole:
            yield sequence, -cost
            continue
        opened += 1
        if opened > most:
            raise ValueError(
                f"{most} beginnings were continued without a further text; pass a longer prefix, or a larger most"
            )
        for item, probability in children(sequence, -cost).items():
            longer = sequence if item == END else (*sequence, item)
            heapq.heappush(waiting, (-probability, longer, item == END))


def most_probable(
    count: int = 1, *, prefix=(), language: Language | None = None, most: int = MOST
) -> list[tuple[tuple[str, ...], float]]:
    """The `count` most probable texts of the training language (or the one given): [(words, nats), ...], -ln p rising.

    prefix: words that all of them begin with; fewer texts come where the language has no more.
    From nothing it takes some seconds, with a beginning much less.

    >>> ((words, nats),) = most_probable(prefix="the capital of france is".split())
    >>> " ".join(words)
    'the capital of france is paris .'

    Raises: ImpossibleTextError for a beginning that the language cannot write, ValueError for a count below 1, or once
    `most` beginnings have been continued.
    """
    language = language_of(language, training_language)
    whole_number(count, "count", least=1)
    whole_number(most, "most", least=1)
    start = tuple(words_of(prefix, language, gaps=False))
    reading = Reading(list(start), language)
    if not reading.next_words()[-1].any():
        reading.require_possible(whole=False)
    found = best_first(lambda words, p: continued(words, language), start=start, most=most)
    return [(words, -math.log(p)) for words, p in itertools.islice(found, count)]


def continued(words: tuple[str, ...], language: Language) -> dict[str, float]:
    """Probability that a document begins with these words and one more, for each; `END`: that it is these words."""
    weights = Reading(list(words), language).next_words()[-1]
    named = (*language.words, END)
    return {named[place]: float(weights[place]) for place in weights.nonzero()[0]}
