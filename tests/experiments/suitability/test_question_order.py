"""Journeys: the question decides between two cities."""

import numpy as np

from helpers.experiments.suitability import question_order


def test_a_journey_asks_for_one_of_two_cities_by_a_coin_flip():
    before, after = (task.examples("test", 200) for task in question_order.ORDERS.values())
    assert [(e.second, e.source, e.span) for e in after] == [(e.source, e.second, e.span) for e in before]
    assert 0.35 < np.mean(["come from" in e.source for e in before]) < 0.65
    for e in before:
        words = e.second.split()
        assert words[e.span[0]] == e.target and len(e.source) < len(e.second)
        sentence = words[: words.index(".")]
        assert sentence[sentence.index("from" if "come from" in e.source else "to") + 1] == e.target
