"""Two trainings that look alike: labels shifted once, and twice."""

from __future__ import annotations

from helpers.figures.style import new_figure, style_of


def two_shifts(curves, floors):
    """Training loss of single runs over the steps: {"once" or "twice": [[(step, loss), ...], ...]} and their floors.

    >>> figure = two_shifts({"once": [[(1, 7.0), (2, 1.0)]], "twice": [[(1, 7.0)]]}, {"once": 0.9, "twice": 1})
    >>> len(figure.axes)
    1
    """
    figure, axes = new_figure(width=6.0, height=3.6)
    axis = axes[0, 0]
    for name, style in (("once", style_of("decoder")), ("twice", style_of("twice", index=0))):
        for number, run in enumerate(curves[name]):
            title = "" if number else f"shifted {name}"
            axis.plot(*zip(*run), markersize=4, label=title, alpha=0.8, **style.for_line())
        axis.axhline(
            floors[name], color="black", ls="--", lw=1, label="" if name == "twice" else "the two exact floors"
        )
    axis.set(xlabel="training step", ylabel="training loss (nats)", ylim=(0, None))
    axis.legend(frameon=False)
    return figure
