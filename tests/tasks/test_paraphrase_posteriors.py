"""Exact scores of paraphrases against slow oracles: Bayes' rule world by world, the ratio summed by hand."""

from dataclasses import replace

import numpy as np
import pytest
import torch

from helpers import tinytown
from helpers.methods.embeddings import contrastive
from helpers.tasks import paraphrase_posteriors
from helpers.tasks.paraphrases import draw_pairs


def test_the_posterior_is_bayes_rule_in_every_world():
    scenes = ("weather", "animal")
    language, texts = tinytown.only(*scenes), ["the cat sat on the mat .", "it was a sunny day ."]
    prior, found = paraphrase_posteriors.world_prior(scenes), paraphrase_posteriors.world_posteriors(texts, scenes)
    assert prior.sum() == pytest.approx(1) and found.sum(1) == pytest.approx(np.ones(2), abs=1e-5)
    for text, row in zip(texts, found):
        joint = []
        for scene in language.scenes:
            for world in range(len(scene.prior)):
                sole = tinytown.Reading(text, only_world(language, scene, world))
                joint.append(sole.probability() * scene.weight * scene.prior[world])
        assert row == pytest.approx(np.array(joint) / sum(joint), abs=1e-5)


def only_world(language, scene, world):
    """The language with one scene and one world."""
    prior = np.zeros_like(scene.prior)
    prior[world] = 1
    return replace(language, scenes=(replace(scene, prior=prior, weight=1.0),))


def test_the_ratio_is_the_sum_over_worlds():
    pairs = draw_pairs(24, split="train", seed=[1])
    first, second = zip(*pairs[:6])
    prior = paraphrase_posteriors.world_prior()
    one, two = paraphrase_posteriors.world_posteriors(first), paraphrase_posteriors.world_posteriors(second)
    slow = [[sum(p * q / w for p, q, w in zip(a, b, prior) if p and q) for b in two] for a in one]
    with np.errstate(divide="ignore"):
        np.testing.assert_allclose(paraphrase_posteriors.exact_scores(first, second), np.log(slow), atol=1e-3)


def test_nobody_beats_the_exact_ratio_at_the_contrastive_question():
    drawn = draw_pairs(256, split="train", seed=[6])
    floor = paraphrase_posteriors.contrastive_floor(drawn, batch_size=32)
    vectors = torch.tensor(paraphrase_posteriors.exact_vectors([one for one, _ in drawn]))
    others = torch.tensor(paraphrase_posteriors.exact_vectors([two for _, two in drawn]))
    spoilt = contrastive.info_nce(vectors[:32], others[:32])  # the same vectors, but only their cosines
    assert 0 < floor < 0.6 and floor < float(spoilt) + 0.05


def test_an_impossible_text_is_named():
    with pytest.raises(tinytown.ImpossibleTextError):
        paraphrase_posteriors.world_posteriors(["it was it was ."])
