"""Re-ranking: what is not fetched is lost; a perfect second reader finds all that was fetched."""

import dataclasses

import numpy as np

from helpers.experiments.embeddings import reranking

SIDES = ("a", "b", "c"), ("A", "B", "C", "D")
FOUND = np.array([[0.1, 0.9, 0.8, 0.0], [0.2, 0.9, 0.1, 0.0], [0.9, 0.8, 0.1, 0.7]])


def perfect(pairs):
    return [float(one.upper() == two) for one, two in pairs]


def test_a_perfect_reader_finds_what_is_fetched_and_nothing_else():
    documents = (*SIDES[1], "E")
    found = np.hstack([FOUND, np.zeros((3, 1))])
    for count, share in ((1, 1 / 3), (2, 1 / 3), (3, 2 / 3), (5, 1.0)):
        again = reranking.reranked(found, perfect, (SIDES[0], documents), count=count)
        assert again == {"1": share, "5": share}


def test_a_reader_that_ranks_the_wrong_way_round_loses_what_was_first():
    documents = (*SIDES[1], "E")
    found = np.hstack([FOUND, np.zeros((3, 1))])
    worse = reranking.reranked(
        found, lambda pairs: [-score for score in perfect(pairs)], (SIDES[0], documents), count=2
    )
    assert worse["1"] == 0 and worse["5"] == 1 / 3


def test_a_reader_trains_on_picking_and_records_its_way():
    recipe = dataclasses.replace(reranking.RECIPE, steps=2, batch_size=4)
    model, _, curve = reranking.reader("decoder", recipe, 0, points=(1, 2))
    assert [step for step, _ in curve] == [1, 2] and all(loss > 0 for _, loss in curve)
    assert model.config.num_labels == 1
