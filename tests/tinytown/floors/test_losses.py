"""The floor of span corruption against every text and every placement that could have left the same words visible."""

import functools
import itertools
import math
from collections import Counter
from functools import partial

import numpy as np
import pytest

from helpers import tinytown
from helpers.objectives.span_corruption import corrupt, draw_spans, placement_log_prob
from helpers.tinytown.floors.losses import compositions
from tests.tinytown.small_language import LANGUAGE, LONG_LANGUAGE, distribution, everything

torch = pytest.importorskip("torch")  # draws the damage; Tinytown itself needs numpy alone

SENTINELS = ("<0>", "<1>", "<2>", "<3>")
DOCUMENTS = tinytown.documents(300, seed=5)
PLACEMENT = partial(placement_log_prob, rate=0.4, mean_length=1.5, most=3)


LONGEST = 11  # words; longer texts leave more words visible than the cases below


def placements(length):
    """Every way to hide words of a text in at most three spans that do not touch, some word being kept."""
    for hidden in itertools.product((0, 1), repeat=length):
        edges = [t for t in range(length + 1) if (t > 0 and hidden[t - 1]) != (t < length and hidden[t])]
        if 0 < sum(hidden) < length and len(edges) <= 6 and PLACEMENT(length, sum(hidden), len(edges) // 2) > -math.inf:
            yield tuple(zip(edges[::2], edges[1::2]))


@functools.cache
def corrupted():
    """P(source, target) over every text and every placement."""
    every, found = {n: tuple(placements(n)) for n in range(2, LONGEST + 1)}, Counter()
    for words, p in distribution().items():
        for spans in every.get(len(words), ()):
            source, target = corrupt(words, spans, sentinels=SENTINELS)
            chance = p * math.exp(PLACEMENT(len(words), sum(b - a for a, b in spans), len(spans)))
            found[tuple(source), tuple(target)] += chance
    return found


def cases():
    generator = torch.Generator().manual_seed(0)
    for tokens in [tokens for tokens in distribution() if len(tokens) < 9][::9]:
        yield tokens, draw_spans(len(tokens), generator=generator, rate=0.4, mean_length=1.5, most=3)


def test_against_enumeration():
    by_source = Counter()
    for (source, _), chance in corrupted().items():
        by_source[source] += chance
    for tokens, spans in cases():
        source, target = map(tuple, corrupt(tokens, spans, sentinels=SENTINELS))
        beyond = LONGEST + 1 - len(source) + len(spans)
        assert PLACEMENT(LONGEST + 1, beyond, len(spans)) == -math.inf  # nothing left out
        exact = tinytown.unknown_spans_loss(tokens, spans, PLACEMENT, language=LANGUAGE)
        assert exact == pytest.approx(math.log(by_source[source] / corrupted()[source, target]), abs=1e-9)


def test_not_knowing_where_spans_end_can_only_cost():
    for document in tinytown.documents(20, split="test", seed=3):
        spans = draw_spans(len(document.tokens), generator=torch.Generator().manual_seed(len(document.tokens)))
        told = tinytown.span_loss(document.tokens, [t for a, b in spans for t in range(a, b)])
        assert tinytown.unknown_spans_loss(document.tokens, spans, placement_log_prob) >= told - 1e-9


def test_spans_that_the_placement_rules_out_are_refused():
    with pytest.raises(ValueError, match="never are 3 of 4 words hidden in 1 span"):
        tinytown.unknown_spans_loss(("ann", "ate", "soup", "."), [(0, 3)], placement_log_prob, language=LANGUAGE)


@pytest.mark.parametrize(("total", "parts", "count"), [(5, 1, 1), (5, 5, 1), (7, 3, 15), (2, 3, 0)])
def test_compositions_are_all_there_once(total, parts, count):
    found = compositions(total, parts)
    assert len(set(found)) == len(found) == count and all(sum(c) == total and min(c) > 0 for c in found)


def test_floors_against_the_definitions():
    documents = DOCUMENTS[:30]
    language = tinytown.training_language()
    causal = -sum(tinytown.log_prob(d.tokens, language=language) for d in documents) / sum(
        len(d.tokens) + 1 for d in documents
    )
    assert math.isclose(tinytown.entropy_floor(documents), causal, rel_tol=1e-9)
    assert (
        tinytown.entropy_floor(documents, objective="span")
        <= tinytown.entropy_floor(documents, objective="masked") + 1e-12
    )
    d = documents[0]
    assert np.allclose(
        tinytown.single_gap_losses(d.tokens), [tinytown.masked_losses(d.tokens, [t])[0] for t in range(len(d.tokens))]
    )


def test_nobody_beats_the_floor_on_average():
    """Any other distribution, here the exact one mixed with a uniform one, pays more on the same documents."""
    floor, mixed = [], []
    for d in DOCUMENTS[:40]:
        exact = np.exp(-tinytown.causal_losses(d.tokens))
        floor += list(-np.log(exact))
        mixed += list(-np.log(0.9 * exact + 0.1 / len(tinytown.vocabulary())))
    assert np.mean(mixed) > np.mean(floor)


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"objective": "next"}, "'next'"),
        ({"rate": 0.0, "objective": "masked"}, "rate 0.0"),
        ({"rate": 1.5, "objective": "span"}, "1.5"),
    ],
)
def test_floor_errors_name_the_value(change, message):
    with pytest.raises(ValueError, match=message):
        tinytown.entropy_floor(DOCUMENTS[:2], **change)
    with pytest.raises(ValueError, match="no documents"):
        tinytown.entropy_floor([])


def test_a_text_of_more_than_128_words_has_all_its_readings():
    """Of a text of 160 words and more a span of unknown length is hidden: every other length is counted."""
    longest = max(everything(LONG_LANGUAGE), key=lambda row: len(row[0]))[0]
    assert len(longest) == LONG_LANGUAGE.most_words > 128 > tinytown.full_language().most_words

    def placement(length, hidden, count):
        return -math.log(length) - 0.3 * hidden if hidden < 13 and count == 1 else -math.inf

    for start, stop in ((48, 50), (49, 57), (len(longest) - 2, len(longest) - 1)):
        seen = longest[:start], longest[stop:]
        by_length = Counter()
        for tokens, *_, p in everything(LONG_LANGUAGE):
            hidden = len(tokens) - len(seen[0]) - len(seen[1])
            if hidden > 0 and tokens[:start] == seen[0] and tokens[len(tokens) - len(seen[1]) :] == seen[1]:
                by_length[tokens] += p * math.exp(max(placement(len(tokens), hidden, 1), -700))
        expected = math.log(sum(by_length.values()) / by_length[longest])
        found = tinytown.unknown_spans_loss(longest, [(start, stop)], placement, language=LONG_LANGUAGE)
        assert found == pytest.approx(expected, abs=1e-9)
