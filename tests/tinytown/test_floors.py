"""The floor of span corruption against every text and every placement that could have left the same words visible."""

import functools
import itertools
import math
from collections import Counter
from functools import partial

import pytest

from helpers import tinytown
from helpers.objectives.span_corruption import corrupt, draw_spans, placement_log_prob
from helpers.tinytown.floors.losses import compositions
from tests.tinytown.small_language import LANGUAGE, law

torch = pytest.importorskip("torch")  # draws the damage; Tinytown itself needs numpy alone

SENTINELS = ("<0>", "<1>", "<2>", "<3>")
LAW = partial(placement_log_prob, rate=0.4, mean_length=1.5, most=3)


LONGEST = 11  # words; longer texts leave more words visible than the cases below


def placements(length):
    """Every way to hide words of a text in at most three spans that do not touch, some word being kept."""
    for hidden in itertools.product((0, 1), repeat=length):
        edges = [t for t in range(length + 1) if (t > 0 and hidden[t - 1]) != (t < length and hidden[t])]
        if 0 < sum(hidden) < length and len(edges) <= 6 and LAW(length, sum(hidden), len(edges) // 2) > -math.inf:
            yield tuple(zip(edges[::2], edges[1::2]))


@functools.cache
def corrupted():
    """P(source, target) over every text and every placement."""
    every, found = {n: tuple(placements(n)) for n in range(2, LONGEST + 1)}, Counter()
    for words, p in law().items():
        for spans in every.get(len(words), ()):
            source, target = corrupt(words, spans, sentinels=SENTINELS)
            chance = p * math.exp(LAW(len(words), sum(b - a for a, b in spans), len(spans)))
            found[tuple(source), tuple(target)] += chance
    return found


def cases():
    generator = torch.Generator().manual_seed(0)
    for tokens in [tokens for tokens in law() if len(tokens) < 9][::9]:
        yield tokens, draw_spans(len(tokens), generator=generator, rate=0.4, mean_length=1.5, most=3)


def test_against_enumeration():
    by_source = Counter()
    for (source, _), chance in corrupted().items():
        by_source[source] += chance
    for tokens, spans in cases():
        source, target = map(tuple, corrupt(tokens, spans, sentinels=SENTINELS))
        assert LAW(LONGEST + 1, LONGEST + 1 - len(source) + len(spans), len(spans)) == -math.inf  # nothing left out
        exact = tinytown.unknown_spans_loss(tokens, spans, LAW, language=LANGUAGE)
        assert exact == pytest.approx(math.log(by_source[source] / corrupted()[source, target]), abs=1e-9)


def test_not_knowing_where_spans_end_can_only_cost():
    for document in tinytown.documents(20, split="test", seed=3):
        spans = draw_spans(len(document.tokens), generator=torch.Generator().manual_seed(len(document.tokens)))
        told = tinytown.span_loss(document.tokens, [t for a, b in spans for t in range(a, b)])
        assert tinytown.unknown_spans_loss(document.tokens, spans, placement_log_prob) >= told - 1e-9


def test_a_placement_that_the_law_rules_out_is_refused():
    with pytest.raises(ValueError, match="never are 3 of 4 words hidden in 1 span"):
        tinytown.unknown_spans_loss(("ann", "ate", "soup", "."), [(0, 3)], placement_log_prob, language=LANGUAGE)


@pytest.mark.parametrize(("total", "parts", "count"), [(5, 1, 1), (5, 5, 1), (7, 3, 15), (2, 3, 0)])
def test_compositions_are_all_there_once(total, parts, count):
    found = compositions(total, parts)
    assert len(set(found)) == len(found) == count and all(sum(c) == total and min(c) > 0 for c in found)
