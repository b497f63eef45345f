"""Exact inference against brute-force enumeration of a cut-down grammar, and invariants of the full language."""

import math
from collections import Counter

import numpy as np
import pytest

from helpers import tinytown
from helpers.tinytown.compiling import compile_language
from helpers.tinytown.grammar import Scene, words
from tests.tinytown.small_language import LANGUAGE, close, conditional, distribution

DOCUMENTS = list(distribution())[::11]
FULL = tinytown.documents(40, split="test", seed=11)


def test_enumeration_is_a_distribution():
    assert math.isclose(sum(distribution().values()), 1, rel_tol=1e-9)
    assert len(distribution()) > 300


def test_log_prob_is_the_enumerated_probability():
    for tokens in DOCUMENTS:
        assert math.isclose(
            tinytown.log_prob(tokens, language=LANGUAGE), math.log(distribution()[tokens]), abs_tol=1e-9
        )


def test_log_prob_with_gaps_sums_over_them():
    tokens = next(t for t in distribution() if len(t) == 9)
    hidden = [None if t in (1, 5) else w for t, w in enumerate(tokens)]
    total = sum(
        p
        for d, p in distribution().items()
        if len(d) == 9 and all(h in (None, w) for h, w in zip(hidden, d, strict=True))
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


def test_a_gap_counts_only_the_orders_that_lead_to_what_follows():
    """Two orders share a sentence and differ in the next: what is read there decides how much its words weigh."""
    kinds = {kind: [f"{kind} ."] for kind in ("open", "mid", "other", "one", "two")}
    orders = [(1, "open mid one"), (3, "open mid two"), (2, "open other one")]
    facts = {"fact": words("a b")}
    language = compile_language([Scene("fork", facts=facts, kinds=kinds, orders=orders, stop=0.0)])
    (found,) = tinytown.cloze_probs("open . [MASK] . one .", language=language)
    assert close(found, {"mid": 1 / 3, "other": 2 / 3})


def test_complete_draws_from_the_posterior():
    hidden, rng = [None, "ate", None, "."], np.random.default_rng(0)
    drawn = Counter(tuple(tinytown.complete(hidden, rng, language=LANGUAGE)) for _ in range(2000))
    fits = lambda d: len(d) == 4 and d[1] == "ate" and d[3] == "."  # noqa: E731
    expected = conditional(fits, lambda d: d)
    assert set(drawn) <= set(expected)
    chi_square = sum((drawn[k] - 2000 * p) ** 2 / (2000 * p) for k, p in expected.items())
    assert chi_square < 30  # at most 3 degrees of freedom: probability below 1e-5


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


@pytest.mark.parametrize(
    ("text", "position", "word"),
    [
        ("the pizza was bank .", 3, "bank"),
        ("the blorg was good .", 1, "blorg"),
        ("the bank of the river was robbed .", 6, "robbed"),
    ],
)
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
