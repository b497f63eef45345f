"""T5's positions: what each head adds to a score, by how far the key stands from the query."""

from __future__ import annotations

from helpers.figures.style import OTHERS, STYLES, new_figure


def biases(attention, reach: int):
    """The bias of each head at the distances -reach ... reach (key minus query): (head, distance)."""
    table = attention.compute_bias(2 * reach + 1, 2 * reach + 1).detach()  # (1, head, query, key)
    return table[0, :, reach].numpy()


def relative_bias(attention, *, reach: int = 16, width: float = 6.5):
    """A line for each head of a T5 self-attention that holds the table of biases."""
    found = biases(attention, reach)
    figure, axes = new_figure(width=width, height=3.6)
    axis, places = axes[0, 0], list(range(-reach, reach + 1))
    for head, (row, style) in enumerate(zip(found, (STYLES["encoder-decoder"], *OTHERS))):
        axis.plot(places, row, label=f"head {head + 1}", color=style.colour, marker=style.marker, markersize=4)
    axis.axvline(0, color="#999999", lw=1)
    axis.set_xlabel("place of the key minus place of the query", fontsize=11)
    axis.set_ylabel("added to the score", fontsize=11)
    axis.tick_params(labelsize=11)
    axis.legend(frameon=False, fontsize=11, ncols=2)
    return figure
