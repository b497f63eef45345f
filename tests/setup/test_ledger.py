"""The ledger: verdicts as the cells' metadata hold them; a verdict that says too little is refused."""

import json
import re

import pytest

from helpers.setup import ledger

DECIDES = {"claim": ["C15"], "verdict": "holds with a caveat", "number": "12 of 100", "because": "chosen, not masked."}


def course(tmp_path, **changed):
    metadata = {name: value for name, value in {**DECIDES, **changed}.items() if value is not None}
    cells = [
        {"cell_type": "markdown", "id": "a", "metadata": {}, "source": "## 1 · Hide"},
        {"cell_type": "code", "id": "b", "metadata": metadata, "source": "1", "outputs": []},
        {"cell_type": "code", "id": "c", "metadata": {"claim": ["C16"]}, "source": "only touched", "outputs": []},
    ]
    for folder in ("notebooks", "data"):
        (tmp_path / folder).mkdir()
    (tmp_path / "notebooks" / "02_masks.ipynb").write_text(json.dumps({"cells": cells}), encoding="utf-8")
    told = [{"id": "C15", "as_told": "15 % are masked"}]
    (tmp_path / "data" / "claims.json").write_text(json.dumps(told), encoding="utf-8")
    return tmp_path


def test_the_table_holds_what_the_deciding_cell_says(tmp_path):
    table = ledger.verdicts(2, root=course(tmp_path))._repr_markdown_()
    assert table.splitlines()[2:] == [
        "| C15 | 15 % are masked | *holds with a caveat* | 12 of 100 | chosen, not masked. |"
    ]
    book = json.loads((tmp_path / "notebooks" / "02_masks.ipynb").read_text(encoding="utf-8"))
    assert [(row.claim, row.section) for row in ledger.decided(book, "02")] == [("C15", "1 · Hide")]


@pytest.mark.parametrize(
    "changed", [{"number": ""}, {"because": None}, {"claim": ["C15", "C16"]}, {"claim": None}, {"verdict": "maybe"}]
)
def test_a_verdict_that_says_too_little_is_refused_with_its_cell(tmp_path, changed):
    with pytest.raises(ValueError, match=r"02_masks.ipynb, cell b: .* hold one claim, a number, a because and"):
        ledger.verdicts(2, root=course(tmp_path, **changed))


def test_a_notebook_that_is_not_there_is_named(tmp_path):
    with pytest.raises(FileNotFoundError, match="no notebook 07"):
        ledger.verdicts(7, root=course(tmp_path))


def test_the_ledger_of_claims_is_whole():
    assert list(ledger.as_told()) == [f"C{number:02d}" for number in range(1, 46)]
    assert all(re.search(r"\w{3}", told) for told in ledger.as_told().values())
