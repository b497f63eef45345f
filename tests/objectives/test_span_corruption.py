"""Span corruption: the paper's example, the promised shares, every placement alike, and back again."""

import itertools
import math
from collections import Counter

import pytest
import torch
from scipy.stats import chisquare

from helpers.models.tokenizers import SENTINELS
from helpers.objectives.span_corruption import (
    MEAN_LENGTH,
    RATE,
    corrupt,
    draw_spans,
    most_spans,
    placement_log_prob,
    restore,
)

PAPER = "Thank you for inviting me to your party last week .".split()


def drawn(length, count, *, seed=0, **options):
    generator = torch.Generator().manual_seed(seed)
    return [draw_spans(length, generator=generator, **options) for _ in range(count)]


def hidden_words(spans):
    return sum(stop - start for start, stop in spans)


def slow_corrupt(tokens, spans, sentinels):
    """Word by word: at the start of a span write its sentinel, inside write to the target, outside to the source."""
    source, target, number = [], [], -1
    for place, word in enumerate(tokens):
        if any(start == place for start, _ in spans):
            number += 1
            source.append(sentinels[number])
            target.append(sentinels[number])
        inside = any(start <= place < stop for start, stop in spans)
        (target if inside else source).append(word)
    return source, [*target, sentinels[number + 1]]


def test_the_papers_own_example():
    source, target = corrupt(PAPER, [(2, 4), (8, 9)], sentinels=["<X>", "<Y>", "<Z>"])
    assert " ".join(source) == "Thank you <X> me to your party <Y> week ."
    assert " ".join(target) == "<X> for inviting <Y> last <Z>"
    assert restore(source, target, sentinels=["<X>", "<Y>", "<Z>"]) == PAPER


@pytest.mark.parametrize("length", [2, 3, 11, 40])
def test_against_the_slow_account_and_back_again(length):
    tokens = [f"w{i}" for i in range(length)]
    for spans in drawn(length, 50, rate=0.4):
        source, target = corrupt(tokens, spans, sentinels=SENTINELS)
        assert (source, target) == slow_corrupt(tokens, spans, SENTINELS)
        assert restore(source, target, sentinels=SENTINELS) == tokens


@pytest.mark.parametrize(("length", "rate"), [(512, RATE), (40, RATE), (16, RATE), (16, 0.5)])
def test_shares_and_lengths_are_those_of_the_paper(length, rate):
    found = drawn(length, 4000, rate=rate)
    words, spans = (sum(map(f, found)) / len(found) for f in (hidden_words, len))
    assert words / length == pytest.approx(rate, rel=0.02)
    assert spans == pytest.approx(max(1, words / MEAN_LENGTH), rel=0.06)


@pytest.mark.parametrize("length", [2, 3, 4, 9, 60])
def test_spans_are_apart_and_something_is_hidden_and_something_kept(length):
    for rate in (0.05, RATE, 0.5, 0.99):
        for spans in drawn(length, 200, rate=rate):
            assert spans and 0 < hidden_words(spans) < length
            assert all(0 <= a < b <= length for a, b in spans)
            assert all(before[1] < after[0] for before, after in itertools.pairwise(spans))


def test_every_placement_is_equally_likely_and_as_likely_as_the_law_says():
    how = {"rate": 0.45, "mean_length": 1.5}
    counts = Counter(drawn(8, 20_000, **how))
    likely = {s: math.exp(placement_log_prob(8, hidden_words(s), len(s), **how)) for s in counts}
    assert sum(likely.values()) == pytest.approx(1)  # every possible placement was drawn
    assert chisquare([counts[s] for s in likely], [20_000 * p for p in likely.values()]).pvalue > 1e-4


@pytest.mark.parametrize(("length", "most"), [(3, None), (16, None), (54, 15), (40, 2)])
def test_the_law_adds_up_to_one(length, most):
    total = sum(
        math.exp(placement_log_prob(length, hidden, spans, most=most))
        * math.comb(hidden - 1, spans - 1)
        * math.comb(length - hidden + 1, spans)
        for hidden in range(1, length)
        for spans in range(1, most_spans(length, hidden, most) + 1)
    )
    assert total == pytest.approx(1)


def test_the_generator_decides_and_nothing_is_changed_in_place():
    first, again, other = (drawn(30, 20, seed=seed) for seed in (1, 1, 2))
    assert first == again != other
    tokens = list(PAPER)
    corrupt(tokens, first[0][:1], sentinels=SENTINELS)
    assert tokens == PAPER


def test_no_more_spans_than_asked_for():
    assert {len(spans) for spans in drawn(100, 50, rate=0.5, most=15)} == {15}


@pytest.mark.parametrize("rate", [0, 1, -0.1, 15])
def test_a_rate_outside_zero_and_one_is_refused(rate):
    with pytest.raises(ValueError, match=f"rate {rate} must lie between 0 and 1"):
        drawn(10, 1, rate=rate)


@pytest.mark.parametrize("length", [0, 1])
def test_a_text_with_no_room_for_a_span_is_refused(length):
    with pytest.raises(ValueError, match=rf"a text of {length} word\(s\) has no room for a span"):
        drawn(length, 1)


def test_a_mean_length_below_one_is_refused():
    with pytest.raises(ValueError, match="mean_length 0.5 must be at least 1"):
        drawn(10, 1, mean_length=0.5)


def test_more_spans_than_sentinels_are_refused():
    spans = [(2 * i, 2 * i + 1) for i in range(16)]
    with pytest.raises(ValueError, match="16 spans need 17 sentinels, there are 16; cut the text"):
        corrupt(range(60), spans, sentinels=SENTINELS)


@pytest.mark.parametrize("spans", [[(3, 3)], [(2, 4), (4, 5)], [(2, 4), (3, 5)], [(9, 12)], [(4, 5), (1, 2)]])
def test_spans_that_are_none_are_refused(spans):
    with pytest.raises(ValueError, match="is empty, outside the 11 words, or touches another"):
        corrupt(PAPER, spans, sentinels=SENTINELS)


def test_no_spans_at_all_are_refused():
    with pytest.raises(ValueError, match="no spans to hide"):
        corrupt(PAPER, [], sentinels=SENTINELS)


def test_an_answer_that_skips_a_span_leaves_its_sentinel():
    assert restore(["a", "<X>", "b", "<Y>"], ["<Y>", "c", "d"], sentinels=["<X>", "<Y>"]) == ["a", "<X>", "b", "c", "d"]
