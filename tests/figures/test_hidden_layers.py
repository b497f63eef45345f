"""Scene, facts and sentences are grey, the words are white."""

from matplotlib.colors import to_rgba
from matplotlib.patches import FancyBboxPatch

from helpers.figures.hidden_layers import HIDDEN, SEEN, draw_hidden_layers


def test_what_is_hidden_is_grey_and_what_is_read_is_white():
    sentences = [("opinion", "the pizza was lovely ."), ("verdict", "it was good .")]
    axis = draw_hidden_layers("restaurant", {"item": "pizza", "overall": "good"}, sentences).axes[0]
    boxes = [patch.get_facecolor() for patch in axis.patches if isinstance(patch, FancyBboxPatch)]
    assert boxes.count(to_rgba(HIDDEN)) == 4 and boxes.count(to_rgba(SEEN)) == 2
    texts = [text.get_text() for text in axis.texts]
    assert {"restaurant", "item: pizza,  overall: good", "verdict", "it was good .", "words"} <= set(texts)
