"""Similarity: what a text tells, and answers that are all alike."""

import pytest

from helpers import tinytown
from helpers.tasks import TASKS, similarity


def test_what_a_text_tells_is_what_it_says():
    assert similarity.told("anna bought bread at the bakery .", "errand") == {
        "person": "anna",
        "shop": "bakery",
        "goods": "bread",
    }
    with pytest.raises(tinytown.ImpossibleTextError, match="'she', cannot stand here"):
        similarity.told("she bought bread .", "errand")
    degrees = {e.target for e in TASKS["similarity"].examples("test")}
    assert min(degrees) == 0 and max(degrees) >= 0.75 and len(degrees) > 5


def test_similarity_of_answers_that_are_all_alike_is_zero():
    examples = TASKS["similarity"].examples("test", 20)
    assert TASKS["similarity"].score([0.5] * 20, examples) == {"spearman": 0.0}
