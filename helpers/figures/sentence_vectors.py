"""How sentence vectors lie and what they find: by layer, as two heaps of cosines, in a search, knob by knob, over time.

The functions take tables and arrays and know no model.
"""

from __future__ import annotations

import numpy as np
import pandas as pd

from helpers.evaluation.intervals import intervals
from helpers.figures.style import OTHERS, new_figure, style_of

CUTS = (1, 5, 10)
GRAY = "#999999"


def with_intervals(rows, score: str, *, by: str) -> pd.DataFrame:
    """Mean of a score over the rows of each group and half of its 95 % interval, in the order of the rows.

    >>> rows = pd.DataFrame({"vector": ["a", "a", "b", "b"], "rho": [0.1, 0.3, 0.5, 0.5]})
    >>> with_intervals(rows, "rho", by="vector").round(2).values.tolist()
    [[0.2, 1.27], [0.5, 0.0]]
    """
    found = intervals(rows, score, by=by).rename_axis(None)
    return pd.DataFrame({score: found["mean"], "95 %, either way": found["high"] - found["mean"]})


def draw_layers(rows, *, words: float):
    """Rank correlation over layers, a line for each vector with its 95 % interval over the draws.

    rows: a table with the columns vector ("encoder, mean" and the like), layer, rho; words: the score of shared words.

    >>> rows = pd.DataFrame({"vector": "encoder, mean", "layer": [0, 0, 1, 1], "rho": [0.1, 0.2, 0.3, 0.4]})
    >>> len(draw_layers(rows, words=0.4).axes[0].lines)
    3
    """
    figure, axes = new_figure(width=7.2, height=3.5)
    axis = axes[0, 0]
    for index, (name, own) in enumerate(rows.groupby("vector", sort=False)):
        table, (family, *rest) = with_intervals(own, "rho", by="layer"), name.split(", ")
        style = style_of(family, index=index)
        dashed = {"linestyle": ":" if "random" in rest else "-" if "mean" in rest else "-."}
        axis.plot(table.index, table["rho"], label=name, **{**style.for_line(), **dashed})
        low, high = (table["rho"] + sign * table["95 %, either way"] for sign in (-1, 1))
        axis.fill_between(table.index, low, high, color=style.colour, alpha=0.12, linewidth=0)
    axis.axhline(words, color=GRAY, lw=1.5, label="shared words")
    axis.axhline(1, color="black", ls="--", label="best possible")
    axis.set(xlabel="layer (0: the embeddings)", ylabel="rank correlation", ylim=(0, 1.05))
    axis.set_xticks(sorted(rows["layer"].unique()))
    axis.legend(frameon=False, fontsize=11, loc="center left", bbox_to_anchor=(1, 0.5))
    return figure


def draw_cosines(panels):
    """Histograms of the cosines of strangers and of paraphrases, a panel for each: {title: (queries, documents)}.

    Shapes: queries (n, d_model), documents (m, d_model) of length 1; document i is the paraphrase of query i.

    >>> len(draw_cosines({"before": (np.eye(3), np.eye(3))}).axes)
    1
    """
    figure, axes = new_figure(len(panels), width=3.9, height=3.0)
    for axis, (title, (queries, documents)) in zip(axes[0], panels.items()):
        table = np.asarray(queries) @ np.asarray(documents).T
        own = np.eye(*table.shape, dtype=bool)
        for values, name, style in ((table[~own], "strangers", OTHERS[3]), (table[own], "paraphrases", OTHERS[1])):
            hatch, label = "//" if name == "paraphrases" else None, f"{name} ({values.size:,})"
            axis.hist(
                values, np.linspace(-0.5, 1, 46), density=True, alpha=0.7, label=label, color=style.colour, hatch=hatch
            )
        axis.set(title=title, xlabel="cosine", yticks=[])
    axes[0, 0].legend(frameon=False, fontsize=11, loc="upper left")
    return figure


def draw_recall(runs, *, exact, words):
    """Recall at 1, 5 and 10: {name: (family, line, recalls of the runs (run, 3))}, the runs as dots behind their mean.

    exact, words: the three recalls of the best possible ranking and of BM25.

    >>> runs = {"encoder": ("encoder", "-", [[0.3, 0.6, 0.7], [0.4, 0.7, 0.8]])}
    >>> len(draw_recall(runs, exact=[0.6, 0.8, 0.9], words=[0.2, 0.4, 0.5]).axes[0].lines)
    4
    """
    figure, axes = new_figure(width=8.2, height=3.6)
    axis, places = axes[0, 0], np.arange(len(CUTS))
    for number, (name, (family, line, values)) in enumerate(runs.items()):
        style, values, at = style_of(family), np.asarray(values), places + 0.04 * (number - len(runs) / 2)
        _dots_and_line(axis, at, values, style, line, name)
    axis.plot(places, words, color=GRAY, marker="X", label="BM25")
    axis.plot(places, exact, color="black", ls="--", label="best possible")
    axis.set_xticks(places, labels=[f"first {k}" for k in CUTS], fontsize=11)
    axis.set(ylim=(0, 1.02), ylabel="share of paraphrases found")
    axis.legend(frameon=False, fontsize=11, loc="center left", bbox_to_anchor=(1, 0.5))
    return figure


def draw_steps(runs, *, steps, exact: float, words: float):
    """Recall over the steps of a training: {name: (family, line, recalls (run, step))}, runs as dots behind their mean.

    steps stand at equal distances; exact, words: the recall of the best possible ranking and of BM25.

    >>> runs = {"encoder": ("encoder", "-", [[0.3, 0.6], [0.4, 0.7]])}
    >>> len(draw_steps(runs, steps=[0, 60], exact=0.9, words=0.5).axes[0].lines)
    4
    """
    figure, axes = new_figure(width=8.2, height=3.6)
    axis, places = axes[0, 0], np.arange(len(steps))
    for name, (family, line, values) in runs.items():
        style, values = style_of(family), np.asarray(values)
        _dots_and_line(axis, places, values, style, line, name)
    axis.axhline(words, color=GRAY, lw=1.5, label="BM25")
    axis.axhline(exact, color="black", ls="--", label="best possible")
    axis.set_xticks(places, labels=[str(step) for step in steps], fontsize=11)
    axis.set(ylim=(0, 1.02), xlabel="steps", ylabel="recall at 10")
    axis.legend(frameon=False, fontsize=11, loc="center left", bbox_to_anchor=(1, 0.5))
    return figure


def _dots_and_line(axis, places, values, style, line, name) -> None:
    """Runs (run, place) as dots behind the line of their means, its markers hollow where the line is broken."""
    face = "white" if line != "-" else style.colour
    axis.plot(np.tile(places, len(values)), values.ravel(), ".", color=style.colour, alpha=0.35)
    axis.plot(places, values.mean(0), color=style.colour, marker=style.marker, ls=line, mfc=face, label=name)


def draw_knobs(panels, *, exact: float, usual=None, ylabel="recall at 1"):
    """A panel for each knob, runs as dots behind their mean: {knob: {value: scores of the runs}}, values in order.

    >>> panels = {"temperature": {0.05: [0.3, 0.4], 0.5: [0.1, 0.2]}, "batch size": {8: [0.2], 32: [0.3]}}
    >>> len(draw_knobs(panels, exact=0.6).axes)
    2
    """
    figure, axes = new_figure(len(panels), width=3.5, height=3.1)
    for axis, (knob, values) in zip(axes[0], panels.items()):
        style, places = style_of("encoder"), range(len(values))
        for place, scores in zip(places, values.values()):
            axis.plot([place] * len(scores), scores, ".", color=style.colour, alpha=0.4)
        axis.plot(places, [np.mean(scores) for scores in values.values()], **style.for_line())
        axis.axhline(exact, color="black", ls="--", label="best possible")
        axis.set_xticks(places, labels=[str(value) for value in values], fontsize=11)
        axis.set(ylim=(0, 1.1 * exact), xlabel=knob)
        if knob in (usual or {}):
            axis.axvline(list(values).index(usual[knob]), color=GRAY, lw=0.8, ls=":", label="as before")
    axes[0, 0].set_ylabel(ylabel)
    axes[0, 0].legend(frameon=False, fontsize=11, loc="lower left")
    return figure


def draw_costs(sizes, seconds):
    """Seconds for one query over the number of documents, both axes logarithmic: {"bi-encoder": [...], ...}.

    >>> len(draw_costs([1, 10], {"bi-encoder": [0.01, 0.01], "cross-encoder": [0.01, 0.1]}).axes[0].lines)
    2
    """
    figure, axes = new_figure(width=5.6, height=3.3)
    axis = axes[0, 0]
    for name, style in zip(seconds, (OTHERS[2], OTHERS[0])):
        axis.plot(sizes, seconds[name], label=name, **style.for_line())
    axis.set(xscale="log", yscale="log", xlabel="documents in the collection", ylabel="seconds for one query")
    axis.legend(frameon=False, fontsize=11)
    return figure
