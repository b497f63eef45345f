"""Search: ties by all their orders, BM25 by its formula."""

import itertools

import numpy as np
import pytest

from helpers.methods.embeddings import retrieval


def test_chance_of_hit_is_the_mean_over_all_orders_of_ties():
    scores, wanted = np.array([[2, 2, 1, 2, 3.0]]), [1]
    for k in range(1, 6):
        hits = []
        for order in itertools.permutations(range(5)):
            ranked = sorted(order, key=lambda column: -scores[0, column])  # stable: ties stay in this order
            hits.append(wanted[0] in ranked[:k])
        assert retrieval.chance_of_hit(scores, wanted, k)[0] == pytest.approx(np.mean(hits))


def test_recall_refuses_a_cut_beyond_the_collection():
    with pytest.raises(ValueError, match="k = 6 of 5 documents; choose 1 to 5"):
        retrieval.recalls(np.zeros((2, 5)), cuts=(6,))


def test_bm25_by_its_formula():
    documents, query, k1, b = ["a b b", "a c", "c c c d"], "b c b", 1.2, 0.5
    mean = np.mean([len(d.split()) for d in documents])
    slow = []
    for document in documents:
        total, words = 0.0, document.split()
        for word in query.split():
            n = sum(word in d.split() for d in documents)
            tf = words.count(word)
            total += np.log(1 + (3 - n + 0.5) / (n + 0.5)) * tf * (k1 + 1) / (tf + k1 * (1 - b + b * len(words) / mean))
        slow.append(total)
    assert retrieval.bm25([query], documents, k1=k1, b=b)[0] == pytest.approx(slow)
    with pytest.raises(ValueError, match="collection is empty"):
        retrieval.bm25([query], [])


@pytest.mark.parametrize("bad", [np.nan, np.inf])
def test_scores_that_are_no_numbers_are_refused(bad):
    with pytest.raises(ValueError, match=f"scores hold {bad} in row 0; every one must be a finite number"):
        retrieval.recalls(np.full((10, 10), bad))


@pytest.mark.parametrize(("wanted", "message"), [([0, 9], "does not name one of 2 documents"), ([0, -1], "too small")])
def test_a_document_that_is_not_there_is_refused(wanted, message):
    with pytest.raises(ValueError, match=message):
        retrieval.chance_of_hit(np.eye(2), wanted, 1)


def test_counting_words_reads_ordinary_spelling():
    plain = retrieval.bm25(["the pizza was cold ."], ["the pizza was awful .", "the rain was cold ."])
    spelled = retrieval.bm25(["The pizza was cold."], ["The pizza was awful.", "The rain was cold."])
    assert np.array_equal(plain, spelled)
