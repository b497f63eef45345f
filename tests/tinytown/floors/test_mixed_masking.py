"""The exact answer behind 80/10/10 against every text and every corruption that could have led to what is shown."""

import functools
import itertools
from collections import defaultdict

import numpy as np
import pytest

from helpers import tinytown
from helpers.tinytown.floors.mixed_masking import mixed_masked_probs
from tests.tinytown.small_language import LANGUAGE, distribution

RATE, MIX = 0.3, (0.5, 0.2, 0.3)  # three different shares
SHOWN = [
    (["ann", "ate", None, "."], [2]),
    (["ann", "ate", "soup", "."], [2, 3]),
    (["ann", "ate", "fine", "."], [2]),  # a random word: no text has it there
    (["soup", "ate", "soup", None], [0, 3]),
    ([None, "ate", None, "today", "."], [0, 2, 3]),
    (["it", "red", ".", "bob", None], [3, 4]),
]


@functools.cache
def channel(word, seen, chosen):
    """P(what is shown, chosen or not | the word), written out."""
    if not chosen:
        return (1 - RATE) * (seen == word)
    return RATE * (MIX[0] if seen is None else MIX[1] / len(LANGUAGE.words) + MIX[2] * (seen == word))


def by_enumeration(shown, place):
    """P(word at the place, which is chosen | shown), over all texts and all ways to choose the other places."""
    found = defaultdict(float)
    for text, p in distribution().items():
        if len(text) == len(shown):
            for others in itertools.product((False, True), repeat=len(text) - 1):
                chosen = (*others[:place], True, *others[place:])
                found[text[place]] += p * np.prod([channel(*three) for three in zip(text, shown, chosen)])
    total = sum(found.values())
    return {word: weight / total for word, weight in found.items() if weight}


@pytest.mark.parametrize("shown, chosen", SHOWN)
def test_it_is_the_answer_of_enumeration(shown, chosen):
    rows = mixed_masked_probs(shown, chosen, rate=RATE, mix=MIX, language=LANGUAGE)
    for row, place in zip(rows, chosen, strict=True):
        exact = by_enumeration(tuple(shown), place)
        assert {w: p for w, p in zip(LANGUAGE.words, row) if p > 0} == pytest.approx(exact, abs=1e-12)


def test_with_nothing_but_masks_it_is_the_distribution_of_the_gaps():
    tokens = tinytown.documents(1, seed=4)[0].tokens
    hidden = [None if place in (1, 4) else word for place, word in enumerate(tokens)]
    rows = tinytown.mixed_masked_probs(hidden, [1, 4], mix=(1, 0, 0))
    weights = tinytown.Reading(hidden, tinytown.training_language()).gaps()[[1, 4]]
    assert rows == pytest.approx(weights / weights.sum(1, keepdims=True), abs=1e-12)


def test_a_shown_word_that_fits_is_believed_and_a_stranger_is_not():
    words = tinytown.training_language().words
    known = tinytown.mixed_masked_probs("the cat sat on the mat .", [1])[0]
    odd = tinytown.mixed_masked_probs("the warfarin sat on the mat .", [1])[0]
    assert words[known.argmax()] == "cat" and known.max() > 0.95 and odd[words.index("warfarin")] == 0
    assert mixed_masked_probs("the cat sat on the mat .", [1], mix=(0, 0, 1))[0].max() == pytest.approx(1)


def test_bad_input_is_named():
    with pytest.raises(ValueError, match="word 2 is .MASK.*add 2 to chosen"):
        tinytown.mixed_masked_probs("the cat [MASK] on the mat .", [1])
    with pytest.raises(ValueError, match=r"mix \(80, 10, 10\).*three shares"):
        tinytown.mixed_masked_probs("the cat sat on the mat .", [1], mix=(80, 10, 10))
    with pytest.raises(tinytown.ImpossibleTextError, match="cannot stand here"):
        tinytown.mixed_masked_probs("cat the sat on the mat .", [1], mix=(0.9, 0, 0.1))
