"""Two panels over the same words, each with its own exact answer in dashes."""

from helpers.figures.two_readers import draw_two_readers


def test_each_panel_has_its_model_as_bars_and_its_exact_answer_as_dashes():
    left, both = {"a": 0.5, "b": 0.5}, {"a": 1.0}
    gpt, bert = {"a": 0.4, "b": 0.6}, {"a": 0.9, "b": 0.1}
    figure = draw_two_readers(left, both, gpt, bert)
    for axis, says, exact in zip(figure.axes, (gpt, bert), (left, both)):
        assert [bar.get_width() for bar in axis.patches] == [says["a"], says["b"]]
        assert [line.get_xdata()[0] for line in axis.lines] == [exact["a"], exact.get("b", 0)]
        assert {line.get_linestyle() for line in axis.lines} == {"--"}
