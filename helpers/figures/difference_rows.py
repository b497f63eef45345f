"""Differences with their 95 % intervals, one a row, beside a line at zero; a row without a number says so."""

from __future__ import annotations

import math
import textwrap

from helpers.figures.style import OTHERS, new_figure


def difference_rows(table, *, label, sides=("", ""), xlabel="", width=9.0, wrap=46):
    """A row of `table` (columns mean, low, high and the one that `label` names) is a dot with an interval.

    sides: what a dot left and right of zero speaks for; a column `missing`, where it is not "", stands in place of the
    dot. A dot whose interval leaves zero out is dark. A label keeps its own line breaks.

    >>> import pandas as pd
    >>> table = pd.DataFrame({"change": ["a"], "mean": [0.1], "low": [0.0], "high": [0.2]})
    >>> difference_rows(table, label="change").axes[0].get_yticklabels()[0].get_text()
    'a'
    """
    figure, axes = new_figure(width=width, height=1.5 + 0.5 * len(table))
    axis = axes[0, 0]
    for row, found in enumerate(table.to_dict("records")):
        if not math.isfinite(found["mean"]):
            axis.text(0, row, found.get("missing") or "not measured", ha="center", va="center", fontsize=11)
            continue
        colour = OTHERS[0].colour if found["low"] <= 0 <= found["high"] else "#2B2B3A"
        axis.plot([found["low"], found["high"]], [row, row], color=colour, lw=2)
        axis.plot([found["mean"]], [row], "o", color=colour, markersize=8)
        axis.annotate(
            f"{round(found['mean'], 2) + 0.0:+.2f}",  # + 0.0: no "-0.00"
            (found["mean"], row),
            xytext=(0, 8),
            textcoords="offset points",
            ha="center",
            fontsize=11,
        )
    axis.axvline(0, color="#999999", lw=1)
    labels = ["\n".join(textwrap.fill(line, wrap) for line in str(words).splitlines()) for words in table[label]]
    axis.set_yticks(range(len(table)), labels=labels, fontsize=11)
    axis.set_ylim(len(table) - 0.4, -0.8)
    low, high = axis.get_xlim()
    axis.set_xlim(min(low, -0.05), max(high, 0.05))
    axis.set_xlabel(xlabel, fontsize=11)
    axis.tick_params(labelsize=11)
    for words, side, place in zip(sides, ("left", "right"), (0.0, 1.0)):
        axis.set_title(words, loc=side, fontsize=11, x=place)
    return figure
