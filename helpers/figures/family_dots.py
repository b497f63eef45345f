"""Recorded runs by group: every run a dot in its family's colour, its mean with an interval, dashes for bounds."""

from __future__ import annotations

import textwrap

import numpy as np

from helpers.evaluation.intervals import interval
from helpers.figures.style import STYLES, new_figure, style_of


def family_dots(runs, *, x, y, by, best=None, best_is="best possible", chance=None, ylabel="", width=6.5):
    """For each value of column `x` the runs of each value of column `by`, side by side, with mean and 95 % interval.

    best: the best possible (or what `best_is` says), one number or {value of x: number}; chance: one number, grey.

    >>> import pandas as pd
    >>> runs = pd.DataFrame({"read": ["first", "first"], "family": ["encoder", "decoder"], "score": [0.9, 0.5]})
    >>> figure = family_dots(runs, x="read", y="score", by="family", best=1.0)
    >>> [tick.get_text() for tick in figure.axes[0].get_xticklabels()]
    ['first']
    """
    groups, families = list(dict.fromkeys(runs[x])), list(dict.fromkeys(runs[by]))
    figure, axes = new_figure(width=width, height=3.4)
    axis = axes[0, 0]
    for number, family in enumerate(families):
        shift = 0.24 * (number - (len(families) - 1) / 2)
        _family(axis, runs[runs[by] == family], groups, x=x, y=y, shift=shift, style=style_of(family, index=number))
        axis.plot(
            [], [], style_of(family, index=number).marker, color=style_of(family, index=number).colour, label=family
        )
    _bounds(axis, groups, best=best, words=best_is, chance=chance)
    axis.set_xticks(range(len(groups)), labels=[textwrap.fill(str(group), 16) for group in groups], fontsize=11)
    axis.set_ylabel(ylabel, fontsize=11)
    axis.tick_params(labelsize=11)
    axis.legend(frameon=False, fontsize=11, loc="center left", bbox_to_anchor=(1, 0.5))
    return figure


def _family(axis, runs, groups, *, x, y, shift, style):
    for place, group in enumerate(groups):
        values = runs[runs[x] == group][y].dropna()
        if not len(values):
            continue
        axis.plot([place + shift] * len(values), values, style.marker, color=style.colour, alpha=0.35, markersize=5)
        mean, low, high = interval(values)
        if np.isfinite(low):
            axis.plot([place + shift] * 2, [low, high], color=style.colour, lw=1.6)
        axis.plot([place + shift], [mean], style.marker, color=style.colour, markersize=8)


def _bounds(axis, groups, *, best, words, chance):
    ends = best if isinstance(best, dict) else dict.fromkeys(groups, best)
    drawn = [(place, ends[group]) for place, group in enumerate(groups) if ends.get(group) is not None]
    for number, (place, value) in enumerate(drawn):
        label = words if number == 0 else None
        axis.plot([place - 0.42, place + 0.42], [value] * 2, label=label, **STYLES["exact"].for_line())
    if chance is not None:
        axis.axhline(chance, color="#999999", lw=1, label="chance")
