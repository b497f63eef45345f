"""The course's figures: heatmaps of masks and attention, bars beside the exact answer, curves with intervals.

Every function takes arrays and token strings, gives a matplotlib `Figure`, and knows no model. Row = query, top to
bottom; column = key; cividis from 0 to 1. Colours, canvas and `show` come from `figure_style` and are given on here.
"""

from __future__ import annotations

import math

import numpy

from helpers.figures.style import OTHERS, STYLES, Style, new_figure, show, style_of, to_array, to_png

__all__ = [
    "OTHERS",
    "STYLES",
    "Style",
    "bars",
    "curves",
    "distribution_bars",
    "heatmap",
    "heatmaps",
    "new_figure",
    "scatter",
    "show",
    "style_of",
    "to_array",
    "to_png",
    "word_bars",
]


def heatmaps(panels, *, queries=None, keys=None, columns=4, size=2.6, numbers=False):
    """Masks or attention weights side by side, one colour bar: {title: (query, key) values from 0 to 1}.

    `queries` and `keys` are token strings for the rows and the columns (`keys` defaults to `queries`; a dict gives
    each panel its own, by title).

    >>> len(heatmaps({"identity": [[1, 0], [0, 1]]}, queries=["a", "b"]).axes)  # the picture and its colour bar
    2

    Raises ValueError for values outside 0 to 1, or a number of labels that differs from the rows or columns.
    """
    columns = min(columns, len(panels))
    figure, axes = new_figure(columns, rows=math.ceil(len(panels) / columns), width=size, height=size)
    for axis, (title, values) in zip(axes.flat, panels.items()):
        rows = queries.get(title) if isinstance(queries, dict) else queries
        names = keys.get(title) if isinstance(keys, dict) else keys
        image = _draw(axis, to_array(values), rows, names or rows, numbers)
        axis.set_title(title, fontsize=10)
    for axis in list(axes.flat)[len(panels) :]:
        axis.set_axis_off()
    figure.colorbar(image, ax=axes, shrink=0.8, fraction=0.05)
    return figure


def heatmap(values, *, queries=None, keys=None, title="", size=None, numbers=False):
    """One mask or attention map, large enough to read its tokens."""
    size = size or 1.6 + (0.45 if numbers else 0.36) * len(to_array(values))
    return heatmaps({title: values}, queries=queries, keys=keys, size=size, numbers=numbers)


def _draw(axis, values, queries, keys, numbers):
    if values.ndim != 2 or values.min() < 0 or values.max() > 1 + 1e-6:
        raise ValueError(
            f"a heatmap needs (query, key) values from 0 to 1; received shape {values.shape}, "
            f"{values.min():.3g} to {values.max():.3g}: scale or average first"
        )
    image = axis.imshow(values, cmap="cividis", vmin=0, vmax=1, aspect="equal", interpolation="nearest")
    _label(axis.yaxis, queries, len(values), "rows")
    _label(axis.xaxis, keys, values.shape[1], "columns")
    axis.tick_params(axis="x", labelrotation=90)
    axis.set_ylabel("query")
    axis.set_xlabel("key")
    if numbers:
        for (i, j), value in _cells(values):
            axis.text(j, i, f"{value:.2f}", ha="center", va="center", fontsize=8, color="k" if value > 0.5 else "w")
    if set(values.flat) <= {0.0, 1.0}:
        _rule(axis, *values.shape)
    return image


def _rule(axis, rows, columns):
    """Thin lines between the cells of a mask, so that they can be counted."""
    axis.set_xticks([j + 0.5 for j in range(columns - 1)], minor=True)
    axis.set_yticks([i + 0.5 for i in range(rows - 1)], minor=True)
    axis.grid(which="minor", color="#999999", linewidth=0.5)
    axis.tick_params(which="minor", length=0)


def _cells(values):
    return numpy.ndenumerate(values)


def _label(axis, tokens, count, what):
    if tokens is None:
        axis.set_ticks(range(0, count, max(1, count // 8)))
        return
    if len(tokens) != count:
        raise ValueError(f"{len(tokens)} tokens for {count} {what}: {list(tokens)[:8]}; pass one string for each")
    axis.set_ticks(range(count), labels=list(tokens), fontsize=8)


def distribution_bars(model, exact, *, name="model", best_is="best possible", title="", family="encoder", width=5.0):
    """Probabilities of a model as bars, in the order given, and the exact ones as black dashes: two dicts word -> p.

    >>> figure = distribution_bars({"town": 0.1, "river": 0.9}, {"river": 1.0, "town": 0.0}, name="course-bert")
    >>> [tick.get_text() for tick in figure.axes[0].get_yticklabels()]
    ['town', 'river']
    """
    figure, axes = new_figure(width=width, height=0.9 + 0.28 * len(model))
    axis = axes[0, 0]
    axis.barh(range(len(model)), list(model.values()), color=style_of(family).colour, label=name)
    for row, word in enumerate(model):
        ends = [exact[word]] * 2
        axis.plot(ends, [row - 0.45, row + 0.45], color="black", ls="--", lw=2, label="" if row else best_is)
    axis.set_yticks(range(len(model)), labels=list(model))
    axis.invert_yaxis()
    axis.set(xlim=(0, 1.02), xlabel="probability", title=title)
    axis.legend(loc="lower right", frameon=False)
    return figure


def curves(x, lines, *, intervals=None, exact=None, xlabel="", ylabel="", title="", width=5.5):
    """Lines over x: {name: values}; the name "encoder", "decoder" or "encoder-decoder" fixes colour and marker.

    `intervals` gives {name: (low, high)} as a shaded band, `exact` a number or values over x as black dashes.

    >>> figure = curves([1, 2], {"encoder": [3.0, 2.0]}, exact=1.5)
    >>> [line.get_linestyle() for line in figure.axes[0].lines]
    ['-', '--']
    """
    figure, axes = new_figure(width=width, height=3.4)
    axis = axes[0, 0]
    for index, (name, values) in enumerate(lines.items()):
        style = style_of(name, index=index)
        axis.plot(x, to_array(values), label=name, markersize=5, **style.for_line())
        if name in (intervals or {}):
            low, high = map(to_array, intervals[name])
            axis.fill_between(x, low, high, color=style.colour, alpha=0.2, linewidth=0)
    if exact is not None:
        exact = to_array(exact) + 0 * to_array(x)
        axis.plot(x, exact, label="exact", **STYLES["exact"].for_line())
    axis.set(xlabel=xlabel, ylabel=ylabel, title=title)
    axis.legend(frameon=False)
    return figure


def scatter(x, y, *, family="encoder", labels=None, xlabel="", ylabel="", title="", width=4.8):
    """Points (x, y) in a family's colour and marker; `labels` may name some of them: {index: text}."""
    figure, axes = new_figure(width=width, height=3.6)
    axis, style = axes[0, 0], style_of(family)
    axis.scatter(to_array(x), to_array(y), color=style.colour, marker=style.marker or "o", s=14, alpha=0.5)
    for index, text in (labels or {}).items():
        axis.annotate(text, (to_array(x)[index], to_array(y)[index]), textcoords="offset points", xytext=(5, 4))
    axis.set(xlabel=xlabel, ylabel=ylabel, title=title)
    return figure


def bars(values, *, intervals=None, exact=None, families=None, xlabel="", title="", width=6.0):
    """Horizontal bars {name: value}, with {name: (low, high)} as error bars and an exact value as black dashes.

    `families` gives {name: "encoder", "decoder" or "encoder-decoder"} where a bar belongs to one.

    >>> figure = bars({"mask": 9.0, "mask and objective": 1.0}, exact=0.9)
    >>> [float(bar.get_width()) for bar in figure.axes[0].patches]
    [9.0, 1.0]
    """
    figure, axes = new_figure(width=width, height=0.9 + 0.36 * len(values))
    axis, heights = axes[0, 0], [float(value) for value in values.values()]
    colours = [style_of((families or {}).get(name, ""), index=3).colour for name in values]
    axis.barh(range(len(values)), heights, color=colours)
    for row, (name, value) in enumerate(zip(values, heights)):
        if name in (intervals or {}):
            low, high = map(float, intervals[name])
            axis.errorbar(value, row, xerr=[[value - low], [high - value]], color="black", capsize=3)
    if exact is not None:
        axis.axvline(float(exact), color="black", ls="--", lw=2, label="exact floor")
        axis.legend(frameon=False, loc="lower right")
    axis.set_yticks(range(len(values)), labels=list(values))
    axis.invert_yaxis()
    axis.set(xlabel=xlabel, title=title)
    return figure


def word_bars(words, series, *, exact=None, ylabel="", title="", width=None):
    """Groups of bars, one group for each position of a text: {name: value for each word}.

    `exact` gives {name: values} as black dashes over the bars of that name.
    """
    figure, axes = new_figure(width=width or 2 + 0.55 * len(words), height=3.2)
    axis, share = axes[0, 0], 0.8 / len(series)
    for index, (name, values) in enumerate(series.items()):
        places = [at - 0.4 + (index + 0.5) * share for at in range(len(words))]
        axis.bar(places, to_array(values), width=share, color=style_of(name, index=index).colour, label=name)
        for at, value in zip(places, to_array((exact or {}).get(name, ()))):
            axis.plot([at - share / 2, at + share / 2], [value] * 2, color="black", ls="--", lw=1.6)
    if exact:
        axis.plot([], [], color="black", ls="--", lw=1.6, label="exact floor")
    axis.set_xticks(range(len(words)), labels=words, rotation=45, ha="right")
    axis.set(ylabel=ylabel, title=title)
    axis.margins(y=0.3)  # room for the legend above the bars
    axis.legend(frameon=False, loc="best")
    return figure
