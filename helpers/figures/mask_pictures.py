"""Masks and measured influence as pictures: two colours with two labels, and no colour bar.

Row = query (or output), top to bottom; column = key (or input).
"""

from __future__ import annotations

import math

from matplotlib.colors import ListedColormap
from matplotlib.patches import Patch

from helpers.figures.style import new_figure, to_array

OPEN, CLOSED = "#E69F00", "#2B2B3A"  # bright and dark, told apart in print too


def mask_pictures(panels, *, tokens=None, columns=4, size=2.4, words=("may attend", "may not"), axes=("query", "key")):
    """Boolean tables side by side, {title: (query, key)}; `tokens` gives {title: strings} for rows and columns.

    >>> figure = mask_pictures({"causal": [[1, 0], [1, 1]]})
    >>> [text.get_text() for text in figure.legends[0].get_texts()]
    ['may attend', 'may not']
    """
    columns = min(columns, len(panels))
    rows = math.ceil(len(panels) / columns)
    longest = max((len(token) for row in (tokens or {}).values() for token in row), default=0)
    figure, grid = new_figure(columns, rows=rows, width=size, height=size + 0.55 + 0.09 * max(0, longest - 4))
    for axis, (title, values) in zip(grid.flat, panels.items()):
        _picture(axis, to_array(values), (tokens or {}).get(title))
        axis.set_title(title, fontsize=11)
        axis.set_ylabel(axes[0], fontsize=11)
        axis.set_xlabel(axes[1], fontsize=11)
    for axis in list(grid.flat)[len(panels) :]:
        axis.set_axis_off()
    handles = [Patch(color=colour, label=word) for colour, word in zip((OPEN, CLOSED), words)]
    figure.legend(handles=handles, loc="outside lower center", ncols=2, frameon=False, fontsize=11)
    return figure


def _picture(axis, values, tokens):
    rows, columns = values.shape
    axis.imshow(values, cmap=ListedColormap([CLOSED, OPEN]), vmin=0, vmax=1, aspect="equal", interpolation="nearest")
    axis.set_xticks([j + 0.5 for j in range(columns - 1)], minor=True)
    axis.set_yticks([i + 0.5 for i in range(rows - 1)], minor=True)
    axis.grid(which="minor", color="#999999", linewidth=0.5)
    axis.tick_params(which="minor", length=0)
    if tokens is None:
        axis.set_xticks(range(columns))
        axis.set_yticks(range(rows))
        return
    axis.set_xticks(range(columns), labels=tokens, rotation=90, fontsize=11)
    axis.set_yticks(range(rows), labels=tokens, fontsize=11)
