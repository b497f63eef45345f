"""Best-first search against the enumeration of a cut-down grammar; the bound holds; what it refuses is named."""

import itertools
import math

import pytest

from helpers import tinytown
from helpers.tinytown import best_first as search
from tests.tinytown.small_language import LANGUAGE, distribution


def by_probability(prefix=()):
    """Every text that begins so, and its nats, by sorting the whole enumeration."""
    found = {text: p for text, p in distribution().items() if text[: len(prefix)] == tuple(prefix)}
    return sorted(((text, -math.log(p)) for text, p in found.items()), key=lambda pair: pair[1])


@pytest.mark.parametrize("prefix", [(), ("ann",), ("ann", "ate", "pie"), ("it", "red", ".")])
def test_it_gives_the_texts_that_enumeration_puts_first(prefix):
    found, sorted_all = search.most_probable(40, prefix=list(prefix), language=LANGUAGE), by_probability(prefix)
    assert [nats for _, nats in found] == pytest.approx([nats for _, nats in sorted_all[:40]], abs=1e-9)
    assert len({text for text, _ in found}) == len(found) == min(40, len(sorted_all))
    assert all(nats == pytest.approx(-math.log(distribution()[text]), abs=1e-9) for text, nats in found)


def test_all_texts_come_once_and_their_probabilities_sum_to_one():
    found = search.most_probable(len(distribution()) + 5, language=LANGUAGE)
    assert {text for text, _ in found} == set(distribution())
    assert math.fsum(math.exp(-nats) for _, nats in found) == pytest.approx(1, abs=1e-9)


def test_a_beginning_bounds_every_text_that_continues_it():
    for text in itertools.islice(distribution(), 0, None, 40):
        masses = [search.continued(text[:t], LANGUAGE)[word] for t, word in enumerate([*text, tinytown.END])]
        assert all(later <= earlier * (1 + 1e-12) for earlier, later in itertools.pairwise(masses))
        assert masses[-1] == pytest.approx(distribution()[text])


def test_no_drawn_text_is_more_probable_than_the_first():
    language = tinytown.only("weather")
    ((words, least),) = search.most_probable(language=language)
    drawn = {d.tokens for d in tinytown.documents(300, split="test", seed=5, language=language)}
    assert all(-tinytown.log_prob(list(tokens), language=language) >= least - 1e-9 for tokens in drawn)
    assert least == pytest.approx(-tinytown.log_prob(list(words), language=language))


def test_what_it_refuses_names_value_and_remedy():
    with pytest.raises(tinytown.ImpossibleTextError, match="'pie'.*change it"):
        search.most_probable(prefix=["pie"], language=LANGUAGE)
    with pytest.raises(ValueError, match="count 0 is too small; pass 1 or more"):
        search.most_probable(0, language=LANGUAGE)
    with pytest.raises(ValueError, match="3 beginnings were continued.*pass a longer prefix"):
        search.most_probable(language=LANGUAGE, most=3)
    with pytest.raises(ValueError, match="is a gap"):
        search.most_probable(prefix=["ann", None], language=LANGUAGE)
