"""What a decoding rule makes of a distribution, and how far from the language its texts are."""

from __future__ import annotations

from helpers.figures.plots import word_bars
from helpers.figures.style import new_figure, style_of

PATHS = {"temperature": "T =", "top-k": "top-k", "top-p": "top-p"}  # a path and how its rules begin


# where a rule's name stands beside its point, in points: by path, and for rules that would lie on another
PLACES = {"temperature": (0, 8), "top-k": (0, -17), "top-p": (0, -17), "greedy": (0, -17)}
PLACES |= {"T = 1": (16, -17), "top-k 20": (14, -17), "top-p 0.95": (16, 20), "top-p 0.8": (6, 20)}


def first_word(words, series):
    """Bars of the probabilities of one word under several rules on a logarithmic axis: {rule: one for each word}.

    A word that a rule cuts away has no bar.

    >>> first_word(["the", "a"], {"T = 1": [0.6, 0.4], "top-p 0.5": [1.0, 0.0]}).axes[0].get_yscale()
    'log'
    """
    figure = word_bars(words, series, ylabel="probability", title="the first word of a text", width=8.5)
    axis = figure.axes[0]
    axis.set(yscale="log", ylim=(1e-4, 1))
    axis.legend(frameon=False, ncols=len(series), loc="upper right")
    return figure


def against_the_language(variation, grammatical):
    """Rules by how far their distribution is from the language's and what share of their texts is grammatical.

    variation, grammatical: {rule: number}; rules called "T = ...", "top-k ...", "top-p ..." share a colour and a
    marker.

    >>> against_the_language({"T = 1": 0.0, "greedy": 0.3}, {"T = 1": 0.95, "greedy": 1.0}).axes[0].get_ylabel()
    'share of grammatical texts'
    """
    figure, axes = new_figure(width=7.2, height=4.2)
    axis = axes[0, 0]
    for index, (path, begins) in enumerate([*PATHS.items(), ("greedy", "greedy")]):
        names, style = [name for name in variation if name.startswith(begins)], style_of(path, index=index)
        places = [(variation[name], grammatical[name]) for name in names]
        if places:
            axis.scatter(*zip(*places), color=style.colour, marker=style.marker, s=50, label=path)
        for name, place in zip(names, places):
            axis.annotate(
                name,
                place,
                xytext=PLACES.get(name, PLACES[path]),
                textcoords="offset points",
                ha="center",
                fontsize=10,
                color=style.colour,
            )
    axis.axvline(0, color="black", ls="--", label="the language")
    axis.set(xlim=(-0.012, None), ylim=(0.2, 1.18), ylabel="share of grammatical texts")
    axis.set_xlabel("total variation to the exact distribution (0 = the language)")
    axis.legend(frameon=False, loc="lower right")
    return figure
