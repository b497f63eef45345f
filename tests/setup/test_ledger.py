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
    told = [{"id": "C15", "as_told": "15 % are masked"}, {"id": "C16", "as_told": "The mix helps"}]
    (tmp_path / "data" / "claims.json").write_text(json.dumps(told), encoding="utf-8")
    return tmp_path


def test_the_table_holds_what_the_deciding_cell_says(tmp_path):
    table = ledger.verdicts(2, root=course(tmp_path))._repr_markdown_()
    assert table.splitlines()[2:] == [
        "| C15 | 15 % are masked | *holds with a caveat* | 12 of 100 | chosen, not masked. |"
    ]
    book = json.loads((tmp_path / "notebooks" / "02_masks.ipynb").read_text(encoding="utf-8"))
    assert [(row.claim, row.section) for row in ledger.decided(book, "02")] == [("C15", "1 · Hide")]


def test_all_verdicts_have_a_row_for_each_claim_and_what_no_cell_decides_is_open(tmp_path):
    root = course(tmp_path)
    rows = ledger.all_verdicts(root)
    assert [(row.claim, row.verdict, row.notebook, row.cell) for row in rows] == [
        ("C15", "holds with a caveat", "02_masks.ipynb", "b"),
        ("C16", "open", "", ""),
    ]
    assert ledger.linked(rows, root).splitlines()[2:] == [
        "| C15 | 15 % are masked | (✓) holds with a caveat | 12 of 100 | chosen, not masked. "
        "| [02, 1 · Hide](02_masks.ipynb#cell-id=b) |",
        "| C16 | The mix helps | ? open | – | No cell decides it yet. | – |",
    ]


def test_a_claim_that_two_cells_decide_is_refused(tmp_path):
    root = course(tmp_path)
    (root / "notebooks" / "03_more.ipynb").write_text((root / "notebooks" / "02_masks.ipynb").read_text())
    with pytest.raises(ValueError, match="C15 is decided in 02_masks.ipynb, cell b, and in 03_more.ipynb, cell b"):
        ledger.all_verdicts(root)


def test_on_colab_a_link_leads_to_the_notebook_there():
    row = ledger.Verdict("C15", "holds", "1", "So.", "02_masks.ipynb", "1 · Hide", "b")
    there = ledger.address(row, on_colab=True)
    assert there.startswith("https://colab.research.google.com/github/")
    assert there.endswith("/blob/main/notebooks/02_masks.ipynb#scrollTo=b")


def test_every_claim_has_a_short_name_that_fits_a_tile_and_every_notebook_a_title():
    assert all(1 < len(name) <= 14 for name in ledger.names().values())
    assert ledger.titles()["01_attention_masks.ipynb"] == "01 · Attention masks"
    assert all(title.startswith(f"{file[:2]} · ") for file, title in ledger.titles().items())


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


@pytest.mark.parametrize("claim", ledger.sources())
def test_a_claim_says_who_tells_it_what_is_in_print_and_what_it_rests_on(claim):
    row = ledger.sources()[claim]
    assert row["told_by"] and all(place["who"] and place["where"] for place in row["told_by"])
    assert all(re.fullmatch(r"https://\S+", place["url"]) for place in row["told_by"])
    assert row["rests_on"] in ("Tinytown", "real models too", "wiring")
    if row["published"]:
        number, what, source = (row["published"][name] for name in ("number", "what", "source"))
        assert re.search(r"\d", number) and what.endswith(".") and re.search(r"arXiv|Table|page|repository", source)


def test_every_verdict_says_what_would_overturn_it():
    sources = ledger.sources()
    for path in sorted((ledger.ROOT / "notebooks").glob("*.ipynb")):
        for row in ledger.decided(json.loads(path.read_text(encoding="utf-8")), path.name):
            turned = sources[row.claim]["overturned_by"]
            assert turned and turned.endswith(".") and len(turned.split()) < 25, row
