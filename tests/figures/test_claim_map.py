"""The map of the verdicts: each claim once, by notebook; colour and mark say the same, and no colour is a family's."""

import pytest

from helpers.figures.claim_map import COLOURS, COLUMNS, LATER, bands, claim_map
from helpers.figures.style import STYLES
from helpers.setup.ledger import VERDICTS, Verdict

TITLES = {"01_masks.ipynb": "01 Masks", "05_pet.ipynb": "05 PET"}
ROWS = [
    Verdict("C07", "does not hold here", "1", "So.", "05_pet.ipynb", "2 · Few"),
    Verdict("C03", "holds with a caveat", "1", "So.", "01_masks.ipynb", "1 · Who"),
    Verdict("C45", "open", "–", "No cell decides it yet.", "", ""),
    Verdict("C08", "holds", "1", "So.", "05_pet.ipynb", "3 · Words"),
]
NAMES = {row.claim: f"name of {row.claim}" for row in ROWS}


def test_a_line_for_each_notebook_in_order_and_the_undecided_last():
    assert [(title, [row.claim for row in rows]) for title, rows in bands(ROWS, TITLES)] == [
        ("01 Masks", ["C03"]),
        ("05 PET", ["C07", "C08"]),
        (LATER, ["C45"]),
    ]


def test_a_long_line_is_cut():
    many = [Verdict(f"C{number:02d}", "open", "–", "-", "", "") for number in range(1, COLUMNS + 4)]
    assert [(title, len(rows)) for title, rows in bands(many, {})] == [(LATER, COLUMNS), ("", 3)]


def test_each_claim_has_a_tile_with_number_mark_and_name_in_the_colour_of_its_verdict():
    (axis,) = claim_map(ROWS, NAMES, TITLES).axes
    assert [text.get_text() for text in axis.texts] == [
        *("C03 (✓)", "name of C03", "C07 ✗", "name of C07"),
        *("C08 ✓", "name of C08", "C45 ?", "name of C45"),
    ]
    drawn = [patch.get_facecolor()[:3] for patch in axis.patches]
    assert len(drawn) == len(set(drawn)) == 4
    assert [label.get_text() for label in axis.get_yticklabels()] == ["01 Masks", "05 PET", LATER]


def test_the_legend_names_the_four_verdicts_and_all_text_can_be_read_when_projected():
    figure = claim_map(ROWS, NAMES, TITLES)
    (legend,) = figure.legends
    assert [text.get_text() for text in legend.get_texts()] == [f"{mark} {name}" for name, mark in VERDICTS.items()]
    texts = [*figure.axes[0].texts, *figure.axes[0].get_yticklabels(), *legend.get_texts()]
    assert min(text.get_fontsize() for text in texts) >= 11


def test_no_verdict_has_the_colour_of_a_family():
    assert set(COLOURS) == set(VERDICTS)
    assert not {colour.lower() for colour in COLOURS.values()} & {style.colour.lower() for style in STYLES.values()}


@pytest.mark.parametrize(("names", "titles"), [({}, TITLES), (NAMES, {})])
def test_a_claim_without_a_name_or_a_notebook_without_a_title_is_named(names, titles):
    with pytest.raises(KeyError, match="C03|01_masks"):
        claim_map(ROWS, names, titles)
