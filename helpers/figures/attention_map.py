"""An attention map one can read: its own maximum on the colour bar, the row in question framed and numbered."""

from __future__ import annotations

from matplotlib.patches import Rectangle

from helpers.figures.style import new_figure, to_array


def attention_map(values, *, queries, keys, row=None, title="", ylabel="query", width=None, height=None):
    """Attention weights (query, key); `row` is framed and its numbers are written into it, all rows' without it.

    `ylabel` names the rows where they are not queries, such as one query's row in several heads.

    >>> figure = attention_map([[0.2, 0.8], [0.5, 0.5]], queries=["a", "b"], keys=["a", "b"], row=1)
    >>> float(figure.axes[0].images[0].get_clim()[1])
    0.8
    """
    values = to_array(values)
    if values.shape != (len(queries), len(keys)):
        raise ValueError(f"values of shape {values.shape} for {len(queries)} queries and {len(keys)} keys")
    figure, axes = new_figure(width=width or 2.2 + 0.55 * len(keys), height=height or 1.6 + 0.4 * len(queries))
    axis, top = axes[0, 0], float(values.max())
    image = axis.imshow(values, cmap="cividis", vmin=0, vmax=top, aspect="auto", interpolation="nearest")
    axis.set_xticks(range(len(keys)), labels=keys, rotation=60, fontsize=11)
    axis.set_yticks(range(len(queries)), labels=queries, fontsize=11)
    for i in range(len(queries)) if row is None else (row,):
        for j, value in enumerate(values[i]):
            colour = "black" if value > 0.55 * top else "white"
            axis.text(j, i, f"{value:.2f}".lstrip("0"), ha="center", va="center", fontsize=10, color=colour)
    if row is not None:
        axis.add_patch(Rectangle((-0.5, row - 0.5), len(keys), 1, fill=False, edgecolor="#D55E00", linewidth=2.5))
    axis.set_ylabel(ylabel, fontsize=11)
    axis.set_xlabel("key", fontsize=11)
    axis.set_title(title, fontsize=12)
    figure.colorbar(image, ax=axis, shrink=0.8, label="attention weight")
    return figure
