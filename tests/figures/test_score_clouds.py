"""Clouds of two scores: a dot for each text, equal axes in all panels, the diagonal dashed."""

from helpers.figures.score_clouds import score_clouds


def test_all_panels_share_equal_axes_and_a_diagonal():
    panels = [(("log P", [-8.0, -1.0]), ("PLL", [-2.0, -0.5])), (("exact", [-3.0]), ("model", [-4.0]))]
    first, second = score_clouds(panels).axes
    assert first.get_xlim() == first.get_ylim() == second.get_xlim() == second.get_ylim()
    diagonal, dots = first.lines
    assert list(diagonal.get_xdata()) == list(diagonal.get_ydata())
    assert list(dots.get_xdata()) == [-8.0, -1.0] and list(dots.get_ydata()) == [-2.0, -0.5]
