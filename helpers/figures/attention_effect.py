"""Recorded rows of the experiment `attention` as figures: ways of reading a map, and the loss after a swapped mask."""

from __future__ import annotations

import numpy as np

from helpers.figures.style import OTHERS, STYLES, new_figure

READERS = {
    "course-bert": STYLES["encoder"],
    "course-bert-seed-1": OTHERS[2],
    "course-bert-seed-2": OTHERS[0],
    "small": OTHERS[3],
    "minilm": OTHERS[1],
}
LINES = {  # (start, mask, score): label, style
    ("random weights", "causal", "loss"): ("random weights, causal mask", OTHERS[3]),
    ("course-bert", "causal", "loss"): ("course-bert, causal mask", STYLES["encoder"]),
    ("course-bert", "both sides", "loss"): ("course-bert, no mask, future hidden in the test", OTHERS[0]),
    ("course-bert", "both sides", "seen"): ("course-bert, no mask, future visible in the test", OTHERS[1]),
}


def over_nearness(frames, ways, *, width=8.0):
    """For each way of reading attention, what it has over plain nearness: {reader: rows}, a dot for each row.

    A bar marks the mean of several rows; the only row of a reader keeps its interval over texts.
    """
    figure, axes = new_figure(width=width, height=1.3 + 0.62 * len(ways))
    axis = axes[0, 0]
    for place, (reader, frame) in enumerate(frames.items()):
        style = READERS[reader]
        for row, way in enumerate(ways):
            at = row + 0.72 / len(frames) * (place - (len(frames) - 1) / 2)
            values = frame[f"{way}.over nearness"].to_numpy(dtype=float)
            if len(values) == 1:
                half = float(frame[f"{way}.over nearness ci95"].iloc[0])
                axis.errorbar(values[0], at, xerr=half, color=style.colour, capsize=3)
            else:
                axis.plot([values.mean()] * 2, [at - 0.1, at + 0.1], color=style.colour, linewidth=3)
            label = f"{reader}" if row == 0 else None
            axis.plot(values, [at] * len(values), style.marker, color=style.colour, markersize=6, label=label)
    axis.axvline(0, color="black", linewidth=1)
    axis.set_yticks(range(len(ways)), labels=ways, fontsize=11)
    axis.invert_yaxis()
    axis.set_xlabel("rank correlation with the effect, minus that of nearness", fontsize=11)
    axis.legend(frameon=False, fontsize=11, loc="upper left", bbox_to_anchor=(1.0, 1.0))
    return figure


def swap_curves(frame, updates, *, width=8.0):
    """Loss of the next word along training: the mean of the seeds as a line, each seed as a dot, the floor dashed."""
    figure, axes = new_figure(width=width, height=4.0)
    axis, places = axes[0, 0], np.arange(len(updates))
    for (start, mask, score), (label, style) in LINES.items():
        rows = frame[(frame["start"] == start) & (frame["mask"] == mask)]
        values = rows[[f"{score}.{count}" for count in updates]].to_numpy(dtype=float)
        axis.plot(places, values.mean(0), color=style.colour, label=label)
        axis.plot(np.tile(places, len(values)), values.ravel(), style.marker, color=style.colour, markersize=5)
    axis.axhline(float(frame["floor"].mean()), color="black", linestyle="--", linewidth=2, label="best possible")
    axis.set_yscale("log")
    axis.set_yticks([0.1, 0.3, 1, 3, 10], labels=["0.1", "0.3", "1", "3", "10"], fontsize=11)
    axis.set_xticks(places, labels=updates, fontsize=11)
    axis.set_xlabel("updates on the next word", fontsize=11)
    axis.set_ylabel("nats per token", fontsize=11)
    axis.legend(frameon=False, fontsize=11, loc="upper left", bbox_to_anchor=(1.0, 1.0))
    return figure
