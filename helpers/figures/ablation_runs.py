"""Recorded runs that differ in one thing: every run a dot, the mean of the seeds a bar or a line."""

from __future__ import annotations

import numpy as np
import pandas as pd

from helpers.evaluation.intervals import paired
from helpers.figures.style import new_figure, style_of


def against(runs, scores, reference, *, digits=2) -> pd.DataFrame:
    """Mean of each score by variant, and its difference from the reference with the paired 95 % interval, as text.

    runs: rows with the columns variant, seed and the scores, which are {column: name}. Differences are taken over the
    seeds that a variant has in common with the reference.

    >>> runs = pd.DataFrame({"variant": list("aabb"), "seed": [0, 1, 0, 1], "loss": [1.0, 2.0, 1.5, 2.5]})
    >>> against(runs, {"loss": "loss"}, "a").loc["b", "loss, minus a"]
    '+0.50 (+0.50 to +0.50)'
    """
    sides, base = dict(list(runs.groupby("variant", sort=False))), runs[runs["variant"] == reference]
    table = {}
    for variant, rows in sides.items():
        table[variant] = line = {"runs": len(rows)}
        both = set(rows["seed"]) & set(base["seed"])
        for key, name in scores.items():
            mean, low, high = paired(*(side[side["seed"].isin(both)] for side in (rows, base)), key)
            line[name] = f"{rows[key].mean():.{digits}f}"
            apart = f"{mean:+.{digits}f} ({low:+.{digits}f} to {high:+.{digits}f})"
            line[f"{name}, minus {reference}"] = "" if variant == reference else apart
    return pd.DataFrame(table).T


def run_bars(runs, scores, *, width=3.7):
    """A panel for each score, {column: name}: a bar for the mean of each variant, a dot for each of its runs.

    >>> runs = pd.DataFrame({"variant": ["a", "a", "b"], "loss": [1.0, 2.0, 3.0]})
    >>> [float(bar.get_width()) for bar in run_bars(runs, {"loss": "nats"}).axes[0].patches]
    [1.5, 3.0]
    """
    names, style = list(dict.fromkeys(runs["variant"])), style_of("encoder")
    figure, axes = new_figure(len(scores), width=width, height=1.0 + 0.42 * len(names))
    for axis, (key, label) in zip(axes[0], scores.items()):
        values = [runs.loc[runs["variant"] == name, key].to_numpy(dtype=float) for name in names]
        axis.barh(names, [each.mean() for each in values], color=style.colour, alpha=0.45)
        for row, each in enumerate(values):
            axis.plot(each, [row] * len(each), style.marker, color=style.colour, markersize=5)
        axis.set_xlim(0, 1.08 * max(map(np.max, values)))
        axis.set_xlabel(label, fontsize=11)
        axis.tick_params(labelsize=11)
        axis.invert_yaxis()
    return figure


def rate_curve(runs, *, score="excess", width=6.0):
    """One score over the share of words hidden in training ("5%" ...): the mean as a line, a dot for each run."""
    style, rates = style_of("encoder"), runs["variant"].str.rstrip("%").astype(float)
    figure, axes = new_figure(width=width, height=3.6)
    means = runs.groupby(rates)[score].mean()
    axes[0, 0].plot(means.index, means, color=style.colour, label="mean of the seeds")
    axes[0, 0].plot(rates, runs[score], style.marker, color=style.colour, markersize=5, label="one run")
    axes[0, 0].axhline(0, color="black", ls="--", lw=2, label="best possible")
    axes[0, 0].set_xlabel("percent of the words hidden in training", fontsize=11)
    axes[0, 0].set_ylabel("nats above the floor", fontsize=11)
    axes[0, 0].tick_params(labelsize=11)
    axes[0, 0].legend(frameon=False, fontsize=11)
    return figure
