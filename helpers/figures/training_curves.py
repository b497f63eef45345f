"""One ability along several trainings: a line a training in its family's colour, seeds told apart by their dashes."""

from __future__ import annotations

from collections import Counter

from helpers.figures.style import STYLES, new_figure

LINES = ("-", ":", "-.")


def training_curves(trainings, *, best=None, levels=None, ylabel="", width=7.5):
    """A line for each training, {name: (family, [(million words, value), ...])}.

    best: the best possible, as black dashes; levels: {words: value}, grey lines to compare with.

    >>> curve = [(1.0, 0.5), (2.0, 0.9)]
    >>> figure = training_curves({"one": ("encoder", curve), "two": ("encoder", curve)})
    >>> [line.get_linestyle() for line in figure.axes[0].lines]
    ['-', ':']
    """
    figure, axes = new_figure(width=width, height=3.8)
    axis, drawn = axes[0, 0], Counter()
    for name, (family, curve) in trainings.items():
        line = LINES[drawn[family] % len(LINES)]
        axis.plot(*zip(*curve), line, color=STYLES[family].colour, lw=2, label=name)
        drawn[family] += 1
    if best is not None:
        axis.axhline(best, label="best possible", **STYLES["exact"].for_line())
    for words, value in (levels or {}).items():
        axis.axhline(value, color="#777777", lw=1.2, label=words)
    axis.set_xlabel("million words read", fontsize=11)
    axis.set_ylabel(ylabel, fontsize=11)
    axis.tick_params(labelsize=11)
    axis.legend(frameon=False, fontsize=11, loc="upper left", bbox_to_anchor=(1.0, 1.0))
    return figure
