"""Accuracy on tasks about pairs of sentences: who solves which task, and how fast each start learns one."""

from __future__ import annotations

import numpy as np

from helpers.figures.style import new_figure, style_of

ABOVE = {"xytext": (0, 7), "textcoords": "offset points", "ha": "center", "va": "bottom", "fontsize": 11}


def dots_and_mean(axis, values, row: int, style) -> None:
    """Runs as dots in one row behind their mean, whose number stands above it."""
    mean = np.mean(values)
    axis.plot(values, [row] * len(values), ".", color=style.colour, alpha=0.5)
    axis.plot(mean, row, marker=style.marker, color=style.colour, markersize=8)
    text = axis.annotate(f"{mean:.2f}".replace("-", "\u2212"), (mean, row), **ABOVE)
    text.set_bbox({"fc": "white", "ec": "none", "pad": 0.5})


def draw_solvers(found, *, optimum, families=None):
    """A panel for each task: a row for each solver, its runs as dots behind their mean, the best possible as dashes.

    found: {task: {solver: accuracies of its runs}}; optimum: {task: accuracy}; families: {solver: family}.

    >>> len(draw_solvers({"order": {"topic": [0.5, 0.6]}}, optimum={"order": 0.9}).axes)
    1
    """
    figure, axes = new_figure(columns=len(found), width=3.4, height=2.9)
    for axis, (task, solvers) in zip(axes[0], found.items()):
        for row, (solver, runs) in enumerate(solvers.items()):
            style = style_of((families or {}).get(solver, ""), index=row)
            dots_and_mean(axis, runs, row, style)
        axis.axvline(optimum[task], color="black", ls="--", label="best possible")
        axis.axvline(0.5, color="#999999", lw=0.8, label="chance")
        axis.set(xlim=(0.3, 1.04), ylim=(len(solvers) - 0.5, -0.8), xlabel="accuracy", title=task)
        first = axis is axes[0][0]
        axis.set_yticks(range(len(solvers)), labels=list(solvers) if first else [""] * len(solvers), fontsize=11)
    figure.legend(*axes[0][0].get_legend_handles_labels(), frameon=False, ncols=2, loc="outside lower center")
    return figure


def draw_transfer(accuracies, tasks):
    """Accuracy by the task one learned (row) and the task one is asked (column), written into its cell.

    >>> len(draw_transfer([[0.9, 0.5], [0.6, 0.8]], ["topic", "order"]).axes)
    1
    """
    figure, axes = new_figure(width=5.6, height=3.4)
    axis, values, names = axes[0, 0], np.asarray(accuracies, dtype=float), [task.replace(" ", "\n") for task in tasks]
    axis.imshow(values, cmap="cividis", vmin=0.5, vmax=1, aspect="auto")
    for row, column in np.ndindex(values.shape):
        value = values[row, column]
        colour = "black" if value > 0.72 else "white"
        axis.text(column, row, f"{value:.2f}", ha="center", va="center", fontsize=14, color=colour)
    axis.set_xticks(range(len(tasks)), labels=names, fontsize=11)
    axis.set_yticks(range(len(tasks)), labels=names, fontsize=11)
    axis.set(xlabel="tested on", ylabel="fine-tuned for", title="accuracy")
    return figure


def draw_head_start(found, *, optimum):
    """A panel for each task: accuracy after 10 to 300 batches, a line for each start through the mean of its runs.

    found: {task: {start: {batches: accuracies of the runs}}}; optimum: {task: accuracy}.

    >>> runs = {"untrained": {10: [0.5, 0.6], 30: [0.6, 0.8]}}
    >>> len(draw_head_start({"order": runs}, optimum={"order": 0.9}).axes)
    1
    """
    figure, axes = new_figure(columns=len(found), width=4.6, height=3.9)
    for axis, (task, starts) in zip(axes[0], found.items()):
        for index, (start, runs) in enumerate(starts.items()):
            style = style_of("encoder") if index == 0 else style_of("", index=index - 1)
            for batches, values in runs.items():
                axis.plot([batches] * len(values), values, ".", color=style.colour, alpha=0.4)
            axis.plot(list(runs), [np.mean(values) for values in runs.values()], label=start, **style.for_line())
        axis.axhline(optimum[task], color="black", ls="--", label="best possible")
        axis.axhline(0.5, color="#999999", lw=0.8)
        axis.set(xscale="log", xlabel="batches of 32 pairs", ylabel="accuracy", ylim=(0.45, 1.02), title=task)
        marks = sorted({batches for runs in starts.values() for batches in runs})
        axis.set_xticks(marks, labels=[str(mark) for mark in marks], minor=False)
        axis.minorticks_off()
    figure.legend(*axes[0][0].get_legend_handles_labels(), frameon=False, ncols=3, loc="outside lower center")
    return figure
