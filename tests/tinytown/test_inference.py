"""Exact inference against brute-force enumeration of a cut-down grammar, and invariants of the full language."""

import math
from collections import Counter

import numpy as np
import pytest

from helpers import tinytown
from helpers.tinytown.reading import Reading
from tests.tinytown.small_language import LANGUAGE, everything, law

DOCUMENTS = list(law())[::11]
FULL = tinytown.documents(40, split="test", seed=11)


def close(left: dict, right: dict) -> bool:
    return left.keys() == right.keys() and all(
        math.isclose(left[k], right[k], rel_tol=1e-9, abs_tol=1e-12) for k in left
    )


def conditional(condition, answer) -> dict:
    """Distribution of answer(document) among the documents that meet a condition."""
    found = Counter()
    for tokens, p in law().items():
        if condition(tokens):
            found[answer(tokens)] += p
    total = sum(found.values())
    return {key: p / total for key, p in found.items()}


def test_enumeration_is_a_distribution():
    assert math.isclose(sum(law().values()), 1, rel_tol=1e-9)
    assert len(law()) > 300


def test_log_prob_is_the_enumerated_probability():
    for tokens in DOCUMENTS:
        assert math.isclose(tinytown.log_prob(tokens, language=LANGUAGE), math.log(law()[tokens]), abs_tol=1e-9)


def test_log_prob_with_gaps_sums_over_them():
    tokens = next(t for t in law() if len(t) == 9)
    hidden = [None if t in (1, 5) else w for t, w in enumerate(tokens)]
    total = sum(
        p for d, p in law().items() if len(d) == 9 and all(h in (None, w) for h, w in zip(hidden, d, strict=True))
    )
    assert math.isclose(tinytown.log_prob(hidden, language=LANGUAGE), math.log(total), abs_tol=1e-9)


@pytest.mark.parametrize("tokens", DOCUMENTS[:12])
def test_next_token_probs_against_enumeration(tokens):
    for cut in range(len(tokens) + 1):
        expected = conditional(
            lambda d, cut=cut: d[:cut] == tokens[:cut], lambda d, cut=cut: d[cut] if len(d) > cut else "<end>"
        )
        assert close(tinytown.next_token_probs(tokens[:cut], language=LANGUAGE), expected)


@pytest.mark.parametrize("tokens", DOCUMENTS[:12])
@pytest.mark.parametrize("gaps", [(0,), (2,), (1, 2), (0, 3), (2, 3, 4)])
def test_cloze_probs_against_enumeration(tokens, gaps):
    gaps = [g for g in gaps if g < len(tokens)]
    hidden = [None if t in gaps else w for t, w in enumerate(tokens)]
    found = tinytown.cloze_probs(hidden, language=LANGUAGE)
    for g, probs in zip(gaps, found, strict=True):
        fits = lambda d: len(d) == len(hidden) and all(h in (None, w) for h, w in zip(hidden, d, strict=True))  # noqa: E731
        assert close(probs, conditional(fits, lambda d, g=g: d[g]))


def test_every_single_gap_at_once_is_each_gap_alone():
    for tokens in [*DOCUMENTS[:10], *(d.tokens for d in FULL[:5])]:
        language = LANGUAGE if tokens in law() else tinytown.full_language()
        weights = Reading(tokens, language).single_gaps()
        for t in range(len(tokens)):
            alone = tinytown.cloze_probs([None if s == t else w for s, w in enumerate(tokens)], language=language)[0]
            together = {language.words[i]: w / weights[t].sum() for i, w in enumerate(weights[t]) if w}
            assert close(together, alone)


def test_fact_probs_against_enumeration():
    for tokens in DOCUMENTS[:10]:
        expected = Counter()
        for row, _, scene, world, p in everything():
            if row == tokens and "mood" in scene.facts:
                expected[scene.facts["mood"][world]] += p
        if expected:
            total = sum(expected.values())
            found = tinytown.fact_probs(tokens, "mood", language=LANGUAGE)
            assert close({k: v for k, v in found.items() if v}, {str(k): v / total for k, v in expected.items()})


def test_complete_draws_from_the_posterior():
    hidden, rng = [None, "ate", None, "."], np.random.default_rng(0)
    drawn = Counter(tuple(tinytown.complete(hidden, rng, language=LANGUAGE)) for _ in range(2000))
    fits = lambda d: len(d) == 4 and d[1] == "ate" and d[3] == "."  # noqa: E731
    expected = conditional(fits, lambda d: d)
    assert set(drawn) <= set(expected)
    chi_square = sum((drawn[k] - 2000 * p) ** 2 / (2000 * p) for k, p in expected.items())
    assert chi_square < 30  # at most 3 degrees of freedom: probability below 1e-5


def test_next_sentence_prob_against_enumeration():
    pairs, lefts, rights, longer = Counter(), Counter(), Counter(), 0.0
    for _, split, _, _, p in everything():
        longer += p if len(split) > 1 else 0
        for j in range(1, len(split)):
            share = p / (len(split) - 1)
            pairs[split[:j], split[j:]] += share
            lefts[split[:j]] += share
            rights[split[j:]] += share
    for first, second in [*list(pairs)[::60], *zip(list(lefts)[::9], list(rights)[::5], strict=False)]:
        together, apart = pairs[first, second] / longer, lefts[first] * rights[second] / longer**2
        found = tinytown.next_sentence_prob(first, second, language=LANGUAGE)
        assert math.isclose(found, together / (together + apart), rel_tol=1e-9)


@pytest.mark.parametrize("document", FULL[:20], ids=lambda d: d.scene)
def test_chain_rule_and_normalisation_on_the_full_language(document):
    steps = 0.0
    for cut in range(len(document.tokens) + 1):
        probs = tinytown.next_token_probs(document.tokens[:cut])
        assert math.isclose(sum(probs.values()), 1, abs_tol=1e-9)
        steps += math.log(probs[document.tokens[cut] if cut < len(document.tokens) else "<end>"])
    assert math.isclose(steps, tinytown.log_prob(document.tokens), abs_tol=1e-9)


def test_cloze_of_a_known_neighbour_is_a_ratio_of_joint_probabilities():
    for d in FULL[:10]:
        gap = len(d.tokens) // 2
        hidden = [None if t == gap else w for t, w in enumerate(d.tokens)]
        expected = math.exp(tinytown.log_prob(d.tokens) - tinytown.log_prob(hidden))
        assert math.isclose(tinytown.cloze_probs(hidden)[0][d.tokens[gap]], expected, rel_tol=1e-9)


def test_a_document_nobody_has_finished_cannot_end():
    with pytest.raises(tinytown.ImpossibleTextError, match="finish the sentence") as caught:
        tinytown.log_prob("the pizza was")
    assert caught.value.word == "<end>"


@pytest.mark.parametrize(("text", "position", "word"), [
    ("the pizza was bank .", 3, "bank"),
    ("the blorg was good .", 1, "blorg"),
    ("the bank of the river was robbed .", 6, "robbed"),
])  # fmt: skip
def test_impossible_words_are_named(text, position, word):
    for ask in (tinytown.log_prob, tinytown.next_token_probs, lambda t: tinytown.cloze_probs([*t.split(), None, "."])):
        with pytest.raises(tinytown.ImpossibleTextError, match=repr(word)) as caught:
            ask(text)
        assert (caught.value.position, caught.value.word) == (position, word)


def test_the_two_masks_of_the_course_on_its_first_example():
    (smoothed,) = tinytown.cloze_probs("the patient was prescribed [MASK] for anticoagulation .")
    filtered = tinytown.next_token_probs("the patient was prescribed")
    assert set(smoothed) == {"warfarin", "heparin"} and math.isclose(smoothed["warfarin"], 0.5)
    assert len(filtered) == 14 and max(filtered.values()) < 0.1


def enumerated_pairs():
    """Every way to draw two sentences from every document of three or more: kind of pair -> (A, B) -> probability."""
    made, longer = {"next": Counter(), "elsewhere": Counter(), "swapped": Counter()}, 0.0
    for _, split, _, _, p in everything():
        n = len(split)
        longer += p if n > 2 else 0
        for i in range(n - 1 if n > 2 else 0):
            made["next"][split[i], split[i + 1]] += p / (n - 1)
            made["swapped"][split[i + 1], split[i]] += p / (n - 1)
            for k in set(range(n)) - {i, i + 1}:
                made["elsewhere"][split[i], split[k]] += p / (n - 1) / (n - 2)
    firsts, seconds = Counter(), Counter()
    for (a, b), p in made["next"].items():
        firsts[a] += p / longer
        seconds[b] += p / longer
    return {name: {pair: p / longer for pair, p in table.items()} for name, table in made.items()}, firsts, seconds


def test_sentence_pairs_against_enumeration():
    made, firsts, seconds = enumerated_pairs()
    assert all(math.isclose(sum(table.values()), 1) for table in made.values())
    every = list({pair for table in made.values() for pair in table})
    some = [*every[::17], *zip(list(firsts)[::3], list(seconds)[::2], strict=False)]
    assert sum(made["next"].get(pair, 0) == 0 for pair in some) > 5 < sum(made["next"].get(p, 0) > 0 for p in some)
    for a, b in some:
        found = tinytown.pair_probs(a, b, language=LANGUAGE)
        expected = {name: table.get((a, b), 0.0) for name, table in made.items()} | {"random": firsts[a] * seconds[b]}
        assert found.keys() == expected.keys()
        for name in expected:
            assert math.isclose(found[name], expected[name], rel_tol=1e-9, abs_tol=1e-15), (name, a, b)
            if name != "next" and expected["next"] + expected[name] > 0:
                answer = tinytown.is_next_prob(a, b, negatives=name, language=LANGUAGE)
                assert math.isclose(answer, expected["next"] / (expected["next"] + expected[name]), rel_tol=1e-9)


def test_order_prob_against_enumeration():
    halves = Counter()
    for _, split, _, _, p in everything():
        for j in range(1, len(split)):
            halves[split[:j], split[j:]] += p / (len(split) - 1)
    for first, second in list(halves)[::40]:  # in the small grammar no document can be read in both orders
        for pair in ((first, second), (second, first)):
            straight, swapped = halves[pair], halves[pair[::-1]]
            found = tinytown.order_prob(*pair, language=LANGUAGE)
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


def test_a_pair_with_an_unknown_word_names_it():
    with pytest.raises(tinytown.ImpossibleTextError, match="zebra"):
        tinytown.pair_probs(("zebra", "."), ("she", "left", "."), language=LANGUAGE)
