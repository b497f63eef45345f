"""Figures of decoding rules: what a rule cuts has no bar; every rule is a named point."""

import pytest

from helpers.figures.decoding_rules import against_the_language, first_word
from helpers.figures.style import to_png

VARIATION = {"T = 1": 0.01, "T = 0.5": 0.09, "top-k 5": 0.14, "top-p 0.95": 0.02, "greedy": 0.3}
GRAMMATICAL = {"T = 1": 0.95, "T = 0.5": 1.0, "top-k 5": 1.0, "top-p 0.95": 1.0, "greedy": 1.0}


def test_a_word_that_is_cut_away_has_no_height():
    axis = first_word(["the", "a"], {"exact": [0.6, 0.4], "top-p 0.5": [1.0, 0.0]}).axes[0]
    assert sorted(bar.get_height() for bar in axis.patches) == pytest.approx([0.0, 0.4, 0.6, 1.0])
    assert axis.get_yscale() == "log"


def test_every_rule_is_named_at_its_point():
    figure = against_the_language(VARIATION, GRAMMATICAL)
    named = {text.get_text(): tuple(text.xy) for text in figure.axes[0].texts}
    assert named == {name: (VARIATION[name], GRAMMATICAL[name]) for name in VARIATION}
    assert to_png(figure)[:4] == b"\x89PNG"
