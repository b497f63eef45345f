"""Two gaps: the best pair against a search over all pairs, ways of filling, and nothing above the optimum."""

import itertools

import numpy as np
import pytest

from helpers import tinytown
from helpers.experiments import two_gaps
from helpers.tinytown.scenes.clinic import DRUGS

LANGUAGE = tinytown.training_language()
NOTE = tuple(None if word == "_" else word for word in "the patient was prescribed _ for _ .".split())


def by_search(words):
    """The highest probability of a pair, over all pairs of possible words."""
    support = [np.flatnonzero(row).tolist() for row in two_gaps.exact_probs(words)]
    return max(two_gaps.pair_prob(words, pair) for pair in itertools.product(*support))


@pytest.mark.parametrize("gaps", two_gaps.GAPS)
def test_the_best_pair_is_that_of_a_search_over_all_pairs(gaps):
    small = [
        words
        for words in (NOTE, *two_gaps.problems(gaps, 15, 0))
        if np.prod([np.count_nonzero(row) for row in two_gaps.exact_probs(words)]) < 300
    ]
    assert len(small) > 5
    for words in small:
        pair, probability = two_gaps.best_pair(words)
        assert probability == pytest.approx(by_search(words)) == pytest.approx(two_gaps.pair_prob(words, pair))


def test_the_two_best_words_of_a_note_are_often_no_pair_and_filling_in_turn_makes_one():
    """Both gaps are ties: a drawn drug and a drawn purpose seldom fit."""
    rng, ask, both = np.random.default_rng(0), two_gaps.exact_probs, two_gaps.exact_probs(NOTE)
    found = [two_gaps.judged(NOTE, two_gaps.fillings(ask, NOTE, both, rng)) for _ in range(8)]
    assert any(row["two best words"] == 0 for row in found)
    for row in found:
        assert 0 < row["left first"] <= row["surer first"] <= row["best pair"] + 1e-12


def test_one_of_equally_probable_words_is_drawn():
    def ask(words):
        return np.array([[0.5, 0.5, 0.0], [0.1, 0.2, 0.7]])

    rng = np.random.default_rng(0)
    words = ("a", None, None)
    drawn = {two_gaps.fillings(ask, words, ask(words), rng)["two best words"] for _ in range(30)}
    assert drawn == {(0, 2), (1, 2)}


@pytest.mark.parametrize("gaps", two_gaps.GAPS)
def test_texts_are_distinct_and_no_way_beats_the_best_pair(gaps):
    texts = two_gaps.problems(gaps, 12, 1)
    assert len(set(texts)) == len(texts) == 12 and all(words.count(None) == 2 for words in texts)
    apart = [words.index(None, words.index(None) + 1) - words.index(None) for words in texts]
    assert set(apart) == {1} if gaps == "neighbours" else max(apart) > 1
    rng = np.random.default_rng(0)

    def guess(words):
        return rng.random((words.count(None), len(LANGUAGE.words)))

    for ask in (two_gaps.exact_probs, guess):
        found = two_gaps.scores(ask, gaps=gaps, seed=1, count=12)
        best = found["best pair"]
        assert all(found[way]["expected"] <= best["expected"] + 1e-12 for way in ("two best words", "left first"))
        assert found["two best words"]["impossible and tied"] <= found["two best words"]["impossible"]
        assert best["is best"] == 1 and best["impossible"] == 0 <= found["lost by two best words"]
    assert found["two best words"]["impossible"] > 0.9  # a guess


def test_a_prescription_hides_the_drug_and_its_purpose():
    for words in two_gaps.problems("drug and purpose", 12, 0):
        one, two = (set(np.array(LANGUAGE.words)[row > 0].tolist()) for row in two_gaps.exact_probs(words))
        assert (one <= set(DRUGS)) != (two <= set(DRUGS)) and one.isdisjoint(two)


def test_points_and_what_does_not_exist():
    points = list(two_gaps.grid())
    assert len({str(point) for point in points}) == len(points) == 18
    assert {two_gaps.models(p) for p in points if p["reader"] == "exact"} == {()}
    with pytest.raises(ValueError, match="'three gaps'.*neighbours"):
        two_gaps.problems("three gaps", 3, 0)
    with pytest.raises(ValueError, match="'elmo'.*exact, course-bert"):
        two_gaps.run({"reader": "elmo", "gaps": "neighbours", "seed": 0})
