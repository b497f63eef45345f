"""Fresh heads: bars that fill up to one, and a point for each head."""

import pytest

from helpers.figures.fresh_heads import fresh_heads


def test_bars_are_stacked_and_points_are_the_shares_right():
    figure = fresh_heads([[0.2, 0.3, 0.5], [0.6, 0.4, 0.0]], [0.25, 0.4], labels="abc", blind=1 / 3)
    axis = figure.axes[0]
    tops = [bar.get_y() + bar.get_height() for bar in axis.patches[-2:]]
    assert tops == pytest.approx([1.0, 1.0])
    assert list(axis.lines[0].get_ydata()) == [0.25, 0.4]
    assert axis.lines[1].get_ydata()[0] == pytest.approx(1 / 3)
    assert axis.get_legend_handles_labels()[1] == ["share right", "blind draw", "a", "b", "c"]
    assert list(axis.get_xticks()) == [0, 1]
