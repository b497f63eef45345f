"""Transformer blocks as stacks of boxes, drawn from the order in which their parts were seen to act."""

from matplotlib.patches import Rectangle

from helpers.figures.plots import new_figure

COLOURS = {  # greys, since colours name families of models; only the part that sets the blocks apart has one
    "self-attention": "#B8B8B8",
    "cross-attention": "#CC79A7",
    "feed-forward": "#DEDEDE",
    "layer norm": "#FFFFFF",
}
INK = "#444444"
STEP = 1.25  # from the bottom of one box to the bottom of the next
HALF = 1.4  # half of a box's width


def groups(parts) -> list[tuple[int, int]]:
    """First and last index of each part bridged by a residual connection: a sublayer, with its norm if that is first.

    >>> groups(["self-attention", "layer norm", "feed-forward", "layer norm"])  # norm after the addition
    [(0, 0), (2, 2)]
    >>> groups(["layer norm", "self-attention", "layer norm", "feed-forward"])  # norm within the branch
    [(0, 1), (2, 3)]
    """
    before = parts[0] == "layer norm"
    return [(i - before, i) for i, part in enumerate(parts) if part != "layer norm"]


def draw_blocks(stacks: dict, *, width: float = 3.1, masked=()):
    """One stack for each title, input at the bottom: {title: parts in the order in which they act} -> Figure.

    masked: the titles whose self-attention is written as masked, which no weights can tell.

    Thin arrows on the left are the residual connections, added at the small circles; cross-attention is fed from the
    right.

    >>> len(draw_blocks({"encoder": ["self-attention", "layer norm", "feed-forward", "layer norm"]}).axes)
    1
    """
    tallest = max(len(parts) for parts in stacks.values()) * STEP
    figure, axes = new_figure(len(stacks), width=width, height=0.55 * tallest + 0.5)
    for axis, (title, parts) in zip(axes[0], stacks.items()):
        _draw_stack(axis, list(parts), masked=title in masked)
        axis.set(xlim=(-1.8, 3.2), ylim=(-0.75, tallest + 0.5))
        axis.text(0, len(parts) * STEP + 0.35, title, ha="center", va="bottom", fontsize=12, fontweight="bold")
        axis.set_axis_off()
    return figure


def _draw_stack(axis, parts, *, masked=False):
    arrow = {"arrowstyle": "-|>", "color": INK, "lw": 1, "shrinkA": 0, "shrinkB": 0}
    axis.annotate("", (0, len(parts) * STEP + 0.25), (0, -0.7), arrowprops=arrow, zorder=1)
    for first, last in groups(parts):
        low, high = first * STEP - 0.15, last * STEP + 0.97
        axis.annotate("", (-0.12, high), (-1.65, high), arrowprops=arrow, zorder=1)
        axis.plot([0, -1.65, -1.65], [low, low, high], color=INK, lw=1, zorder=1)
        axis.plot(0, high, "o", color="white", markeredgecolor=INK, markersize=9, zorder=3)
        axis.text(0, high, "+", ha="center", va="center", fontsize=11, zorder=4)
    for i, part in enumerate(parts):
        _draw_part(axis, part, i * STEP, arrow, masked=masked and part == "self-attention")


def _draw_part(axis, part, bottom, arrow, *, masked=False):
    axis.add_patch(Rectangle((-HALF, bottom), 2 * HALF, 0.7, facecolor=COLOURS[part], edgecolor=INK, zorder=2))
    axis.text(0, bottom + 0.34, f"masked {part}" if masked else part, ha="center", va="center", fontsize=11, zorder=3)
    if part == "cross-attention":
        axis.annotate("", (HALF, bottom + 0.35), (HALF + 0.4, bottom + 0.35), arrowprops=arrow)
        axis.text(HALF + 0.45, bottom + 0.35, "encoder's\noutput", fontsize=11, va="center")
