"""The ledger of all claims: each has one row and one deciding cell; its prose says the same, its link leads there."""

import copy
import json
import re

import pytest
from books import PATHS, ROOT, code_cells, markdown_cells, read, said, source, text_outputs

from helpers.exercises import quiz
from helpers.setup import ledger, links

BOOK = read(ROOT / "notebooks" / "10_claims_tested.ipynb")
PROSE = "\n".join(source(cell) for cell in markdown_cells(BOOK))
CLAIMS = [f"C{number:02d}" for number in range(1, 46)]
FILES = {path.name: path for path in PATHS}


def deciding(books):
    """claim -> its deciding cells, as (notebook, place of the cell)."""
    found = {}
    for name, book in books.items():
        for place, cell in enumerate(book["cells"]):
            if "verdict" in cell["metadata"]:
                for claim in ledger.claims(cell):
                    found.setdefault(claim, []).append((name, place))
    return found


def faults(books):
    """What is wrong with the ledger of some notebooks, a line each: no cell, two cells, or other words in the prose."""
    there = deciding(books)
    lines = [f"{claim}: no cell decides it" for claim in CLAIMS if claim not in there]
    lines += [f"{claim}: {len(cells)} cells decide it" for claim, cells in there.items() if len(cells) > 1]
    lines += [f"{claim}: no such claim" for claim in there if claim not in CLAIMS]
    for claim, ((name, place), *_) in there.items():
        cells = books[name]["cells"]
        below = "\n".join(source(cell) for cell in cells[place + 1 : place + 3] if cell["cell_type"] == "markdown")
        told = re.search(rf"\*\*Verdict on {claim}\*\*[^*]*\*([^*.]+)\.?\*", below)
        verdict = cells[place]["metadata"]["verdict"]
        if not told or told[1] != verdict:
            lines.append(f"{claim}: metadata say {verdict!r}, the prose {told and told[1]!r}")
    return lines


@pytest.fixture
def books():
    """All notebooks, as copies that may be spoilt."""
    return {name: copy.deepcopy(read(path)) for name, path in FILES.items()}


def test_each_claim_has_one_deciding_cell_and_its_prose_says_the_same(books):
    assert faults(books) == []


def metadata_of(books, claim):
    ((name, place),) = deciding(books)[claim]
    return books[name]["cells"][place]["metadata"]


def test_a_claim_without_a_cell_is_found(books):
    del metadata_of(books, "C17")["verdict"]
    assert faults(books) == ["C17: no cell decides it"]


def test_a_claim_that_two_cells_decide_is_found(books):
    second = next(cell for cell in books["00_two_siblings.ipynb"]["cells"] if cell["cell_type"] == "code")
    second["metadata"] |= metadata_of(books, "C03")
    assert "C03: 2 cells decide it" in faults(books)


def test_a_verdict_that_differs_from_its_prose_is_found(books):
    metadata_of(books, "C16")["verdict"] = "holds"
    assert faults(books) == ["C16: metadata say 'holds', the prose 'does not hold here'"]


def test_the_ledger_has_a_row_for_each_of_the_45_claims():
    rows = ledger.all_verdicts()
    assert [row.claim for row in rows] == CLAIMS
    assert all(row.notebook and row.verdict != "open" for row in rows)


def tables():
    """The Markdown tables that the notebook has printed."""
    return [text for cell in code_cells(BOOK) for text in [links.printed(cell)] if text]


def test_the_whole_table_stands_in_the_notebook_as_the_ledger_has_it():
    whole = max(tables(), key=lambda text: text.count("]("))
    assert whole == str(ledger.linked(ledger.all_verdicts()))
    assert re.findall(r"^\| (C\d\d) ", whole, re.MULTILINE) == CLAIMS


def test_every_link_of_its_tables_leads_to_the_deciding_cell():
    path, there = FILES["10_claims_tested.ipynb"], deciding({name: read(path) for name, path in FILES.items()})
    found = re.findall(r"^\| (C\d\d) .*\]\(([^)]+)\)", "\n".join(tables()), re.MULTILINE)
    assert len(found) > 31
    for claim, target in found:
        assert links.fault(links.Link("10", target), path) is None, target
        name, _, cell_id = target.partition("#cell-id=")
        ((notebook, place),) = there[claim]
        assert (name, cell_id) == (notebook, read(FILES[name])["cells"][place]["id"])


def test_the_map_counts_are_the_ledgers():
    printed = re.findall(r"^ *(?:✓|\(✓\)|✗|\?) (.+?) +(\d+) of 45$", said(BOOK), re.MULTILINE)
    verdicts = [row.verdict for row in ledger.all_verdicts()]
    assert [(word, int(number)) for word, number in printed] == [(w, verdicts.count(w)) for w in ledger.VERDICTS]


def test_each_decided_claim_says_what_would_overturn_it():
    told = dict(
        re.findall(r"^\| (C\d\d) \| [^|]+ \| (.+) \|$", next(t for t in tables() if "overturned by" in t), re.M)
    )
    sources = ledger.sources()
    assert set(told) == {row.claim for row in ledger.all_verdicts() if row.verdict != "open"}
    assert {claim: sources[claim]["overturned_by"] for claim in told} == told


def test_the_twelve_questions_are_those_of_the_file_and_name_a_notebook_to_read_again():
    shown = re.findall(r"^\*\*\d+\.\*\* .*?</details>", PROSE, re.MULTILINE | re.DOTALL)
    assert shown == [quiz.shown(number) for number in range(1, 13)]


def test_the_published_numbers_have_a_full_source_each_and_are_shown():
    facts = json.loads((ROOT / "data" / "read_again.json").read_text(encoding="utf-8"))
    assert len(facts) == 5 and all(re.search(r"\(\d{4}\).*arXiv:\d{4}\.\d{5}, ", fact["source"]) for fact in facts)
    assert all(fact["source"] in said(BOOK) for fact in facts)


def test_the_means_of_the_quoted_table_are_the_published_ones():
    facts = json.loads((ROOT / "data" / "read_again.json").read_text(encoding="utf-8"))
    score = facts[0]
    means = {side: sum(score[side].values()) / len(score[side]) for side in ("small", "large")}
    assert means == {"small": pytest.approx(77.0, abs=0.05), "large": pytest.approx(79.5, abs=0.05)}


def test_every_decimal_in_its_text_was_printed_or_stands_in_a_question():
    seen = said(BOOK) + "".join(question["question"] for question in quiz.QUESTIONS)
    told = set(re.findall(r"(?<![\w.,:])\d+\.\d\d(?!\d)", re.sub(r"arXiv:\S+|```.*?```", "", PROSE, flags=re.DOTALL)))
    assert {number for number in told if number not in seen} <= {"0.05"}  # question 7's half interval


def test_it_is_short():
    learners = [source(cell) for cell in markdown_cells(BOOK) if "For the lecturer" not in source(cell)]
    assert len(re.sub(r"```.*?```|<[^>]+>", " ", "\n".join(learners), flags=re.DOTALL).split()) <= 3_000


def test_nothing_is_left_in_its_outputs_but_what_it_says():
    assert not [text for cell in code_cells(BOOK) for text in text_outputs(cell) if "Error" in text]
