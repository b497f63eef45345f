"""Degrees of overlap: gold numbers, relatives, the loss by hand, and a training that lowers it."""

import itertools

import numpy as np
import pytest
import torch

from helpers import tinytown
from helpers.methods.embeddings import contrastive, graded
from helpers.tasks import similarity
from helpers.tinytown.sampling import split_of
from helpers.training.finetuning import FineTuning


def test_the_graded_loss_by_hand_counts_each_degree_alike():
    vectors, gold = torch.randn(5, 3, generator=torch.Generator().manual_seed(4)), torch.zeros(5, 5)
    gold[0, 1] = gold[1, 0] = 0.5
    errors = {0.0: [], 0.5: []}
    for i, j in itertools.combinations(range(5), 2):
        cosine = torch.cosine_similarity(vectors[i], vectors[j], dim=0)
        errors[float(gold[i, j])].append(float(cosine - gold[i, j]) ** 2)
    expected = np.mean([np.mean(part) for part in errors.values()])
    assert float(graded.graded_loss(vectors, gold)) == pytest.approx(expected, abs=1e-5)


def test_gold_overlaps_are_the_task_s_within_a_scene_and_0_across():
    texts = [text for pair in graded.relatives(24) for text in pair]
    gold = graded.overlaps(texts)
    assert {scene for _, scene, _ in texts} == set(similarity.SCENES) and torch.equal(gold, gold.T)
    for (i, (_, a, one)), (j, (_, b, two)) in itertools.combinations(enumerate(texts), 2):
        facts = len(tinytown.only(a).scenes[0].facts)
        assert gold[i, j] == pytest.approx(similarity.overlap(one, two, facts=facts) if a == b else 0.0)


def test_relatives_agree_in_some_facts_of_one_scene_and_are_training_texts():
    made = graded.relatives(60)
    assert {split_of(text.split()) for pair in made for text, *_ in pair} == {"train"}
    assert all(one[1] == two[1] and one[0] != two[0] for one, two in made)
    assert all(told == similarity.told(text, scene) for pair in made[:6] for text, scene, told in pair)
    degrees = [float(graded.overlaps(pair)[0, 1]) for pair in made]
    assert min(degrees) == 0 and max(degrees) >= 0.75 and len({round(d, 2) for d in degrees}) >= 5


def test_training_on_degrees_lowers_its_loss(small):
    body, tokenizer = small
    recipe = FineTuning(steps=15, batch_size=8, learning_rate=3e-3)
    _, losses = graded.train(body, tokenizer, graded.relatives(24), how="mean", seed=0, recipe=recipe)
    assert np.mean(losses[-4:]) < np.mean(losses[:4])


def test_the_held_out_loss_is_the_mean_over_whole_batches(small):
    body, tokenizer = small
    pairs = graded.relatives(10, 0, "validation")
    assert {split_of(text.split()) for pair in pairs for text, *_ in pair} == {"validation"}
    expected = []
    for batch in (pairs[:4], pairs[4:8]):
        texts = [text for pair in batch for text in pair]
        vectors = contrastive.embed(body, tokenizer, [text for text, *_ in texts], how="mean")
        expected.append(float(graded.graded_loss(vectors, graded.overlaps(texts))))
    found = graded.held_out_loss(body, tokenizer, pairs, how="mean", batch_size=4)
    assert found == pytest.approx(np.mean(expected))
    with pytest.raises(ValueError, match="batch_size 11 does not fit 10 pairs"):
        graded.held_out_loss(body, tokenizer, pairs, how="mean", batch_size=11)
