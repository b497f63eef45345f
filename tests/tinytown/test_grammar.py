"""How scenes are written down."""

import pytest

from helpers.tinytown.grammar import parse_order, parse_slot, words


def test_grammar_notation():
    assert parse_slot("{severity(drug,second)}") == ("severity", ("drug", "second"))
    assert parse_order("a b?0.25") == [("a", 1.0), ("b", 0.25)]
    with pytest.raises(ValueError, match="without a word"):
        words("* good")
