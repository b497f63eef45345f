"""The language itself: size, held-out constructions, and scenes that a learner adds."""

import re

import numpy as np
import pytest

from helpers import tinytown
from helpers.evaluation import PATTERNS
from helpers.tinytown.compiling import compile_language
from helpers.tinytown.grammar import Scene, words
from helpers.tinytown.language import all_scenes
from tests.tinytown.small_language import FOOD, MARKS

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


def test_a_learner_can_add_a_scene_without_touching_inference():
    pond = Scene("pond", facts={"fish": words("carp pike")}, kinds={"swim": ["a {fish} swam ."]}, orders=[(1, "swim")])
    language = compile_language([FOOD, MARKS, pond])
    (probs,) = tinytown.cloze_probs("a [MASK] swam .", language=language)
    assert probs == {"carp": 0.5, "pike": 0.5}
