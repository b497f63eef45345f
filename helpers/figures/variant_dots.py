"""Recorded runs of variants: a panel for each score, a row for each variant, a dot for each run and their mean."""

from __future__ import annotations

from helpers.figures.pair_accuracy import dots_and_mean
from helpers.figures.style import new_figure, style_of


def variant_dots(runs, scores, *, best=None, chance=None, families=None, width=3.3):
    """Runs with the columns variant, seed and the scores, which are {column: words}; variants in their order in `runs`.

    best, chance: {column: number}, black dashes and a grey line; families: {variant: family}, whose colour it gets.

    >>> import pandas as pd
    >>> runs = pd.DataFrame({"variant": ["a", "a", "b"], "excess": [0.2, 0.4, 0.1]})
    >>> figure = variant_dots(runs, {"excess": "nats above the floor"}, best={"excess": 0.0})
    >>> [label.get_text() for label in figure.axes[0].get_yticklabels()]
    ['a', 'b']

    Raises ValueError for a score that no run has.
    """
    if lacking := [score for score in scores if score not in runs]:
        raise ValueError(f"the runs have no column {lacking[0]!r}; choose from {', '.join(map(str, runs.columns))}")
    names = list(dict.fromkeys(runs["variant"]))
    figure, axes = new_figure(len(scores), width=width, height=1.3 + 0.36 * len(names))
    for axis, (score, words) in zip(axes[0], scores.items()):
        for row, name in enumerate(names):
            values = runs[runs["variant"] == name][score].dropna()
            if len(values):
                dots_and_mean(axis, list(values), row, style_of((families or {}).get(name, "encoder")))
        if score in (best or {}):
            axis.axvline(best[score], color="black", ls="--", lw=1.4, label="best possible")
        if score in (chance or {}):
            axis.axvline(chance[score], color="#999999", lw=1, label="chance")
        axis.set_yticks(range(len(names)), labels=names if axis is axes[0][0] else [""] * len(names), fontsize=11)
        axis.set_ylim(len(names) - 0.5, -0.85)  # room for the first row's number
        axis.set_xlabel(words, fontsize=11)
        axis.tick_params(labelsize=11)
        axis.margins(x=0.08)
    found = {}
    for axis in axes[0]:
        found |= dict(zip(*reversed(axis.get_legend_handles_labels())))
    if found:
        figure.legend(found.values(), found, frameon=False, fontsize=11, ncols=2, loc="outside upper center")
    return figure
