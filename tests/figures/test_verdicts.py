"""The figure of the verdicts: columns, marks, colours that are no family's."""

import pandas as pd
import pytest

from helpers.experiments.suitability.textbook import VERDICTS
from helpers.experiments.tasks.families import FAMILIES
from helpers.figures.style import STYLES
from helpers.figures.verdicts import COLOURS, verdict_figure


def judged(task, family, word, verdict, doubts=()):
    share = {"share": 0.5, "share_low": 0.4, "share_high": 0.6}
    return {"task": task, "family": family, "word": word, "verdict": verdict, "doubts": doubts, **share}


@pytest.mark.parametrize("families", [("encoder", "decoder"), ("encoder", "decoder", "encoder-decoder")])
def test_the_figure_takes_a_third_column_when_there_is_one(families):
    found = [judged("code", family, "cannot", "better than claimed", ("seeds disagree",)) for family in families]
    left, right = verdict_figure(pd.DataFrame(found), {"code": "code completion"}).axes
    assert [text.get_text().split("\n")[0] for text in right.get_xticklabels()] == list(families)
    assert [text.get_text() for text in right.texts] == ["cannot ▲ !"] * len(families)
    drawn = [line for line in left.lines if line.get_marker() == "o" and len(line.get_xdata())]
    assert {line.get_markerfacecolor() for line in drawn} == {"white"}
    assert "hollow, !  in doubt" in right.get_xlabel()


def test_where_no_word_is_printed_the_figure_shows_a_dash():
    found = [
        judged("code", "encoder", "cannot", "better than claimed"),
        judged("code", "encoder-decoder", "", "no claim"),
        judged("entities", "encoder-decoder", "", "no claim", ("seeds disagree",)),
    ]
    titles = {"code": "code completion", "entities": "named entities"}
    _, right = verdict_figure(pd.DataFrame(found), titles).axes
    assert [text.get_text() for text in right.texts] == ["cannot ▲", "–", "– !"]


def test_no_verdict_has_the_colour_of_a_family():
    assert set(COLOURS) == set(VERDICTS)
    assert not {colour.lower() for colour in COLOURS.values()} & {STYLES[name].colour.lower() for name in FAMILIES}
