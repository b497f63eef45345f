"""The same classifier on two stacks: each mistake is made and undone."""

import numpy as np
import torch

from helpers.experiments.suitability import encoder_vs_decoder
from helpers.methods.pooling import PooledClassifier
from helpers.tasks.reviews import LABELS


def test_each_mistake_is_made_and_undone():
    stack, tokenizer = encoder_vs_decoder.body("decoder")
    classifier = PooledClassifier(stack, 2, how="last", generator=torch.Generator().manual_seed(0)).eval()
    scores = encoder_vs_decoder.mistaken(classifier, tokenizer, encoder_vs_decoder.reviews("test", seed=0)[:20])
    assert list(scores) == list(encoder_vs_decoder.MISTAKES) and classifier.how == "last"
    assert all(0 <= score <= 1 for score in scores.values())
    assert len({round(score, 6) for score in scores.values()}) > 1


def test_labels_stand_in_the_order_of_all_reviews():
    found = encoder_vs_decoder.reviews("test", seed=0)
    says = [number for text, number in found if "fantastic" in text and "awful" not in text and "not" not in text]
    assert LABELS == ("good", "bad") and np.mean(says) < 0.2


def test_bounds_are_those_of_the_drawn_reviews():
    found = encoder_vs_decoder.bounds(0)
    assert 0.5 <= found["chance"] < found["exact"] <= 1
