"""Many fresh heads on one body: how often each gives which label, and how often it is right."""

from __future__ import annotations

import numpy as np

from helpers.figures.style import OTHERS, STYLES, new_figure


def fresh_heads(shares, right, *, labels, blind, width=7.5):
    """A stacked bar for each head, a black point for its share of right answers, a dotted line for a blind draw.

    shares (heads, labels): how often a head gives each label; right (heads,).

    >>> figure = fresh_heads([[0.2, 0.8], [0.9, 0.1]], [0.5, 0.4], labels=("minor", "major"), blind=0.5)
    >>> len(figure.axes[0].patches)
    4
    """
    shares = np.asarray(shares, dtype=float)
    figure, axes = new_figure(width=width, height=3.0)
    axis, bottom = axes[0, 0], np.zeros(len(shares))
    for label, share, style in zip(labels, shares.T, OTHERS):
        axis.bar(range(len(shares)), share, bottom=bottom, color=style.colour, label=label)
        bottom = bottom + share
    axis.plot(range(len(shares)), right, ls="", marker="o", color="black", label="share right")
    axis.axhline(blind, label="blind draw", **{**STYLES["exact"].for_line(), "linestyle": ":"})
    axis.set_xticks(range(0, len(shares), max(1, len(shares) // 6)))
    axis.set_xlabel("seed of the fresh head", fontsize=11)
    axis.set_ylabel("share of the answers", fontsize=11)
    axis.tick_params(labelsize=11)
    axis.legend(frameon=False, fontsize=11, loc="center left", bbox_to_anchor=(1, 0.5))
    return figure
