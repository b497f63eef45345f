"""The grid of wordings: patterns written out, one scale for all panels, every accuracy in its cell."""

import pytest
from matplotlib.backends.backend_agg import FigureCanvasAgg

from helpers.figures.wording_grid import HIGH, LOW, wording_grid

PATTERNS = {"plain": "{text} it is [MASK] .", "odd": "[MASK] : {text}"}
VALUES = {(pattern, words): 0.5 + 0.1 * i for i, pattern in enumerate(PATTERNS) for words in ("a / b", "c / d")}


def test_patterns_are_written_out_once_and_words_stand_below_each_panel():
    left, right, _ = wording_grid({"raw": VALUES, "calibrated": VALUES}, PATTERNS).axes
    assert [tick.get_text() for tick in left.get_yticklabels()] == list(PATTERNS.values())
    assert right.get_yticklabels() == []
    assert [tick.get_text() for tick in right.get_xticklabels()] == ["a\nb", "c\nd"]


def test_panels_share_one_scale_and_show_their_numbers():
    figure = wording_grid({"raw": VALUES, "calibrated": VALUES}, PATTERNS)
    for axis in figure.axes[:2]:
        (image,) = axis.images
        assert image.get_clim() == (LOW, HIGH)
        assert [text.get_text() for text in axis.texts] == ["0.50", "0.50", "0.60", "0.60"]


def test_a_map_is_as_wide_alone_as_beside_another():
    patterns = {name: f"{{text}} a wording of many words , and one more : [MASK] {name} ." for name in PATTERNS}
    widths = []
    for titles in (["raw"], ["raw", "calibrated"]):
        figure = wording_grid(dict.fromkeys(titles, VALUES), patterns)
        FigureCanvasAgg(figure).draw()
        widths.append(figure.axes[0].get_window_extent().width / figure.dpi)
    assert min(widths) > 2.4 and abs(widths[0] - widths[1]) < 0.8  # inches


def test_nothing_to_draw_is_refused():
    with pytest.raises(ValueError, match="no panels"):
        wording_grid({}, PATTERNS)
