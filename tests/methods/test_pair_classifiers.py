"""Classifiers of pairs: word counts that know no side, and those that do; the share that is called consecutive."""

import pytest

from helpers.methods.pair_classifiers import bag_of_words, says_next, sided_features, topic_features
from helpers.tasks.sentence_pairs import labels_of, pairs
from helpers.training.finetuning import accuracy


def test_topic_features_know_no_side_and_sided_ones_do():
    pair = ("the cat sat .", "it purred .", 0)
    turned = (pair[1], pair[0], 1)
    assert sorted(topic_features(pair)) == sorted(topic_features(turned))
    assert sorted(sided_features(pair)) != sorted(sided_features(turned))


def test_the_topic_baseline_is_at_chance_on_both_orders_by_construction():
    train, test = pairs("swapped", 300, split="train"), pairs("swapped", 100)
    solve = bag_of_words(train, features=topic_features)
    both = [*((a, b, 0) for a, b, _ in test), *((b, a, 1) for a, b, _ in test)]
    assert accuracy(solve(both), labels_of(both)) == pytest.approx(0.5)


def test_a_bag_of_words_learns_the_topic():
    solve = bag_of_words(pairs("random", 1500, split="train"), features=topic_features)
    test = pairs("random", 200)
    assert accuracy(solve(test), labels_of(test)) > 0.7


def test_the_share_that_is_called_consecutive():
    assert says_next([[0.9, 0.1], [0.4, 0.6], [0.6, 0.4], [0.2, 0.8]]) == 0.5
