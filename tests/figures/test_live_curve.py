"""The curve that grows while training: its points, its picture, and one display however often it was drawn."""

import pytest

from helpers.figures import live_curve
from helpers.figures.live_curve import LiveCurve

ALT = "A loss that falls towards its floor."


def trained(monkeypatch, *, disabled, steps=4):
    monkeypatch.setenv("TQDM_DISABLE", disabled)
    watch = LiveCurve(steps, floor=0.5, alt=ALT)
    for step in watch:
        watch.note(step + 1, 3.0 / (step + 1))
    return watch


def test_points_and_picture_hold_what_was_noted(monkeypatch):
    watch = trained(monkeypatch, disabled="1")
    assert watch.points == [(1, 3.0), (2, 1.5), (3, 1.0), (4, 0.75)]
    loss, floor = watch.figure().axes[0].lines
    assert list(loss.get_ydata()) == [3.0, 1.5, 1.0, 0.75] and list(floor.get_ydata()) == [0.5] * 4


def test_disabled_it_is_silent_until_it_is_shown(monkeypatch, capsys):
    watch = trained(monkeypatch, disabled="1")
    out, err = capsys.readouterr()
    assert out == err == ""
    watch.show()
    assert f"Figure: {ALT}" in capsys.readouterr().out


def test_enabled_the_bar_on_stderr_names_loss_and_floor(monkeypatch, capsys):
    trained(monkeypatch, disabled="0")
    out, err = capsys.readouterr()
    assert out == "" and "loss 0.750, floor 0.500 nats" in err


def test_in_a_notebook_one_picture_is_drawn_again_and_again(monkeypatch):
    drawn = []

    class Handle:
        def update(self, data, **how):
            drawn.append("again")

    def display(data, **how):
        drawn.append(how["metadata"]["image/png"]["alt"])
        assert how["display_id"] is True and data["text/plain"] == f"Figure: {ALT}"
        return Handle()

    monkeypatch.setattr(live_curve, "_in_notebook", lambda: True)
    monkeypatch.setattr(live_curve, "display", display)
    trained(monkeypatch, disabled="0").show()
    assert drawn == [ALT] + ["again"] * 4


def test_no_steps_are_refused():
    with pytest.raises(ValueError, match="0 steps are too few"):
        LiveCurve(0, floor=0.5, alt=ALT)
