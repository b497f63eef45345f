"""Rows of runs between chance and the optimum."""

import pandas as pd
import pytest

from helpers.figures.share_rows import share_rows
from helpers.figures.style import STYLES

RUNS = pd.DataFrame(
    {"family": ["encoder"] * 2 + ["decoder"] * 2, "method": "head", "share": [0.9, 1.0, 0.4, 0.6]},
)
ROWS = [("names, encoder", "encoder", {"family": "encoder"}), ("names, decoder", "decoder", {"family": "decoder"})]


def test_runs_are_dots_behind_their_mean():
    axis = share_rows(RUNS, rows=ROWS, lookup={"names, decoder": 0.7}).axes[0]
    dots = [line for line in axis.lines if line.get_alpha() == 0.35]
    assert [list(line.get_xdata()) for line in dots] == [[0.9, 1.0], [0.4, 0.6]]
    assert dots[0].get_color() == STYLES["encoder"].colour
    means = [float(line.get_xdata()[0]) for line in axis.lines if line.get_markersize() == 8]
    assert means == pytest.approx([0.95, 0.5])
    (diamond,) = [line for line in axis.lines if line.get_marker() == "D"]
    assert diamond.get_xdata() == [0.7] and "look-up" in axis.get_xlabel()


def test_a_row_without_runs_is_refused():
    with pytest.raises(ValueError, match="at least one number"):
        share_rows(RUNS, rows=[("nobody", "encoder", {"family": "nobody"})])
