"""Recorded runs as rows between chance (0) and the optimum (1): a dot a run, the mean with its interval, what a look-up
of single words gets."""

from __future__ import annotations

from matplotlib.figure import Figure

from helpers.evaluation.intervals import interval
from helpers.figures.style import style_of


def share_rows(runs, *, rows, lookup=None, width=8.5):
    """One row for each entry of `rows`, (label, family, values of columns that its runs have).

    lookup: {label: share of a look-up of single words}, a grey diamond.

    >>> import pandas as pd
    >>> runs = pd.DataFrame({"task": ["code"] * 2, "family": ["decoder"] * 2, "share": [0.7, 0.9]})
    >>> figure = share_rows(runs, rows=[("code, decoder", "decoder", {"task": "code", "family": "decoder"})])
    >>> [label.get_text() for label in figure.axes[0].get_yticklabels()]
    ['code, decoder']
    """
    figure = Figure(figsize=(width, 1.2 + 0.36 * len(rows)), layout="constrained")
    axis = figure.subplots()
    for at, (label, family, match) in enumerate(rows):
        style = style_of(family, index=at)
        found = runs[(runs[list(match)] == list(match.values())).all(axis=1)]["share"]
        mean, low, high = interval(found)
        axis.plot(found, [at] * len(found), style.marker, color=style.colour, alpha=0.35, markersize=5)
        if len(found) > 1:
            axis.plot([low, high], [at, at], color=style.colour, lw=1.6)
        axis.plot([mean], [at], style.marker, color=style.colour, markersize=8)
        if label in (lookup or {}):
            axis.plot([lookup[label]], [at], "D", color="#999999", markersize=7)
    axis.axvline(1, color="black", ls="--", lw=1.2)
    axis.axvline(0, color="#999999", lw=1)
    axis.set_yticks(range(len(rows)), labels=[label for label, *_ in rows], fontsize=11)
    axis.set_ylim(len(rows) - 0.5, -0.5)
    words = "share of the way from chance (0) to the best possible (1)"
    axis.set_xlabel(words + ("; grey diamond: a look-up of single words" if lookup else ""), fontsize=11)
    axis.tick_params(labelsize=11)
    return figure
