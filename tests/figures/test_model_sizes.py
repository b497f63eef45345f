"""Sizes as bars: tables hatched and first, the rest beside them, every bar within the axis."""

from helpers.figures.model_sizes import draw_sizes


def test_tables_are_hatched_and_the_rest_stands_beside_them():
    sizes = {"small": (1_000_000, 3_000_000), "large": (2_000_000, 8_000_000)}
    axis = draw_sizes(sizes, {"small": "encoder", "large": "decoder"}).axes[0]
    bars = axis.patches[:4]
    assert [bar.get_width() for bar in bars] == [1, 3, 2, 8]
    assert [bool(bar.get_hatch()) for bar in bars] == [True, False, True, False]
    assert [text.get_text() for text in axis.texts] == ["4", "10"]
    assert axis.get_xlim()[1] > 10
