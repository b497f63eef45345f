"""Recorded runs over a budget: every run a dot, the mean of the seeds a line."""

from __future__ import annotations

from helpers.figures.style import STYLES, new_figure, style_of


def seed_curves(runs, *, x, y, by, families=None, best=None, levels=None, xlabel="", ylabel="", width=6.5):
    """A line for each value of column `by` through the means of `y` at each `x`, which are set at equal distances.

    families: {value: "encoder", ...} where a line belongs to one; best: the best possible, as black dashes;
    levels: {words: number}, grey lines to compare with.

    >>> import pandas as pd
    >>> runs = pd.DataFrame({"who": ["a", "a", "a"], "pairs": [30, 30, 100], "score": [0.2, 0.4, 1.0]})
    >>> figure = seed_curves(runs, x="pairs", y="score", by="who")
    >>> [round(float(value), 1) for value in figure.axes[0].lines[1].get_ydata()]
    [0.3, 1.0]
    """
    places = {value: place for place, value in enumerate(sorted(set(runs[x])))}
    figure, axes = new_figure(width=width, height=3.8)
    axis = axes[0, 0]
    for index, (name, rows) in enumerate(runs.groupby(by, sort=False)):
        style, means = style_of((families or {}).get(name, name), index=index), rows.groupby(x)[y].mean()
        axis.plot(rows[x].map(places), rows[y], style.marker, color=style.colour, alpha=0.4, markersize=5)
        axis.plot([places[value] for value in means.index], means, label=name, markersize=6, **style.for_line())
    if best is not None:
        axis.axhline(best, label="best possible", **STYLES["exact"].for_line())
    for line, (words, value) in zip((":", "-."), (levels or {}).items()):
        axis.axhline(value, color="#777777", lw=1.2, ls=line, label=words)
    axis.set_xticks(list(places.values()), labels=[f"{value:,}" for value in places], fontsize=11)
    axis.set_xlabel(xlabel, fontsize=11)
    axis.set_ylabel(ylabel, fontsize=11)
    axis.tick_params(labelsize=11)
    axis.legend(fontsize=11, framealpha=1.0, edgecolor="none")  # opaque: no level line strikes through its words
    return figure
