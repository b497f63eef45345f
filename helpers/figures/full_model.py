"""The transformer of 2017 on one page: embeddings, two stacks, the encoder's output into every decoder block."""

from matplotlib.patches import FancyBboxPatch

from helpers.figures.style import new_figure, style_of

GREY, INK, PINK = "#DEDEDE", "#333333", "#CC79A7"
ENCODER = ("self-attention", "feed-forward")
DECODER = ("masked self-attention", "cross-attention", "feed-forward")


def draw_transformer(blocks: int = 2):
    """Encoder on the left, decoder on the right, data flowing upwards; additions and norms are left out.

    >>> len(draw_transformer().axes)
    1
    """
    figure, axes = new_figure(width=9.5, height=6.6)
    axis = axes[0, 0]
    top_left = _stack(axis, 0.0, ENCODER, "encoder", blocks)
    top_right = _stack(axis, 6.4, DECODER, "decoder", blocks)
    _feed_every_decoder_block(axis, top_left, blocks)
    _box(axis, 6.4, top_right + 0.25, "word table: logits", GREY)
    _box(axis, 6.4, top_right + 1.15, "softmax: probabilities", GREY)
    _arrow(axis, (6.4, top_right - 0.1), (6.4, top_right + 0.25))
    _arrow(axis, (6.4, top_right + 0.85), (6.4, top_right + 1.15))
    axis.text(6.4, top_right + 2.0, "next word: the  cat  sleeps", ha="center", fontsize=12, style="italic")
    axis.set(xlim=(-2.6, 8.9), ylim=(-2.2, top_right + 2.4))
    axis.set_axis_off()
    return figure


def _stack(axis, x, parts, family, blocks):
    """Embedding and blocks of one side; returns the height of its top."""
    written = "el  gato  duerme" if family == "encoder" else "<start>  the  cat"
    axis.text(x, -2.05, written, ha="center", fontsize=12, style="italic")
    _box(axis, x, -1.35, "word + position vectors", GREY)
    colour, y = style_of(family).colour, 0.0
    _arrow(axis, (x, -0.75), (x, 0.0))
    for number in range(blocks):
        height = 0.8 * len(parts) + 0.15
        frame = FancyBboxPatch(
            (x - 2.1, y), 4.2, height, boxstyle="round,pad=0.05", facecolor="white", edgecolor=colour, lw=2.5
        )
        axis.add_patch(frame)
        for row, part in enumerate(parts):
            _box(axis, x, y + 0.15 + 0.8 * row, part, PINK if part == "cross-attention" else "#F2F2F2")
        label = f"{family} block {number + 1}"
        side, align = (x - 2.3, "right") if family == "encoder" else (x + 2.3, "left")
        axis.text(side, y + height / 2, label, rotation=90, ha=align, va="center", fontsize=11, color=colour)
        y += height + 0.35
        if number + 1 < blocks:
            _arrow(axis, (x, y - 0.35), (x, y))
    return y - 0.35 + 0.1


def _feed_every_decoder_block(axis, top, blocks):
    """One line from the top of the encoder, with an arrow into the cross-attention of each decoder block."""
    height = 0.8 * len(DECODER) + 0.15
    places = [number * (height + 0.35) + 0.15 + 0.8 + 0.3 for number in range(blocks)]
    highest = max(top + 0.35, places[-1])
    axis.plot([0, 0, 3.2], [top - 0.05, highest, highest], color=PINK, lw=2.5)
    axis.plot([3.2, 3.2], [highest, places[0]], color=PINK, lw=2.5)
    axis.text(1.6, highest + 0.12, "the encoder's output", ha="center", fontsize=11, color=INK)
    for y in places:
        _arrow(axis, (3.2, y), (4.45, y), colour=PINK, width=2.5)


def _box(axis, x, y, text, colour):
    axis.add_patch(FancyBboxPatch((x - 1.9, y), 3.8, 0.6, boxstyle="round,pad=0.02", facecolor=colour, edgecolor=INK))
    axis.text(x, y + 0.3, text, ha="center", va="center", fontsize=11)


def _arrow(axis, start, end, *, colour=INK, width=1.5):
    style = {"arrowstyle": "-|>", "color": colour, "lw": width, "shrinkA": 0, "shrinkB": 0}
    axis.annotate("", end, start, arrowprops=style)
