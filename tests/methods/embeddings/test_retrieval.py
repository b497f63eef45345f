"""Search: what is no number is refused, and words are counted as the tokenizer finds them."""

import numpy as np
import pytest

from helpers.methods.embeddings import retrieval


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
