"""Paraphrase pairs: two texts of one world, of one split, in the collection at the same place."""

import numpy as np
import pytest

from helpers import tinytown
from helpers.methods.embeddings import retrieval
from helpers.tasks import paraphrase_posteriors
from helpers.tasks.paraphrases import collection, draw_pairs, paraphrase_pairs
from helpers.tinytown.sampling import split_of


@pytest.mark.parametrize("split", ["train", "validation", "test"])
def test_the_two_differ_are_of_their_split_and_can_be_written_in_one_world(split):
    drawn = draw_pairs(12, split=split, seed=[2])
    for one, two in drawn:
        assert one != two and max(len(one.split()), len(two.split())) <= 24
        assert {split_of(one.split()), split_of(two.split())} == {split}
        assert (paraphrase_posteriors.world_posteriors([one, two]).prod(0) > 0).any()
    assert drawn == draw_pairs(12, split=split, seed=[2]) != draw_pairs(12, split=split, seed=[3])


def test_worlds_come_as_often_as_the_language_has_them():
    first = [one for one, _ in draw_pairs(600, split="train", seed=[4], scenes=("weather", "animal"))]
    language = tinytown.only("weather", "animal")
    share = np.mean([tinytown.scene_probs(text, language=language)["animal"] > 0 for text in first])
    expected = next(scene.weight for scene in language.scenes if scene.name == "animal")
    assert abs(share - expected) < 0.08


def test_the_collection_holds_each_query_s_paraphrase_at_its_own_place():
    queries, documents = collection(documents=20, queries=5, seed=3)
    drawn = paraphrase_pairs("test", 40, 3)
    assert set(zip(queries, documents)) <= set(drawn) and len(queries) == 5 and len(documents) == 20
    assert set(documents) <= {two for _, two in drawn}


@pytest.mark.parametrize("seed", [0, 1, 2])
def test_no_text_occurs_twice_in_a_collection(seed):
    queries, documents = collection(seed=seed)
    assert len({*queries, *documents}) == len(queries) + len(documents) == 200 + 1_000
    drawn = [two for _, two in paraphrase_pairs("test", 1_000, seed)]
    assert len(set(drawn)) < 1_000  # as drawn, some do


def test_the_density_ratio_says_how_often_its_first_document_is_the_wanted_one():
    found, promised = [], []
    for seed in (0, 1):
        ratio = np.exp(paraphrase_posteriors.exact_scores(*collection(seed=seed)))
        promised.append((ratio.max(1) / ratio.sum(1)).mean())
        found.append(retrieval.recalls(ratio)["1"])
    assert np.mean(found) == pytest.approx(np.mean(promised), abs=0.04)  # 400 queries


def test_no_pair_cannot_be_asked_for():
    with pytest.raises(ValueError, match="count 0 asks for no pair"):
        draw_pairs(0, split="test", seed=[0])
