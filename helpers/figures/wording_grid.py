"""How much the wording of a question matters: patterns by verbalizers as a colour map, each pattern written out."""

from __future__ import annotations

import numpy as np

from helpers.figures.style import new_figure

LOW, HIGH = 0.4, 0.95  # the colours' ends: just below a coin flip, just above the best possible
PANEL, BESIDE = 2.8, 5.6  # inches: a map, and the written patterns with the colour bar


def wording_grid(panels, patterns):
    """Accuracies as colour maps on one scale: {title: {(pattern, verbalizer): accuracy}}, {pattern: its text}.

    Row = pattern, column = verbalizer.

    >>> figure = wording_grid({"raw": {("plain", "a / b"): 0.9, ("odd", "a / b"): 0.5}}, {"plain": "x", "odd": "y"})
    >>> [tick.get_text() for tick in figure.axes[0].get_yticklabels()]
    ['x', 'y']

    Raises ValueError for no panels.
    """
    if not panels:
        raise ValueError("no panels to draw; pass {title: {(pattern, verbalizer): accuracy}}")
    figure, axes = new_figure(len(panels), width=PANEL + BESIDE / len(panels), height=4.6)
    for axis, (title, values) in zip(axes[0], panels.items()):
        words = list(dict.fromkeys(verbalizer for _, verbalizer in values))
        table = np.array([[values[pattern, word] for word in words] for pattern in patterns])
        image = axis.imshow(table, cmap="cividis", vmin=LOW, vmax=HIGH, aspect="auto", interpolation="nearest")
        for (i, j), value in np.ndenumerate(table):
            axis.text(j, i, f"{value:.2f}", ha="center", va="center", fontsize=11, color="k" if value > 0.7 else "w")
        axis.set_xticks(range(len(words)), labels=[word.replace(" / ", "\n") for word in words], fontsize=11)
        axis.set_yticks([])
        axis.set_title(title, fontsize=12)
    axes[0][0].set_yticks(range(len(patterns)), labels=list(patterns.values()), fontsize=11)
    figure.colorbar(image, ax=axes, shrink=0.8, fraction=0.03, label="accuracy")
    return figure
