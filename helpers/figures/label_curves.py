"""Accuracy over the number of labelled examples: a dot for each run, the mean as a line; what the runs differ by."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pandas as pd

from helpers.evaluation.intervals import paired
from helpers.figures.style import new_figure, style_of

TICKS = (0, 4, 16, 64, 256)
FAMILIES = {"PET": "encoder", "next word": "decoder", "in context": "decoder"}
READ = "in context"  # the line of a decoder whose weights do not change: dotted


def place(labels):
    """Where a number of labels stands on the axis: log2(1 + labels), so that 0 has a place.

    >>> place([0, 1, 3]).tolist()
    [0.0, 1.0, 2.0]
    """
    return np.log2(1 + np.asarray(labels, dtype=float))


def label_curves(panels, *, exact, unknown=None):
    """Panels over the number of labels, on one scale: {title: {line: runs}}, runs with labels and accuracy.

    exact: accuracy of the best possible reader (black dashes); unknown: {labels: accuracy} of the reader who must learn
    what the labels are called, dotted, drawn in the last panel.

    >>> runs = pd.DataFrame({"labels": [0, 4, 4], "accuracy": [0.9, 0.8, 1.0]})
    >>> mean = label_curves({"a question": {"PET": runs}}, exact=0.95).axes[0].lines[1]
    >>> mean.get_ydata().round(1).tolist()
    [0.9, 0.9]
    """
    figure, axes = new_figure(len(panels), width=4.1, height=4.0)
    for axis, (title, lines) in zip(axes[0], panels.items()):
        for index, (name, runs) in enumerate(lines.items()):
            style = style_of(FAMILIES.get(name, name), index=index)
            _line(axis, runs, name, replace(style, line=":") if name == READ else style, shift=0.1 * index)
        axis.axhline(exact, color="black", ls="--", lw=1.5, label="best possible")
        axis.set_xticks(place(TICKS), labels=TICKS, fontsize=11)
        axis.set(ylim=(0.0 if unknown else 0.3, 1.0))
        axis.set_xlabel("labelled reviews", fontsize=11)
        axis.set_title(title, fontsize=12)
    if unknown:
        axes[0][-1].plot(
            place(list(unknown)), list(unknown.values()), "k:", lw=1.5, label="best that must learn the names"
        )
    for axis in axes[0]:
        axis.legend(frameon=False, fontsize=11, loc="best")
    axes[0][0].set_ylabel("accuracy on 500 new reviews", fontsize=11)
    return figure


def _line(axis, runs, name, style, *, shift):
    """Every run a dot, and the mean at each number of labels."""
    look = style.for_line()
    axis.plot(place(runs["labels"]) + shift, runs["accuracy"], style.marker, color=style.colour, ms=4, alpha=0.35)
    means = runs.groupby("labels")["accuracy"].mean()
    axis.plot(place(means.index), means, label=name, markersize=6, **look)


def spread(runs) -> pd.DataFrame:
    """How far runs differ, as standard deviations: the same labels with other seeds, and other labels.

    runs: rows with who, labels, draw, seed and accuracy. "other seed" is the scatter within a draw of the labelled
    examples; "other labels" that of the draws' means, and holds a part of the first.

    >>> runs = pd.DataFrame({"who": "a", "labels": 4, "draw": [0, 0, 1, 1], "seed": [0, 1, 0, 1],
    ...                      "accuracy": [0.5, 0.7, 0.5, 0.7]})
    >>> spread(runs).round(2).to_dict("records")
    [{'mean': 0.6, 'other seed': 0.14, 'other labels': 0.0, 'worst run': 0.5, 'best run': 0.7}]
    """
    found = {}
    for key, rows in runs.groupby(["who", "labels"], sort=False):
        draws = rows.groupby("draw")["accuracy"]
        found[key] = {
            "mean": rows["accuracy"].mean(),
            "other seed": float(np.sqrt(draws.var(ddof=1).mean())),
            "other labels": float(draws.mean().std(ddof=1)),
            "worst run": rows["accuracy"].min(),
            "best run": rows["accuracy"].max(),
        }
    return pd.DataFrame(found).T.rename_axis(["who", "labels"])


def twice_the_steps(once, twice) -> pd.DataFrame:
    """What twice the training steps change, a row for each method: mean gain, its 95 % interval, own labels learnt.

    once, twice: rows with who, labels, draw, accuracy and fitted; pairs have the same labelled examples and seed.
    Between them stands the mean gain at each number of labels.
    """
    found, keys = {}, ["labels", "draw"]
    for who, rows in twice.groupby("who", sort=False):
        same = once[once["who"] == who].merge(rows[keys], on=keys)
        mean, low, high = paired(rows, same, "accuracy", on=keys)
        gains = (rows.groupby("labels")["accuracy"].mean() - same.groupby("labels")["accuracy"].mean()).items()
        found[who] = {
            "gain": f"{mean:+.2f}",
            "95 %": f"{low:+.2f} to {high:+.2f}",
            **{f"{labels} labels": f"{gain:+.2f}" for labels, gain in gains},
            "own labels right": f"{same['fitted'].mean():.2f}",
            "own labels right, twice the steps": f"{rows['fitted'].mean():.2f}",
        }
    return pd.DataFrame(found).T
