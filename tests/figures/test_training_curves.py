"""Trainings of one family share a colour and differ by their dashes; the best possible and levels are named."""

from helpers.figures.style import STYLES
from helpers.figures.training_curves import LINES, training_curves


def test_every_training_is_a_line_of_its_family():
    curve = [(0.5, 0.4), (40.5, 0.9)]
    trainings = {"course-bert": "encoder", "course-gpt": "decoder", "course-bert-seed-1": "encoder"}
    figure = training_curves(
        {name: (family, curve) for name, family in trainings.items()}, best=0.94, levels={"coin flip": 0.5}
    )
    lines = {line.get_label(): line for line in figure.axes[0].lines}
    assert list(lines) == [*trainings, "best possible", "coin flip"]
    assert [lines[name].get_color() for name in trainings] == [STYLES[family].colour for family in trainings.values()]
    assert [lines[name].get_linestyle() for name in trainings] == [LINES[0], LINES[0], LINES[1]]
    assert lines["course-gpt"].get_xydata().tolist() == [list(point) for point in curve]
    assert set(lines["coin flip"].get_ydata()) == {0.5}
