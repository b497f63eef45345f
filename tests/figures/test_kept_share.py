"""The drawing of what vectors keep names each vector once and writes its mean beside it."""

from helpers.figures.kept_share import draw_kept


def test_a_panel_a_question_and_a_row_a_vector():
    figure = draw_kept({"scene": {"[CLS]": [0.9, 1.0], "mean": [1.0]}, "words": {"[CLS]": [0.4], "mean": [0.6]}})
    assert [axis.get_title() for axis in figure.axes] == ["scene", "words"]
    assert [label.get_text() for label in figure.axes[0].get_yticklabels()] == ["[CLS]", "mean"]
    assert [text.get_text() for text in figure.axes[1].texts] == ["0.40", "0.60"]
