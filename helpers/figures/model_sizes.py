"""Sizes of models as bars: look-up tables hatched, everything else filled, in the colour of the family."""

from helpers.figures.style import new_figure, style_of


def draw_sizes(sizes: dict, families: dict):
    """One bar for each model: {name: (numbers in tables, numbers elsewhere)}; families: {name: family}.

    >>> len(draw_sizes({"a": (1_000_000, 3_000_000)}, {"a": "encoder"}).axes)
    1
    """
    figure, axes = new_figure(width=8.5, height=3.4)
    axis = axes[0, 0]
    for row, (name, (in_tables, rest)) in enumerate(sizes.items()):
        colour = style_of(families[name]).colour
        axis.barh(row, in_tables / 1e6, color="white", edgecolor=colour, hatch="///")
        axis.barh(row, rest / 1e6, left=in_tables / 1e6, color=colour, edgecolor=colour)
        axis.text((in_tables + rest) / 1e6 + 2, row, f"{(in_tables + rest) / 1e6:.0f}", va="center", fontsize=11)
    axis.set_yticks(range(len(sizes)), labels=sizes, fontsize=11)
    axis.invert_yaxis()
    for family in dict.fromkeys(families.values()):
        axis.barh(0, 0, color=style_of(family).colour, label=family)
    axis.legend(frameon=False, loc="center left", bbox_to_anchor=(1, 0.5), fontsize=11)
    axis.set_xlim(0, 1.1 * max(map(sum, sizes.values())) / 1e6)
    axis.set_xlabel("millions of parameters (hatched: look-up tables)", fontsize=11)
    return figure
