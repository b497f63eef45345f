"""Masks are drawn as they are, with two labels and no colour bar."""

import numpy as np
import pytest

from helpers.figures import style
from helpers.figures.mask_pictures import mask_pictures


def test_each_mask_has_a_panel_and_two_labels_stand_for_the_colours():
    masks = {"causal": np.tril(np.ones((3, 3))), "cross": np.ones((2, 3)), "own": np.eye(3)}
    figure = mask_pictures(masks, tokens={"causal": ["a", "b", "c"]}, columns=2)
    shown = [axis for axis in figure.axes if axis.images]
    assert [axis.get_title() for axis in shown] == list(masks)
    assert all((axis.images[0].get_array() == mask).all() for axis, mask in zip(shown, masks.values()))
    assert [text.get_text() for text in shown[0].get_yticklabels()] == ["a", "b", "c"]
    assert len(figure.legends[0].get_texts()) == 2


@pytest.mark.parametrize("panels", [1, 3, 8])
@pytest.mark.parametrize("size", [2.4, 3.8])
@pytest.mark.parametrize("word", ["word", "<|endoftext|>"])
def test_no_title_is_cut_off(panels, size, word):
    names = [f"panel {k}" for k in range(panels)]
    words = {name: [word] * 8 for name in names}
    figure = mask_pictures({name: np.ones((8, 8)) for name in names}, tokens=words, size=size)
    style.to_png(figure)
    assert max(axis.title.get_window_extent().y1 for axis in figure.axes) <= figure.bbox.y1
