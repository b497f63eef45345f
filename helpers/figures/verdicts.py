"""The table as one figure to project: measured shares, and beside them the printed words with their mark.

The rule that compares words with numbers is `helpers.experiments.suitability.textbook.judge`.
"""

from __future__ import annotations

from matplotlib.figure import Figure

from helpers.experiments.suitability.textbook import BANDS, VERDICTS
from helpers.experiments.tasks.families import FAMILIES
from helpers.figures.style import style_of

COLOURS = {  # none of a family's
    "agrees": "black",
    "better than claimed": "#7B3F9E",
    "worse than claimed": "#8A6A00",
    "open": "#777777",
    "no claim": "#777777",
}


def verdict_figure(found, titles, *, width: float = 11.5):
    """Left: the share of each family on each task with its interval; right: the words and their marks.

    `found` is what `textbook.judged` gives, `titles` {task: words} in the order of the rows. A row in doubt has a
    hollow marker and an exclamation mark; where no word is printed there is a dash.
    """
    families = [family for family in FAMILIES if family in set(found["family"])]
    figure = Figure(figsize=(width, 1.4 + 0.52 * len(titles)), layout="constrained")
    left, right = figure.subplots(1, 2, width_ratios=(1.6, 0.56 * len(families)))
    rows = {task: row for row, task in enumerate(titles)}
    _bands(left)
    for judged in found.itertuples():
        _point(left, judged, rows[judged.task] + 0.22 * (families.index(judged.family) - (len(families) - 1) / 2))
    for family in families:
        left.plot([], [], ls="", color=style_of(family).colour, marker=style_of(family).marker, label=family)
    left.set_yticks(range(len(rows)), labels=list(titles.values()), fontsize=12)
    left.set(xlim=(-0.08, 1.12), ylim=(len(rows) - 0.4, -0.9), xlabel="share of the distance from chance to optimum")
    left.legend(frameon=False, fontsize=10, ncols=3, loc="lower center", bbox_to_anchor=(0.5, 1.0))
    _words(right, found, rows, families)
    return figure


def _bands(axis):
    """Shades for the words, from cannot to excellent."""
    for shade, (word, (bottom, top)) in zip((0.0, 0.05, 0.1, 0.16), BANDS.items()):
        bottom, top = max(bottom, -0.08), min(top, 1.12)
        axis.axvspan(bottom, top, color="black", alpha=shade, lw=0)
        axis.text((bottom + top) / 2, -0.65, word, ha="center", va="center", fontsize=9, color="#444444")
    axis.axvline(1, color="black", ls="--", lw=1)


def _point(axis, judged, at):
    style = style_of(judged.family)
    low, high = max(judged.share_low, -0.08), min(judged.share_high, 1.12)
    axis.plot([low, high], [at, at], color=style.colour, lw=1.4)
    axis.plot(
        min(max(judged.share, -0.06), 1.1),
        at,
        color=style.colour,
        marker=style.marker,
        markersize=7,
        markerfacecolor="white" if judged.doubts else style.colour,
    )


def _words(axis, found, rows, families):
    """What is printed, coloured by whether the measurement agrees."""
    for judged in found.itertuples():
        text = f"{judged.word} {VERDICTS[judged.verdict]}{' !' if judged.doubts else ''}".strip()
        axis.text(
            families.index(judged.family),
            rows[judged.task],
            text,
            ha="center",
            va="center",
            fontsize=12,
            color=COLOURS[judged.verdict],
            weight="bold" if judged.word else "normal",
        )
    axis.set(xlim=(-0.5, len(families) - 0.5), ylim=(len(rows) - 0.4, -0.9))
    axis.set_xticks(range(len(families)), labels=[f"{family}\nas printed" for family in families], fontsize=10)
    axis.xaxis.tick_top()
    axis.tick_params(length=0)
    axis.set_yticks([])
    axis.spines[:].set_visible(False)
    notes = [f"{mark} {name}" for name, mark in VERDICTS.items() if name in set(found["verdict"])]
    notes += ["hollow, !  in doubt"] * any(found["doubts"])
    per_line = len(families)
    axis.set_xlabel("\n".join("   ".join(notes[i : i + per_line]) for i in range(0, len(notes), per_line)), fontsize=9)
