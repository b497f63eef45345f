"""Curves in panels: a mean a line, thin lines for the runs, bounds where they are known."""

import pandas as pd
import pytest

from helpers.figures.curve_panels import curve_panels
from helpers.figures.style import STYLES

RUNS = pd.DataFrame(
    {
        "task": ["code"] * 4 + ["tags"] * 2,
        "family": ["encoder"] * 4 + ["decoder"] * 2,
        "seed": [0, 0, 1, 1, 0, 0],
        "step": [50, 100, 50, 100, 50, 100],
        "score": [0.1, 0.5, 0.3, 0.7, 0.9, 1.0],
    }
)


def test_a_panel_a_task_and_a_mean_a_family():
    figure = curve_panels(
        RUNS, x="step", y="score", by="family", panel="task", titles={"code": "code completion"}, best={"tags": 1.0}
    )
    code, tags = (axis for axis in figure.axes if axis.get_visible())
    assert (code.get_title(), tags.get_title()) == ("code completion", "tags")
    thin, mean = code.lines[:2], code.lines[2]
    assert [line.get_linewidth() for line in thin] == [0.8, 0.8]
    assert list(mean.get_ydata()) == pytest.approx([0.2, 0.6]) and mean.get_color() == STYLES["encoder"].colour
    assert len(tags.lines) == 2 and tags.lines[-1].get_ydata()[0] == 1.0
    (legend,) = figure.legends
    assert [text.get_text() for text in legend.get_texts()] == ["encoder", "decoder", "best possible"]


def test_levels_stand_in_every_panel_and_empty_panels_are_hidden():
    three = pd.concat([RUNS, RUNS.assign(task="more").iloc[:2]])
    figure = curve_panels(
        three, x="step", y="score", by="family", panel="task", levels={"chance": 0.5}, columns=2, log=True
    )
    assert [axis.get_visible() for axis in figure.axes] == [True, True, True, False]
    assert all(axis.lines[-1].get_ydata()[0] == 0.5 for axis in figure.axes[:3])
    assert figure.axes[0].get_xscale() == "log"


def test_thousandths_do_not_fill_a_panel():
    runs = pd.DataFrame({"task": "a", "family": "encoder", "step": [1, 2], "score": [0.995, 0.996]})
    (axis,) = curve_panels(runs, x="step", y="score", by="family", panel="task", best=0.996).axes
    low, high = axis.get_ylim()
    assert high - low >= 0.1 and high < 1.01
