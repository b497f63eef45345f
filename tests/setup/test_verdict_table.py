"""The README's table of verdicts is what the deciding cells say."""

import json

import pytest
from books import ROOT

from helpers.setup import verdict_table

CELL = {"cell_type": "code", "id": "a", "source": "1", "outputs": []}
SAYS = {"claim": ["C15"], "verdict": "holds", "number": "12 of 100", "because": "Counted."}


def course(tmp_path):
    for folder in ("notebooks", "data"):
        (tmp_path / folder).mkdir()
    told = [{"id": "C15", "as_told": "15 % are | masked"}, {"id": "C16", "as_told": "The mix helps"}]
    (tmp_path / "data" / "claims.json").write_text(json.dumps(told), encoding="utf-8")
    book = {"cells": [{**CELL, "metadata": SAYS}]}
    (tmp_path / "notebooks" / "02_x.ipynb").write_text(json.dumps(book), encoding="utf-8")
    return tmp_path


def test_a_decided_claim_leads_to_its_notebook_and_an_undecided_one_is_open(tmp_path):
    text = "a\n<!-- verdicts -->\nold\n<!-- end of verdicts -->\nb"
    found = verdict_table.with_verdicts(text, root=course(tmp_path))
    assert "2 claims: ✓ 1 holds, (✓) 0 holds with a caveat, ✗ 0 does not hold here, ? 1 open." in found
    assert "| C15 | 15 % are \\| masked | ✓ holds | [02](notebooks/02_x.ipynb) |" in found
    assert "| C16 | The mix helps | ? open | – |" in found
    assert "\nold\n" not in found and verdict_table.with_verdicts(found, root=tmp_path) == found


def test_the_readme_without_its_comments_is_refused():
    with pytest.raises(ValueError, match="put both lines back"):
        verdict_table.with_verdicts("no table")


def test_the_table_in_the_readme_is_what_the_notebooks_decide():
    text = (ROOT / "README.md").read_text(encoding="utf-8")
    assert verdict_table.with_verdicts(text) == text
