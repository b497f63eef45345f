"""Probabilities of the words in two gaps as maps: row = word in the first gap, column = word in the second."""

from __future__ import annotations

import numpy as np

from helpers.figures.style import new_figure


def pair_maps(tables, *, rows, columns, size=4.6):
    """A map for each table {(first, second): probability}; all share one colour scale, up to the largest of them.

    >>> maps = pair_maps({"one": {("a", "x"): 1.0}}, rows=["a", "b"], columns=["x"])
    >>> maps.axes[0].images[0].get_array().tolist()
    [[1.0], [0.0]]
    """
    figure, axes = new_figure(len(tables), width=size, height=size)
    highest = max(p for table in tables.values() for p in table.values())
    for axis, (title, table) in zip(axes[0], tables.items()):
        cells = np.array([[table.get((a, b), 0.0) for b in columns] for a in rows])
        image = axis.imshow(cells, cmap="cividis", vmin=0, vmax=highest, aspect="auto")
        axis.set_yticks(range(len(rows)), labels=rows, fontsize=11)
        axis.set_xticks(range(len(columns)), labels=columns, fontsize=11, rotation=60, ha="right")
        axis.set_title(title, fontsize=12)
    figure.colorbar(image, ax=axes, shrink=0.8, label="probability")
    return figure


def by_partner(joint) -> tuple[list, list]:
    """First and second words in an order that brings each near its most probable partner: (rows, columns).

    >>> by_partner({("a", "y"): 0.2, ("b", "x"): 0.5, ("b", "y"): 0.3})
    (['b', 'a'], ['x', 'y'])
    """
    columns = sorted({second for _, second in joint})
    rows = sorted(
        {first for first, _ in joint},
        key=lambda first: (max(range(len(columns)), key=lambda i: joint.get((first, columns[i]), 0)), first),
    )
    return rows, columns
