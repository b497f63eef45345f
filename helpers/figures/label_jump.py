"""How the labels of lists are learnt: two measures, and the heads that look labels up, along several runs."""

from __future__ import annotations

import numpy as np
import pandas as pd

from helpers.figures.style import new_figure, style_of

PANELS = (("accuracy", "accuracy, four examples"), ("log_prob", "ln p of the right label"))


MEASURES = {"accuracy": "accuracy", "log_prob": "ln p", "right": "right labels", "prefix": "prefix matching"}


def along(row) -> dict:
    """A recorded run as lists, a number for each measurement; of the heads, the highest score.

    >>> line = {"words": 2e6, "4-shot accuracy": 0.5, "4-shot log_prob": -1.0}
    >>> line |= {"right labels": [[0.1, 0.9]], "prefix matching": [[0.0, 0.3]]}
    >>> along({"scores": {"lines": [line]}})["right"]
    [0.9]
    """
    lines = row["scores"]["lines"]
    return {
        "words": [line["words"] / 1e6 for line in lines],
        "accuracy": [line["4-shot accuracy"] for line in lines],
        "log_prob": [line["4-shot log_prob"] for line in lines],
        "right": [float(np.max(line["right labels"])) for line in lines],
        "prefix": [float(np.max(line["prefix matching"])) for line in lines],
    }


def early_and_late(runs, *, early=3, above=0.9) -> pd.DataFrame:
    """A column for each {name: run}: words read when accuracy was first above 0.9, and the measures at two times."""
    found = {}
    for name, run in runs.items():
        learnt, first = np.array(run["accuracy"]) > above, int(np.searchsorted(run["words"], early))
        when = f"{run['words'][int(learnt.argmax())]:.1f}" if learnt.any() else f"not by {run['words'][-1]:.1f}"
        found[name] = {f"million words at accuracy {above}": when}
        for key, title in MEASURES.items():
            found[name] |= {f"{title}, at {early} million": f"{run[key][first]:.2f}"}
            found[name] |= {f"{title}, at the end": f"{run[key][-1]:.2f}"}
    return pd.DataFrame(found)


def label_jump(runs, *, optimum, uniform):
    """Three panels over millions of words, a line for each run: accuracy, log-probability, attention of the best head.

    runs: a dict for each run with lists of one length, {"words", "accuracy", "log_prob", "prefix", "right"};
    optimum: {"accuracy", "log_prob"} of the exact reader; uniform: prefix matching of a head that attends everywhere.

    >>> run = {name: [0.1, 0.2] for name in ("words", "accuracy", "log_prob", "prefix", "right")}
    >>> len(label_jump([run], optimum={"accuracy": 1.0, "log_prob": 0.0}, uniform=0.03).axes)
    3
    """
    figure, axes = new_figure(3, width=3.9, height=3.4)
    for axis, (name, label) in zip(axes[0], PANELS):
        for run in runs:
            axis.plot(run["words"], run[name], markersize=3, **style_of("decoder").for_line())
        axis.axhline(optimum[name], color="black", ls="--", label="best possible")
        axis.set(ylabel=label, ylim=(0, 1.05) if name == "accuracy" else (None, 0))
    for index, (name, label) in enumerate((("right", "the right labels"), ("prefix", "prefix matching"))):
        style = style_of(name, index=index)
        for number, run in enumerate(runs):
            title = "" if number else label
            axes[0][2].plot(run["words"], run[name], markersize=3, label=title, **style.for_line())
    axes[0][2].axhline(uniform, color="gray", ls=":", label="attending everywhere alike")
    axes[0][2].set(ylabel="attention of the best head", ylim=(0, 1.25))
    for axis in axes[0]:
        axis.set(xlabel="million words read")
        axis.legend(frameon=False, loc="lower right" if axis is not axes[0][2] else "upper left", fontsize=9)
    return figure
