"""What each class of words costs a reader of the left side and a reader of both sides, beside the exact floors."""

from __future__ import annotations

import numpy as np

from helpers.figures.style import new_figure, style_of

READERS = {"decoder": "course-gpt, left side", "encoder": "course-bert, both sides"}


def class_bars(classes, losses, floors, *, width=8.5):
    """Mean nats by class: {family: losses of the words} as bars, {family: exact losses} as black dashes.

    >>> figure = class_bars(["a", "a"], {"decoder": [1.0, 2.0]}, {"decoder": [0.5, 1.5]})
    >>> float(figure.axes[0].patches[0].get_height())
    1.5
    """
    classes = np.asarray(classes)
    first = np.asarray(next(iter(floors.values())))
    names = sorted(set(classes.tolist()), key=lambda name: -first[classes == name].mean())
    figure, axes = new_figure(width=width, height=3.9)
    axis, share = axes[0, 0], 0.8 / len(losses)
    for place, family in enumerate(losses):
        at = np.arange(len(names)) - 0.4 + (place + 0.5) * share
        means, exact = (
            [np.asarray(values[family])[classes == name].mean() for name in names] for values in (losses, floors)
        )
        axis.bar(at, means, width=share, color=style_of(family).colour, label=READERS[family])
        axis.hlines(exact, at - share / 2, at + share / 2, color="black", ls="--", lw=2)
    axis.plot([], [], color="black", ls="--", lw=2, label="best possible")
    axis.set_xticks(range(len(names)), labels=names, rotation=25, ha="right", fontsize=11)
    axis.set_ylabel("nats per word", fontsize=11)
    axis.legend(frameon=False, fontsize=11)
    return figure
