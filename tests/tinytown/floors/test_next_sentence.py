"""Halves of documents against every pair that can be made."""

import math
from collections import Counter

import pytest

from helpers import tinytown
from tests.tinytown.small_language import DAYS, LANGUAGE, LONG_LANGUAGE, distribution, everything

DOCUMENTS = list(distribution())[::11]
FULL = tinytown.documents(40, split="test", seed=11)


@pytest.mark.parametrize("language", [LANGUAGE, LONG_LANGUAGE], ids=["short", "long"])
def test_next_sentence_prob_against_enumeration(language):
    pairs, lefts, rights, longer = Counter(), Counter(), Counter(), 0.0
    for _, split, _, _, p in everything(language):
        longer += p if len(split) > 1 else 0
        for j in range(1, len(split)):
            share = p / (len(split) - 1)
            pairs[split[:j], split[j:]] += share
            lefts[split[:j]] += share
            rights[split[j:]] += share
    for first, second in [*list(pairs)[::60], *zip(list(lefts)[::9], list(rights)[::5], strict=False)]:
        together, apart = pairs[first, second] / longer, lefts[first] * rights[second] / longer**2
        found = tinytown.next_sentence_prob(first, second, language=language)
        assert math.isclose(found, together / (together + apart), rel_tol=1e-9)


@pytest.mark.parametrize("language", [LANGUAGE, LONG_LANGUAGE], ids=["short", "long"])
def test_order_prob_against_enumeration(language):
    halves = Counter()
    for _, split, _, _, p in everything(language):
        for j in range(1, len(split)):
            halves[split[:j], split[j:]] += p / (len(split) - 1)
    for first, second in list(halves)[::40]:  # in the small grammar no document can be read in both orders
        for pair in ((first, second), (second, first)):
            straight, swapped = halves[pair], halves[pair[::-1]]
            found = tinytown.order_prob(*pair, language=language)
            assert math.isclose(found, straight / (straight + swapped), rel_tol=1e-9)


def test_order_is_the_ratio_of_the_documents_probabilities():
    language, seen = tinytown.training_language(), []
    for d in [d for d in tinytown.documents(60, split="test", seed=3) if len(d.sentences) == 2]:
        logs = []
        for tokens in (d.tokens, d.sentences[1] + d.sentences[0]):
            try:
                logs.append(tinytown.log_prob(tokens, language=language))
            except tinytown.ImpossibleTextError:
                logs.append(-math.inf)
        seen.append(tinytown.order_prob(d.sentences[:1], d.sentences[1:]))
        assert math.isclose(seen[-1], 1 / (1 + math.exp(logs[1] - logs[0])), rel_tol=1e-6)
    assert sum(0 < p < 1 for p in seen) > 3 < sum(p == 1 for p in seen)  # both orders possible; one impossible


@pytest.mark.parametrize(
    "call, message",
    [
        (lambda: tinytown.order_prob([], [("it", "left", ".")], language=LANGUAGE), "no sentence"),
        (lambda: tinytown.pair_probs((), ("it",), language=LANGUAGE), "no words"),
        (
            lambda: tinytown.is_next_prob(("it",), ("it",), negatives="other", language=LANGUAGE),
            "'other' does not exist",
        ),
        (lambda: tinytown.is_next_prob(("it",), ("it",), negatives="random", language=LANGUAGE), "no pair can be made"),
        (lambda: tinytown.order_prob([("it",)], [("it",)], language=LANGUAGE), "no sentence of this language"),
    ],
)
def test_pairs_that_cannot_be_judged_are_refused(call, message):
    with pytest.raises(ValueError, match=message):
        call()


def test_the_long_language_goes_beyond_the_longest_order_of_tinytown():
    longest = max(scene.most_sentences for scene in tinytown.full_language().scenes)
    assert LONG_LANGUAGE.scenes[0].most_sentences == DAYS > 16 > longest
    for language in (LANGUAGE, LONG_LANGUAGE):
        for scene in language.scenes:
            rows = [row for row in everything(language) if row[2] is scene]
            assert scene.most_sentences == max(len(split) for _, split, *_ in rows)
            assert scene.most_words == max(len(tokens) for tokens, *_ in rows)
