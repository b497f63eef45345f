"""Posteriors over worlds, scenes, facts and entities against enumeration."""

import math
from collections import Counter
from dataclasses import replace

import numpy as np
import pytest

from helpers import tinytown
from helpers.tinytown.compiling import compile_language
from helpers.tinytown.grammar import Scene, words
from tests.tinytown.small_language import FOOD, LANGUAGE, MARKS, close, distribution, everything

DOCUMENTS = list(distribution())[::11]
FULL = tinytown.documents(40, split="test", seed=11)


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


def enumerated_worlds(tokens) -> dict[str, np.ndarray]:
    found = {scene.name: np.zeros(len(scene.prior)) for scene in LANGUAGE.scenes}
    for row, _, scene, world, p in everything():
        if row == tokens:
            found[scene.name][world] += p
    total = sum(row.sum() for row in found.values())
    return {name: row / total for name, row in found.items()}


@pytest.mark.parametrize("tokens", DOCUMENTS[:15])
def test_world_probs_against_enumeration(tokens):
    found, expected = tinytown.world_probs(tokens, language=LANGUAGE), enumerated_worlds(tokens)
    assert found.keys() == expected.keys()
    assert all(np.allclose(found[name], expected[name], rtol=1e-9, atol=1e-15) for name in expected)
    assert math.isclose(sum(row.sum() for row in found.values()), 1)


def test_world_prior_is_the_mean_posterior():
    prior = tinytown.world_prior(language=LANGUAGE)
    mean = {name: np.zeros_like(row) for name, row in prior.items()}
    for tokens, p in distribution().items():
        for name, row in tinytown.world_probs(tokens, language=LANGUAGE).items():
            mean[name] += p * row
    assert all(np.allclose(mean[name], prior[name]) for name in prior)
    assert math.isclose(sum(row.sum() for row in tinytown.world_prior().values()), 1)


def test_scene_probs_sum_the_worlds():
    for d in FULL:
        worlds, scenes = tinytown.world_probs(d.tokens), tinytown.scene_probs(d.tokens)
        assert list(scenes.values()) == sorted(scenes.values(), reverse=True) and scenes[d.scene] > 0
        assert all(math.isclose(scenes[name], row.sum()) for name, row in worlds.items())
        assert math.isclose(sum(scenes.values()), 1)


def test_fact_probs_condition_on_a_scene_with_the_fact():
    """ "soup red" could be of no scene with a mood; "it was cold ." and a scene that shares its words decide alone."""
    twin = Scene("twin", facts={"kind": words("a b*3")}, kinds={"s": ["ann ate soup ."]}, orders=[(1, "s")])
    language = compile_language([FOOD, MARKS, twin])
    text = "ann ate soup ."
    assert 0 < tinytown.scene_probs(text, language=language)["twin"] < 1
    alone = tinytown.fact_probs(text, "mood", language=LANGUAGE)
    assert close(tinytown.fact_probs(text, "mood", language=language), alone)
    assert close(tinytown.fact_probs(text, "kind", language=language), {"b": 0.75, "a": 0.25})


def test_best_fact_is_the_most_probable_and_of_equals_the_first():
    for d in tinytown.documents(40, split="test", seed=6):
        for fact in d.facts:
            probs = tinytown.fact_probs(d.tokens, fact)
            best = tinytown.best_fact(d.tokens, fact)
            assert probs[best] == max(probs.values())
    assert tinytown.best_fact("it was sweet now .", "eater", language=LANGUAGE) == "ann"


def enumerated_entities(tokens, side):
    """Probability of the type of each word, over all texts that agree with the given side."""

    def alike(d, shown):
        return all(word in (None, other) for word, other in zip(shown, d, strict=True))

    def fits(d, t):
        return len(d) == len(tokens) and alike(d, tokens) if side == "both" else alike(d[: t + 1], tokens[: t + 1])

    rows = [{"O": 0.0, "PER": 0.0} for _ in tokens]
    for words_, split, _, _, p in everything():
        eater = [w in ("ann", "bob") for s in split for w in s]
        for t, row in enumerate(rows):
            if len(words_) > t and fits(words_, t):
                row["PER" if eater[t] else "O"] += p
    return [{name: p / sum(row.values()) for name, p in row.items()} for row in rows]


@pytest.mark.parametrize("side", ["both", "left"])
def test_entity_probs_against_enumeration(side):
    tagged = compile_language([replace(FOOD, entities={"eater": "PER"}), MARKS])
    for tokens in [*DOCUMENTS[:6], (None, "ate", "pie", "."), ("ann", "ate", None, ".")]:
        found = tinytown.entity_probs(tokens, side=side, language=tagged)
        for row, expected in zip(found, enumerated_entities(tokens, side), strict=True):
            assert close(row, expected)
