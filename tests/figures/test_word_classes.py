"""Bars of two readers by class of word, the exact floor of each as dashes over its own bar."""

from helpers.figures.word_classes import READERS, class_bars


def test_classes_are_ordered_by_the_first_floor_and_dashes_lie_over_their_bars():
    floors = {"decoder": [0.1, 2.0, 1.0], "encoder": [0.0, 0.5, 0.5]}
    losses = {family: [x + 0.1 for x in values] for family, values in floors.items()}
    axis = class_bars(["marks", "names", "names"], losses, floors).axes[0]
    assert [label.get_text() for label in axis.get_xticklabels()] == ["names", "marks"]
    assert [round(bar.get_height(), 2) for bar in axis.patches] == [1.6, 0.2, 0.6, 0.1]
    exact = [segment[0][1] for dashes in axis.collections for segment in dashes.get_segments()]
    assert exact == [1.5, 0.1, 0.5, 0.0]
    assert [text.get_text() for text in axis.get_legend().get_texts()] == ["best possible", *READERS.values()]
