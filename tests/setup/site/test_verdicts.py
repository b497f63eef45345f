"""Each verdict is gathered from the cell that decides it, with its place; what says nothing is refused."""

import pytest

from helpers.setup.site import verdicts


def cell(text, **details):
    kind = "markdown" if text.startswith("#") else "code"
    return {"cell_type": kind, "metadata": details, "source": text, "outputs": []}


BOOK = {
    "cells": [
        cell("# A title"),
        cell("## 1 · A | B"),
        cell("decide()", claim=["C08", "C07"], verdict="holds", number="0.42", sentence="It does."),
    ]
}


def test_the_verdicts_are_gathered_in_order_with_their_section():
    found = verdicts.verdicts({"05_x.ipynb": BOOK})
    assert [(row.claim, row.section, row.number) for row in found] == [
        ("C07", "1 · A | B", "0.42"),
        ("C08", "1 · A | B", "0.42"),
    ]
    page = verdicts.verdict_page(found, as_told={"C07": "Few-shot needs a decoder"})
    assert r"| C07 | Few-shot needs a decoder | ✓ holds | 0.42 | It does. | [05 1 · A \| B](#verdict-c07) |" in page


def test_a_column_that_nobody_fills_is_left_out():
    book = {"cells": [cell("", claim=["C01"], verdict="does not hold here")]}
    assert "| claim | verdict | decided in |" in verdicts.verdict_page(verdicts.verdicts({"00": book}), as_told={})


@pytest.mark.parametrize("details", [{"verdict": "perhaps", "claim": ["C01"]}, {"verdict": "holds"}])
def test_a_verdict_that_says_nothing_is_refused(details):
    with pytest.raises(ValueError, match="00_x: a cell's metadata say verdict .* write one of holds, holds with"):
        verdicts.verdicts({"00_x": {"cells": [cell("", **details)]}})
