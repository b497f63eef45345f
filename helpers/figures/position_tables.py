"""Tables of position vectors compared: how alike two positions are by their distance, and how long each row is."""

from helpers.figures.style import new_figure, style_of
from helpers.transformer.positions import similarity


def by_distance(table, *, most: int = 30, rows: int = 40) -> list[float]:
    """Mean cosine between positions 0, 1, ... `most` apart, over the first `rows` positions.

    >>> import torch; by_distance(torch.eye(4), most=1, rows=4)
    [1.0, 0.0]
    """
    cosine = similarity(table[:rows])
    return [float(cosine.diagonal(gap).mean()) for gap in range(most + 1)]


def draw_position_tables(tables: dict, families: dict):
    """Two panels over {name: (position, d_model)}: cosine by distance, length of each row over the longest one.

    >>> import torch
    >>> len(draw_position_tables({"x": torch.randn(50, 4)}, {"x": "encoder"}).axes)
    2
    """
    figure, axes = new_figure(2, width=4.9, height=3.6)
    for name, table in tables.items():
        style, lengths = style_of(families[name]), table.norm(dim=-1)
        look = {"color": style.colour, "marker": style.marker, "markevery": 8, "label": name}
        axes[0, 0].plot(by_distance(table), **look)
        axes[0, 1].plot((lengths / lengths.max()).tolist(), **look)
    axes[0, 0].axhline(0, color="#999999", lw=0.8)
    axes[0, 0].set_xlabel("distance between two positions", fontsize=11)
    axes[0, 0].set_ylabel("cosine", fontsize=11)
    axes[0, 1].set_xlabel("position", fontsize=11)
    axes[0, 1].set_ylabel("length of its vector / longest", fontsize=11)
    axes[0, 1].set_ylim(0, 1.1)
    axes[0, 0].legend(frameon=False, fontsize=11)
    return figure
