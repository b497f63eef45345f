"""Runs by group: a dot a run, a mean a family, the best possible of each group."""

import pandas as pd
import pytest

from helpers.figures.family_dots import family_dots
from helpers.figures.style import STYLES

RUNS = pd.DataFrame(
    {
        "read": ["first", "first", "last", "last"] * 2,
        "family": ["encoder"] * 4 + ["decoder"] * 4,
        "score": [0.9, 1.0, 0.8, 0.9, 0.5, 0.6, 0.9, 0.8],
    }
)


def test_each_run_is_a_dot_and_each_family_has_its_colour():
    figure = family_dots(RUNS, x="read", y="score", by="family", best={"first": 1.0}, chance=0.5, ylabel="accuracy")
    axis = figure.axes[0]
    dots = [line for line in axis.lines if line.get_alpha() == 0.35]
    assert [list(line.get_ydata()) for line in dots] == [[0.9, 1.0], [0.8, 0.9], [0.5, 0.6], [0.9, 0.8]]
    assert dots[2].get_color() == STYLES["decoder"].colour
    assert axis.get_legend_handles_labels()[1] == ["encoder", "decoder", "best possible", "chance"]
    means = [float(line.get_ydata()[0]) for line in axis.lines if line.get_markersize() == 8]
    assert means == pytest.approx([0.95, 0.85, 0.55, 0.85])


def test_a_group_without_runs_of_a_family_stays_empty():
    few = RUNS.drop(index=[6, 7])
    dots = [line for line in family_dots(few, x="read", y="score", by="family").axes[0].lines if line.get_alpha()]
    assert len(dots) == 3
