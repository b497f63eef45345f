"""How much of what can be known of a text a vector keeps: a panel for each question, a row for each vector."""

from __future__ import annotations

from helpers.figures.pair_accuracy import dots_and_mean
from helpers.figures.style import new_figure, style_of


def draw_kept(found, *, ours=()):
    """Shares, 0 "before reading", 1 "best possible": runs as dots behind their mean.

    found: {question: {vector: shares of its runs}}; ours: the vectors that the question is about, in the family's blue.

    >>> len(draw_kept({"scene": {"[CLS]": [0.9, 1.0]}, "words": {"[CLS]": [0.4]}}).axes)
    2
    """
    figure, axes = new_figure(columns=len(found), width=2.9, height=3.3)
    for axis, (question, vectors) in zip(axes[0], found.items()):
        for row, (vector, shares) in enumerate(vectors.items()):
            style = style_of("encoder" if vector in ours else "", index=row)
            dots_and_mean(axis, shares, row, style)
        axis.axvline(1, color="black", ls="--", lw=1.4, label="best possible")
        axis.axvline(0, color="#999999", lw=0.8, label="before reading")
        axis.set(xlim=(-0.25, 1.25), ylim=(len(vectors) - 0.5, -0.8), title=question, xlabel="share kept")
        first = axis is axes[0][0]
        axis.set_yticks(range(len(vectors)), labels=list(vectors) if first else [""] * len(vectors), fontsize=11)
    figure.legend(*axes[0][0].get_legend_handles_labels(), frameon=False, ncols=2, loc="outside lower center")
    return figure
