"""Denoising: the paper's example under each of the five kinds of damage, and what the kinds do on average."""

from collections import Counter
from math import exp, factorial

import pytest
import torch
from scipy.stats import binomtest, chisquare

from helpers.objectives.denoising import (
    MEAN_LENGTH,
    RATE,
    cover_probability,
    document_rotation,
    noised_sentences,
    sentence_permutation,
    split_sentences,
    start_probability,
    text_infilling,
    token_deletion,
    token_masking,
)

PAPER = "A B C . D E .".split()
LONG = list(range(200_000))
KINDS = {
    "masking": lambda tokens, generator: token_masking(tokens, generator=generator, mask="_"),
    "deletion": lambda tokens, generator: token_deletion(tokens, generator=generator),
    "infilling": lambda tokens, generator: text_infilling(tokens, generator=generator, mask="_"),
    "permutation": lambda tokens, generator: sentence_permutation(split_sentences(tokens), generator=generator),
    "rotation": lambda tokens, generator: document_rotation(tokens, generator=generator),
}


def seeded(seed=0):
    return torch.Generator().manual_seed(seed)


def flat(found):
    return " ".join(" ".join(part) if isinstance(part, list) else part for part in found)


@pytest.mark.parametrize(
    ("kind", "damaged", "draws"),
    [
        ("masking", "A _ C . _ E .", 1_000),
        ("deletion", "A C . E .", 1_000),
        ("infilling", "A _ . D _ E .", 60_000),
        ("permutation", "D E . A B C .", 20),
        ("rotation", "C . D E . A B", 100),
    ],
)
def test_the_papers_own_example_is_one_of_the_outcomes(kind, damaged, draws):
    generator = seeded()
    assert any(flat(KINDS[kind](PAPER, generator)) == damaged for _ in range(draws))


@pytest.mark.parametrize("kind", KINDS)
def test_the_generator_decides_and_nothing_is_changed_in_place(kind):
    tokens = PAPER * 4
    first, again = (KINDS[kind](tokens, seeded(5)) for _ in range(2))
    assert first == again and tokens == PAPER * 4
    assert any(KINDS[kind](tokens, seeded(seed)) != first for seed in range(20))


def test_masking_and_deletion_take_the_promised_share_and_leave_the_rest_in_order():
    masked = token_masking(LONG, generator=seeded(), mask=-1)
    assert len(masked) == len(LONG) and all(a in (b, -1) for a, b in zip(masked, LONG))
    kept = token_deletion(LONG, generator=seeded())
    assert kept == sorted(kept) and set(kept) <= set(LONG)
    for taken in (masked.count(-1), len(LONG) - len(kept)):
        assert binomtest(taken, len(LONG), RATE).pvalue > 1e-4


def spans_of(damaged, length):
    """Lengths of the hidden spans of a text 0, 1, 2, ... by what is missing at each mask."""
    found, expected, at_mask = [], 0, False
    for word in [*damaged, length]:
        if word == -1:
            assert not at_mask, "two masks side by side"
            at_mask = True
            continue
        assert word == expected or (at_mask and word > expected)
        if at_mask:
            found.append(word - expected)
        expected, at_mask = word + 1, False
    return found


def test_infilling_hides_the_promised_share_in_poisson_spans():
    lengths = spans_of(text_infilling(LONG, generator=seeded(), mask=-1), len(LONG))
    assert sum(lengths) / len(LONG) == pytest.approx(RATE, rel=0.02)
    counts, share = Counter(min(length, 8) for length in lengths), {}
    for n in range(8):
        share[n] = exp(-MEAN_LENGTH) * MEAN_LENGTH**n / factorial(n)
    share[8] = 1 - sum(share.values())
    assert chisquare([counts[n] for n in share], [len(lengths) * p for p in share.values()]).pvalue > 1e-4


def test_infilling_starts_spans_as_often_as_it_says():
    damaged = text_infilling(LONG, generator=seeded(3), mask=-1)
    free = sum(1 for before, word in zip([0, *damaged], damaged) if before != -1)
    assert binomtest(damaged.count(-1), free, start_probability()).pvalue > 1e-4


def test_a_span_is_cut_at_the_end_of_the_text_as_the_law_says():
    generator, counts = seeded(), Counter()
    for _ in range(20_000):
        damaged = text_infilling([0, 1, 2], generator=generator, mask=-1)
        if damaged[0] == -1:
            counts[damaged[1] if len(damaged) > 1 else 3] += 1  # the first word kept tells how many are hidden
    likely = [cover_probability(covered, 3) for covered in range(4)]
    assert sum(likely) == pytest.approx(1)
    assert chisquare([counts[c] for c in range(4)], [counts.total() * p for p in likely]).pvalue > 1e-4


def test_every_order_of_sentences_is_equally_likely():
    generator = seeded()
    counts = Counter(tuple(sentence_permutation(list("abc"), generator=generator)) for _ in range(6_000))
    assert len(counts) == 6 and chisquare(list(counts.values())).pvalue > 1e-4


def test_every_first_token_of_a_rotation_is_equally_likely():
    generator = seeded()
    counts = Counter(document_rotation(list("abcdefg"), generator=generator)[0] for _ in range(7_000))
    assert len(counts) == 7 and chisquare(list(counts.values())).pvalue > 1e-4


@pytest.mark.parametrize(("text", "count"), [("A B . C .", 2), ("A B", 1), (". A", 2), (".", 1)])
def test_a_text_is_cut_after_each_full_stop(text, count):
    found = split_sentences(text.split())
    assert len(found) == count and [word for sentence in found for word in sentence] == text.split()


def test_ends_of_sentences_are_spared_and_shown():
    sentences, generator = [("a", "b", "c", "."), ("d", "."), (".",)], seeded()
    for _ in range(300):
        noised = noised_sentences(sentences, generator=generator, mask="_", rate=0.5)
        assert [sentence[-1] for sentence in noised] == [".", ".", "."]
        assert {word for s in noised for word in s} <= {"a", "b", "c", "d", ".", "_"}


def test_sentences_without_full_stops_keep_their_order():
    sentences, generator = [("x", "=", "1", "<nl>"), ("y", "=", "2", "<nl>"), ("z", ".")], seeded()
    for _ in range(50):
        noised = noised_sentences(sentences, generator=generator, mask="_", rate=0.1)
        assert [sentence[-1] for sentence in noised] == ["<nl>", "<nl>", "."]
    shuffled = [noised_sentences([("a", "."), (".",)], generator=generator, mask="_") for _ in range(50)]
    assert {sentences[0] == ["."] for sentences in shuffled} == {True, False}


@pytest.mark.parametrize("kind", KINDS)
def test_empty_texts_are_refused(kind):
    with pytest.raises(ValueError, match="the text is empty; drop empty documents"):
        KINDS[kind]([], seeded())


@pytest.mark.parametrize("rate", [0, 1, -0.1, 30])
def test_a_rate_outside_zero_and_one_is_refused(rate):
    for damage in (token_masking, text_infilling):
        with pytest.raises(ValueError, match=f"rate {rate} must lie between 0 and 1"):
            damage(PAPER, generator=seeded(), mask="_", rate=rate)
    with pytest.raises(ValueError, match=f"rate {rate} must lie between 0 and 1"):
        token_deletion(PAPER, generator=seeded(), rate=rate)


def test_a_rate_that_short_spans_cannot_reach_is_refused():
    with pytest.raises(ValueError, match="mean length 1.0 cannot hide a share of 0.6; lower the rate"):
        text_infilling(PAPER, generator=seeded(), mask="_", rate=0.6, mean_length=1.0)
