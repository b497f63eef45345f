"""How Tinytown writes a text: scene, facts, sentences, words, one row each; all but the last row is hidden."""

from matplotlib.patches import FancyBboxPatch

from helpers.figures.style import new_figure

INK, HIDDEN, SEEN = "#333333", "#E6E6E6", "#FFFFFF"
ROW = {"scene": 3.0, "facts": 2.0, "sentences": 1.0, "words": 0.0}


def draw_hidden_layers(scene: str, facts: dict, sentences: list[tuple[str, str]]):
    """Four rows with arrows downwards: the scene, its facts, the kinds of sentence, the words of each.

    sentences: (kind, text). Grey boxes are hidden from the reader; white ones are read.

    >>> facts = {"item": "pizza", "verdict": "good"}
    >>> len(draw_hidden_layers("restaurant", facts, [("opinion", "the pizza was lovely .")]).axes)
    1
    """
    figure, axes = new_figure(width=9.5, height=4.0)
    axis, middle = axes[0, 0], (len(sentences) - 1) * 2.4
    _box(axis, middle, ROW["scene"], f"{scene}", HIDDEN, 2.4)
    shown = ",  ".join(f"{name}: {value}" for name, value in facts.items())
    _box(axis, middle, ROW["facts"], shown, HIDDEN, 8.0)
    _arrow(axis, middle, middle, ROW["scene"], ROW["facts"])
    for number, (kind, text) in enumerate(sentences):
        x = number * 4.8
        _box(axis, x, ROW["sentences"], kind, HIDDEN, 2.4)
        _box(axis, x, ROW["words"], text, SEEN, 4.5)
        _arrow(axis, middle, x, ROW["facts"], ROW["sentences"])
        _arrow(axis, x, x, ROW["sentences"], ROW["words"])
        if number:
            axis.annotate("", (x - 1.2, 1.0), (x - 3.6, 1.0), arrowprops={"arrowstyle": "-|>", "color": INK, "lw": 1.5})
    for name, y in ROW.items():
        axis.text(-4.2, y, name, ha="left", va="center", fontsize=12, fontweight="bold")
    axis.set(xlim=(-4.3, (len(sentences) - 1) * 4.8 + 2.6), ylim=(-0.6, 3.6))
    axis.set_axis_off()
    return figure


def _box(axis, x, y, text, colour, width):
    corner = (x - width / 2, y - 0.27)
    axis.add_patch(FancyBboxPatch(corner, width, 0.54, boxstyle="round,pad=0.03", facecolor=colour, edgecolor=INK))
    axis.text(x, y, text, ha="center", va="center", fontsize=11)


def _arrow(axis, x, to, y, below):
    arrow = {"arrowstyle": "-|>", "color": INK, "lw": 1.5, "shrinkA": 0, "shrinkB": 0}
    axis.annotate("", (to, below + 0.3), (x, y - 0.3), arrowprops=arrow)
