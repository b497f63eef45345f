"""Dots of variants: every run is drawn, variants stand in their order, bounds are named, a missing score is refused."""

import pandas as pd
import pytest

from helpers.figures.variant_dots import variant_dots

RUNS = pd.DataFrame({"variant": list("bbaa"), "excess": [0.3, 0.5, 0.1, None], "right": [0.7, 0.8, 0.9, 1.0]})


def drawn(figure, axis):
    return sorted(float(x) for line in figure.axes[axis].lines for x in line.get_xdata() if len(line.get_xdata()) > 0)


def test_every_run_is_a_dot_and_variants_keep_their_order():
    figure = variant_dots(RUNS, {"excess": "nats", "right": "accuracy"}, best={"right": 1.0}, chance={"right": 0.5})
    assert [label.get_text() for label in figure.axes[0].get_yticklabels()] == ["b", "a"]
    assert {0.3, 0.5, 0.1} <= set(drawn(figure, 0)) and {0.7, 0.8, 0.9, 1.0} <= set(drawn(figure, 1))
    assert {text.get_text() for text in figure.legends[0].get_texts()} == {"best possible", "chance"}


def test_a_score_that_is_not_there_is_refused_with_those_that_are():
    with pytest.raises(ValueError, match="no column 'f1'; choose from variant, excess, right"):
        variant_dots(RUNS, {"f1": "F1"})
