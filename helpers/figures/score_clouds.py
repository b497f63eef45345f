"""Two scores of the same texts against each other, on equal axes, with the line on which they agree."""

from __future__ import annotations

import numpy as np

from helpers.figures.style import new_figure, style_of


def score_clouds(panels, *, size=4.2):
    """A cloud for each ((name, values), (name, values)): one dot a text, the diagonal in grey.

    >>> cloud = score_clouds([(("log P", [-2.0, -1.0]), ("PLL", [-1.0, -0.5]))])
    >>> cloud.axes[0].get_xlim() == cloud.axes[0].get_ylim()
    True
    """
    figure, axes = new_figure(len(panels), width=size, height=size)
    lowest = min(float(np.min(values)) for panel in panels for _, values in panel)
    for axis, ((xname, x), (yname, y)) in zip(axes[0], panels):
        axis.plot([lowest, 0], [lowest, 0], color="#999999", lw=1.2, label="equal")
        axis.plot(x, y, "o", color=style_of("encoder").colour, markersize=4, alpha=0.5)
        axis.set(xlim=(1.03 * lowest, 1), ylim=(1.03 * lowest, 1), aspect="equal")
        axis.set_xlabel(f"{xname} (nats)", fontsize=11)
        axis.set_ylabel(f"{yname} (nats)", fontsize=11)
        axis.legend(frameon=False, fontsize=11)
    return figure
