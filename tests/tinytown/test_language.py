"""The language itself: size, held-out constructions, splits, floors and clear errors."""

import math
import re

import numpy as np
import pytest

from helpers import tinytown
from helpers.evaluation import PATTERNS
from helpers.tinytown.compiling import compile_language
from helpers.tinytown.grammar import Scene, parse_order, parse_slot, words
from helpers.tinytown.language import all_scenes
from tests.tinytown.small_language import FOOD, LANGUAGE, MARKS, law

DOCUMENTS = tinytown.documents(3000, seed=5)


def test_the_promised_size():
    assert len(tinytown.full_language().scenes) >= 14
    assert 800 <= len(tinytown.vocabulary()) <= 1500
    lengths = [len(d.tokens) for d in DOCUMENTS]
    assert max(lengths) <= 66 and 14 < np.mean(lengths) < 25
    assert 0.6 < tinytown.entropy_floor(DOCUMENTS[:300]) < 1.5


def test_more_than_a_million_million_documents():
    """Labelled lists alone: ten items of sixteen words each, for every scheme and pair of labels."""
    lists = next(s for s in all_scenes() if s.name == "list")
    items = min(len(lists.tables["yes"][scheme]) + len(lists.tables["no"][scheme]) for scheme in lists.facts["scheme"])
    assert items**10 > 10**12


def test_every_sampled_document_is_possible():
    for d in DOCUMENTS[:400]:
        assert -math.inf < tinytown.log_prob(d.tokens, language=tinytown.training_language()) < 0
        assert math.exp(tinytown.log_prob(d.tokens)) > 0


def test_a_document_is_consistent_with_itself():
    for d in DOCUMENTS[:300]:
        assert d.tokens == tuple(w for s in d.sentences for w in s)
        assert len(d.slots) == len(d.entities) == len(d.tokens) and len(d.kinds) == len(d.sentences)
        assert all(word == d.facts[slot] for word, slot in zip(d.tokens, d.slots, strict=True) if slot in d.facts)


def test_held_out_verdicts_never_occur_in_any_split():
    verdicts = [re.escape(p.removeprefix("{text} ")).replace(re.escape("[MASK]"), r"\w+") for p in PATTERNS]
    for split in ("train", "validation", "test"):
        for d in tinytown.documents(2000, split=split, seed=3):
            assert not (d.scene == "restaurant" and "verdict" in d.kinds)
            assert not any(re.search(pattern, " ".join(d.tokens)) for pattern in verdicts), d.text
    with pytest.raises(tinytown.ImpossibleTextError):
        tinytown.log_prob("the pizza was good . the restaurant is good .", language=tinytown.training_language())
    assert tinytown.log_prob("the pizza was good . the restaurant is good .") < 0


def test_restaurant_verdicts_exist_in_the_full_language():
    rng = np.random.default_rng(0)
    drawn = [tinytown.sample_document(rng) for _ in range(1500)]
    assert any(d.scene == "restaurant" and "verdict" in d.kinds for d in drawn)


def test_splits_share_no_text_and_seeds_repeat():
    texts = {
        split: {d.text for d in tinytown.documents(1500, split=split, seed=1)}
        for split in ("train", "validation", "test")
    }
    assert (
        not texts["train"] & texts["test"]
        and not texts["train"] & texts["validation"]
        and not texts["test"] & texts["validation"]
    )
    assert (
        tinytown.documents(20, seed=[4, 2])
        == tinytown.documents(20, seed=[4, 2])
        != tinytown.documents(20, seed=[4, 3])
    )


def test_sampling_frequencies_are_the_probabilities():
    rng, count = np.random.default_rng(0), 20_000
    found = {}
    for _ in range(count):
        tokens = tinytown.sample_document(rng, language=LANGUAGE).tokens
        found[tokens] = found.get(tokens, 0) + 1
    common = [t for t, p in law().items() if p > 0.002]
    chi_square = sum((found.get(t, 0) - count * law()[t]) ** 2 / (count * law()[t]) for t in common)
    assert len(common) > 20 and chi_square < len(common) + 6 * math.sqrt(2 * len(common))


def test_entropy_by_sampling_agrees_with_the_analytic_value():
    entropy = -sum(p * math.log(p) for p in law().values())  # nats a document
    rng = np.random.default_rng(1)
    sampled = [
        -tinytown.log_prob(tinytown.sample_document(rng, language=LANGUAGE).tokens, language=LANGUAGE)
        for _ in range(1500)
    ]
    assert abs(np.mean(sampled) - entropy) < 4 * np.std(sampled) / math.sqrt(len(sampled))


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


@pytest.mark.parametrize(("change", "message"), [
    ({"objective": "next"}, "'next'"), ({"rate": 0.0, "objective": "masked"}, "rate 0.0"),
    ({"rate": 1.5, "objective": "span"}, "1.5"),
])  # fmt: skip
def test_floor_errors_name_the_value(change, message):
    with pytest.raises(ValueError, match=message):
        tinytown.entropy_floor(DOCUMENTS[:2], **change)
    with pytest.raises(ValueError, match="no documents"):
        tinytown.entropy_floor([])


def test_document_errors_name_the_value():
    with pytest.raises(ValueError, match="'dev'"):
        tinytown.documents(1, split="dev")
    with pytest.raises(ValueError, match="-1"):
        tinytown.documents(-1)


@pytest.mark.parametrize(("change", "message"), [
    ({"kinds": {"a": ["the {nobody} ."]}}, "nobody"),
    ({"kinds": {"a": ["the {view(mood)} ."]}, "tables": {"view": {"good": words("fine")}}}, "no row for 'bad'"),
    ({"kinds": {"a": ["the{mood} ."]}}, "spaces around"),
    ({"orders": [(1, "a b?x")]}, "b\\?x"),
])  # fmt: skip
def test_a_mistake_in_the_grammar_is_named(change, message):
    good = {"name": "s", "facts": {"mood": words("good bad")}, "kinds": {"a": ["{mood} ."]}, "orders": [(1, "a")]}
    compile_language([Scene(**good)])
    with pytest.raises(ValueError, match=message):
        compile_language([Scene(**good | change)])


def test_grammar_notation():
    assert parse_slot("{severity(drug,second)}") == ("severity", ("drug", "second"))
    assert parse_order("a b?0.25") == [("a", 1.0), ("b", 0.25)]
    with pytest.raises(ValueError, match="without a word"):
        words("* good")


def test_a_learner_can_add_a_scene_without_touching_inference():
    pond = Scene("pond", facts={"fish": words("carp pike")}, kinds={"swim": ["a {fish} swam ."]}, orders=[(1, "swim")])
    language = compile_language([FOOD, MARKS, pond])
    (probs,) = tinytown.cloze_probs("a [MASK] swam .", language=language)
    assert probs == {"carp": 0.5, "pike": 0.5}
