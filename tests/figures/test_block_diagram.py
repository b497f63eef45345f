"""The stack of boxes: every part drawn, a residual connection around each sublayer and its norm."""

from matplotlib.patches import Rectangle

from helpers.figures.block_diagram import STEP, draw_blocks, groups
from helpers.figures.style import to_png

POST = ["self-attention", "layer norm", "feed-forward", "layer norm"]
PRE = ["layer norm", "self-attention", "layer norm", "feed-forward"]
CROSS = ["layer norm", "self-attention", "layer norm", "cross-attention", "layer norm", "feed-forward"]


def test_a_norm_in_front_is_bridged_and_a_norm_behind_is_not():
    assert groups(POST) == [(0, 0), (2, 2)]
    assert groups(PRE) == [(0, 1), (2, 3)]
    assert groups(CROSS) == [(0, 1), (2, 3), (4, 5)]


def boxes(axis):
    return [patch for patch in axis.patches if isinstance(patch, Rectangle)]


def test_parts_stand_above_one_another_in_the_order_given():
    figure = draw_blocks({"one": POST, "two": CROSS})
    for axis, (title, parts) in zip(figure.axes, {"one": POST, "two": CROSS}.items(), strict=True):
        assert [box.get_y() for box in boxes(axis)] == [i * STEP for i in range(len(parts))]
        names = [text.get_text() for text in axis.texts if text.get_text() in {*POST, *CROSS}]
        assert names == parts and title in [text.get_text() for text in axis.texts]


def test_each_sublayer_has_one_addition_and_cross_attention_its_input():
    for parts in (POST, PRE, CROSS):
        texts = [text.get_text() for text in draw_blocks({"x": parts}).axes[0].texts]
        assert texts.count("+") == len(groups(parts))
        assert texts.count("encoder's\noutput") == parts.count("cross-attention")


def test_the_residual_path_leaves_below_its_first_box_and_returns_above_its_last():
    for parts in (POST, CROSS):
        axis = draw_blocks({"x": parts}).axes[0]
        paths = [line.get_ydata() for line in axis.lines if len(line.get_xdata()) == 3]
        for (first, last), (low, _, high) in zip(groups(parts), paths, strict=True):
            below, above = boxes(axis)[first], boxes(axis)[last]
            assert low < below.get_y() and high > above.get_y() + above.get_height()
            assert high < (last + 1) * STEP


def test_self_attention_is_written_as_masked_where_it_is_said_to_be():
    left, right = draw_blocks({"one": POST, "two": PRE}, masked=("two",)).axes
    assert "masked self-attention" not in [text.get_text() for text in left.texts]
    assert "masked self-attention" in [text.get_text() for text in right.texts]


def test_the_longest_name_fits_into_its_box():
    figure = draw_blocks({"encoder block": POST, "decoder block": CROSS}, masked=["decoder block"])
    to_png(figure)
    axis = figure.axes[1]
    (name,) = [text for text in axis.texts if text.get_text() == "masked self-attention"]
    box, drawn = boxes(axis)[1].get_window_extent(), name.get_window_extent()
    assert box.x0 < drawn.x0 and drawn.x1 < box.x1
