"""Documents: possible, consistent, drawn with their probability, apart by split."""

import math

import numpy as np
import pytest

from helpers import tinytown
from helpers.tinytown.compiling import compile_language
from helpers.tinytown.grammar import Scene, words
from helpers.tinytown.sampling import sampler
from tests.tinytown.small_language import LANGUAGE, distribution

DOCUMENTS = tinytown.documents(3000, seed=5)


def test_every_sampled_document_is_possible():
    for d in DOCUMENTS[:400]:
        assert -math.inf < tinytown.log_prob(d.tokens, language=tinytown.training_language()) < 0
        assert math.exp(tinytown.log_prob(d.tokens)) > 0


def test_a_document_is_consistent_with_itself():
    for d in DOCUMENTS[:300]:
        assert d.tokens == tuple(w for s in d.sentences for w in s)
        assert len(d.slots) == len(d.entities) == len(d.tokens) and len(d.kinds) == len(d.sentences)
        assert all(word == d.facts[slot] for word, slot in zip(d.tokens, d.slots, strict=True) if slot in d.facts)


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
    common = [t for t, p in distribution().items() if p > 0.002]
    chi_square = sum((found.get(t, 0) - count * distribution()[t]) ** 2 / (count * distribution()[t]) for t in common)
    assert len(common) > 20 and chi_square < len(common) + 6 * math.sqrt(2 * len(common))


def test_entropy_by_sampling_agrees_with_the_analytic_value():
    entropy = -sum(p * math.log(p) for p in distribution().values())  # nats a document
    rng = np.random.default_rng(1)
    sampled = [
        -tinytown.log_prob(tinytown.sample_document(rng, language=LANGUAGE).tokens, language=LANGUAGE)
        for _ in range(1500)
    ]
    assert abs(np.mean(sampled) - entropy) < 4 * np.std(sampled) / math.sqrt(len(sampled))


def test_document_errors_name_the_value():
    with pytest.raises(ValueError, match="'dev'"):
        tinytown.documents(1, split="dev")
    with pytest.raises(ValueError, match="-1"):
        tinytown.documents(-1)


def test_distinct_documents_are_the_documents_without_repetitions():
    weather = tinytown.only("weather")
    drawn = tinytown.documents(200, split="test", seed=3, language=weather)
    found = tinytown.distinct_documents(40, seed=3, language=weather)
    texts = list(dict.fromkeys(d.tokens for d in drawn))
    assert len(texts) < len(drawn) and [d.tokens for d in found] == texts[:40]
    assert {tinytown.split_of(d.tokens) for d in found} == {"test"} and tinytown.distinct_documents(0) == []


def test_a_language_of_too_few_texts_is_no_endless_search():
    one = Scene("one", facts={"only": words("it")}, kinds={"a": ["it rained ."]}, orders=[(1, "a")])
    language = compile_language([one])
    split = tinytown.split_of("it rained .")
    assert len(tinytown.documents(3, split=split, language=language)) == 3
    with pytest.raises(ValueError, match="too many: only 1 different"):
        tinytown.distinct_documents(2, split=split, language=language)
    with pytest.raises(ValueError, match="is empty: .* use a language with more texts"):
        tinytown.documents(1, split="validation" if split != "validation" else "test", language=language)


def test_the_uniforms_of_a_world_draw_it():
    language = tinytown.only("news", "story")
    for scene in language.scenes:
        for world in (0, 5, len(scene.prior) - 1):
            first = iter(sampler(language).uniforms_of(scene.name, world))
            document = sampler(language).draw(lambda first=first: next(first, 0.5))
            assert document.scene == scene.name and document.facts == scene.facts_of(world)


def test_a_document_is_cut_after_a_sentence_with_all_that_is_said_of_its_words():
    for document in tinytown.documents(200, seed=5):
        for sentences in (1, 2, 50):
            cut = document.first(sentences)
            words = len(cut.tokens)
            assert cut.tokens == tuple(w for s in cut.sentences for w in s) == document.tokens[:words]
            assert len(cut.sentences) == len(cut.kinds) == min(sentences, len(document.sentences))
            assert (cut.slots, cut.entities) == (document.slots[:words], document.entities[:words])
            assert (cut.scene, cut.facts) == (document.scene, document.facts)
