"""Target words by source words as tables from 0 to 1, side by side, labels large enough to read from afar."""

from __future__ import annotations

from helpers.figures.style import new_figure, to_array


def word_links(panels, *, rows, columns, size: float = 4.6):
    """A map for each {title: (target word, source word)}, row = target word, column = source word.

    >>> len(word_links({"gold": [[1, 0]]}, rows=["to"], columns=["the", "boy"]).axes)  # the map and its colour bar
    2
    """
    figure, axes = new_figure(len(panels), width=size, height=size + 0.4)
    for axis, (title, values) in zip(axes[0], panels.items()):
        image = axis.imshow(to_array(values), cmap="cividis", vmin=0, vmax=1, aspect="auto", interpolation="nearest")
        axis.set_xticks(range(len(columns)), labels=columns, rotation=90, fontsize=11)
        axis.set_yticks(range(len(rows)), labels=rows, fontsize=11)
        axis.set_title(title, fontsize=12)
        axis.set_xlabel("source word", fontsize=11)
    axes[0, 0].set_ylabel("target word", fontsize=11)
    figure.colorbar(image, ax=axes, shrink=0.8, fraction=0.05)
    return figure


def marked(links, shape):
    """A table of 1 at sure links, 0.5 at links that are only possible, 0 elsewhere.

    >>> from helpers.methods.alignment import Links
    >>> marked(Links(frozenset({(0, 1)}), frozenset({(0, 1), (0, 0)})), (1, 2)).tolist()
    [[0.5, 1.0]]
    """
    table = to_array([[0.0] * shape[1]] * shape[0])
    for kind, value in (("possible", 0.5), ("sure", 1.0)):
        for t, s in getattr(links, kind):
            table[t, s] = value
    return table
