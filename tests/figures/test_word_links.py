"""Maps of links: the rows are target words, and what is sure is brighter than what is possible."""

from helpers.figures.word_links import marked, word_links
from helpers.methods.alignment import gold


def test_the_labels_are_the_words_and_large_enough():
    figure = word_links({"a": [[0, 1], [1, 0], [0, 0]], "b": [[0, 0]] * 3}, rows=list("xyz"), columns=["p", "q"])
    axis = figure.axes[0]
    assert [tick.get_text() for tick in axis.get_yticklabels()] == ["x", "y", "z"]
    assert [tick.get_text() for tick in axis.get_xticklabels()] == ["p", "q"]
    assert axis.get_yticklabels()[0].get_fontsize() >= 11 and len(figure.axes) == 3


def test_sure_links_are_one_and_possible_ones_a_half():
    table = marked(gold("english : the wine was bad . tinytongue :", "to vino mala estis ."), (5, 8))
    assert table[1, 3] == 1 and table[0, 2] == 0.5 and table.sum() == 3 + 2 * 0.5
