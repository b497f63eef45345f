"""How scenes are written down."""

import pytest

from helpers.tinytown.grammar import parse_order, parse_slot, words


def test_grammar_notation():
    assert parse_slot("{severity(drug,second)}") == ("severity", ("drug", "second"))
    assert parse_order("a b?0.25") == [("a", 1.0), ("b", 0.25)]


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("* good", "without a word"),
        ("good*x bad", "'good\\*x' .* no positive number"),
        ("good*-1", "no positive number"),
        ("", "a word list cannot be ''"),
        (["good"], "a word list cannot be"),
    ],
)
def test_a_mistake_in_a_word_list_is_named(text, message):
    with pytest.raises(ValueError, match=message):
        words(text)
