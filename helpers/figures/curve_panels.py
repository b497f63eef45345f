"""Curves in small panels side by side: runs as thin lines or dots, their mean as a thick line, bounds as dashes."""

from __future__ import annotations

from helpers.figures.style import STYLES, new_figure, style_of

LEAST = 0.1  # of a panel's height, in scores: no difference of thousandths fills a panel


def curve_panels(
    runs, *, x, y, by, panel, titles=None, best=None, levels=None, columns=4, log=False, xlabel="", ylabel=""
):
    """A panel for each value of column `panel`; in it a line for each value of column `by` through the means of `y`.

    Where a column `seed` tells runs apart, each is drawn as a thin line behind the mean. titles: {panel: words};
    best: the best possible, a number or {panel: number}; levels: {words: number}, grey lines in all panels.

    >>> import pandas as pd
    >>> runs = pd.DataFrame({"task": ["a", "a"], "family": ["encoder"] * 2, "step": [1, 2], "score": [0.1, 0.9]})
    >>> figure = curve_panels(runs, x="step", y="score", by="family", panel="task", best=1.0)
    >>> [axis.get_title() for axis in figure.axes if axis.get_visible()]
    ['a']
    """
    panels = list(dict.fromkeys(runs[panel]))
    columns = min(columns, len(panels))
    height = -(-len(panels) // columns)
    figure, axes = new_figure(columns, rows=height, width=2.9, height=2.7)
    names = {name: number for number, name in enumerate(dict.fromkeys(runs[by]))}
    for place, axis in enumerate(axes.flat):
        axis.set_visible(place < len(panels))
        if place < len(panels):
            some = runs[runs[panel] == panels[place]]
            _lines(axis, some, names, x=x, y=y, by=by)
            end = best.get(panels[place]) if isinstance(best, dict) else best
            _bounds(axis, end, levels or {})
            axis.set_title((titles or {}).get(panels[place], str(panels[place])), fontsize=11)
            axis.set_xscale("log" if log else "linear")
            low, high = axis.get_ylim()
            low -= max(0.0, LEAST - (high - low))
            axis.set_ylim(low, high + 0.04 * (high - low))  # a line at the best possible stays off the frame
            axis.tick_params(labelsize=11)
    figure.supxlabel(xlabel, fontsize=11)
    figure.supylabel(ylabel, fontsize=11)
    found = {}
    for axis in axes.flat[: len(panels)]:
        found |= dict(zip(*reversed(axis.get_legend_handles_labels())))
    figure.legend(
        found.values(), found, frameon=False, fontsize=11, ncols=min(4, len(found)), loc="outside upper center"
    )
    return figure


def _lines(axis, runs, names, *, x, y, by):
    for name, rows in runs.groupby(by, sort=False):
        style, mean = style_of(name, index=names[name]), rows.groupby(x)[y].mean()
        if "seed" in rows and rows["seed"].nunique() > 1:
            for _, one in rows.groupby("seed"):
                one = one.sort_values(x)
                axis.plot(one[x], one[y], color=style.colour, lw=0.8, alpha=0.4)
        axis.plot(mean.index, mean, label=str(name), markersize=5, **style.for_line())


def _bounds(axis, best, levels):
    if best is not None:
        axis.axhline(best, label="best possible", **STYLES["exact"].for_line())
    for shade, (words, value) in zip(("#999999", "#555555"), levels.items()):
        axis.axhline(value, color=shade, lw=1, ls=":", label=words)
