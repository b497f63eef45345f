"""One gap and two readers: what is likely there from the left side alone, and from both sides."""

from helpers.figures.style import new_figure, style_of


def draw_two_readers(left: dict, both: dict, gpt: dict, bert: dict, *, top: int = 14):
    """Bars of both models over the same words, with the exact probabilities as black dashes; dicts word -> p.

    >>> exact, model = {"a": 1.0}, {"a": 0.9, "b": 0.1}
    >>> len(draw_two_readers(exact, exact, model, model).axes)
    2
    """
    figure, axes = new_figure(2, width=4.6, height=4.6)
    words = sorted(left, key=lambda word: (-both.get(word, 0), word))[:top]
    panels = (
        (gpt, left, "decoder", "course-gpt: left side only"),
        (bert, both, "encoder", "course-bert: both sides"),
    )
    for axis, (says, exact, family, title) in zip(axes[0], panels):
        axis.barh(words, [says.get(word, 0) for word in words], color=style_of(family).colour)
        for row, word in enumerate(words):
            axis.plot([exact.get(word, 0)] * 2, [row - 0.45, row + 0.45], color="black", ls="--", lw=2)
        axis.set(xlim=(0, 1), xlabel="probability (dashes: exact)", title=title)
        axis.tick_params(labelsize=11)
        axis.invert_yaxis()
    return figure
