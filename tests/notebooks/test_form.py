"""The form of a notebook one reads with ease: short prose, short cells, numbers, verdicts in one place, exercises."""

import re

import pytest
from books import PATHS, code_cells, markdown_cells, read, source, text_outputs

from helpers.setup.ledger import decided
from helpers.setup.minutes import sections, slide_type

REWRITTEN = ["00", "01", "02", "03", "04", "05", "06", "07", "08", "09", "10"]  # one number a line
NUMBERED = [path for path in PATHS if path.stem[:2] in REWRITTEN]
CODE = re.compile(r"```.*?```|\$\$.*?\$\$", re.DOTALL)
FOLDED = re.compile(r"<details>.*?</details>", re.DOTALL)
SCEPTIC = re.compile(r"<details>\s*<summary>(?!\s*Solution)(.*?)</summary>(.*?)</details>", re.DOTALL)
each_notebook = pytest.mark.parametrize("path", NUMBERED, ids=lambda path: path.stem)


def verdicts_of(path):
    return decided(read(path), path.name)


def words(text):
    return re.sub(r"<[^>]+>", " ", CODE.sub(" ", text)).split()


def sentences(text):
    """The running prose of a cell, a sentence at a time: no tables, headings, lists of papers or formulas."""
    lines = [
        line for line in CODE.sub("", re.sub(r"</?\w+>", "\n\n", text)).split("\n") if not line.startswith(("|", "#"))
    ]
    for paragraph in re.split(r"\n\s*\n|\n(?=\s*(?:[-*]|\d+\.) )", "\n".join(lines)):
        yield from re.split(r"(?<=[.!?:;])[*_)\"]*\s+(?=[A-Z*`$(\"_]|\d)", paragraph)


def before_the_reading_list(book):
    cells = book["cells"]
    ends = [i for i, cell in enumerate(cells) if source(cell).startswith("## Further reading")]
    return cells[: ends[0]] if ends else cells


def section(book, heading):
    found = [cell for cell in markdown_cells(book) if re.match(rf"## .*{heading}", source(cell))]
    assert found, f"no section '## {heading}'"
    return found[0]


@each_notebook
def test_at_most_ninety_words_follow_an_output(path):
    cells = read(path)["cells"]
    after = {
        source(cell)[:50]: len(words(FOLDED.sub("", source(cell)).split("\n## ")[0]))
        for before, cell in zip(cells, cells[1:])
        if cell["cell_type"] == "markdown" and before.get("outputs") and not source(cell).startswith("#")
    }
    assert {text: count for text, count in after.items() if count > 90} == {}


@each_notebook
def test_folded_objections_are_at_most_150_words(path):
    folded = [found for cell in markdown_cells(read(path)) for found in SCEPTIC.findall(source(cell))]
    assert [title for title, text in folded if len(words(text)) > 150] == []
    assert any("sceptic" in title for title, _ in folded)


@each_notebook
def test_sentences_are_short(path):
    cells = [source(c) for c in before_the_reading_list(read(path)) if c["cell_type"] == "markdown"]
    found = [sentence for text in cells for sentence in sentences(text) if len(words(sentence)) > 2]
    long = [sentence for sentence in found if len(words(sentence)) > 25]
    assert len(long) <= 0.02 * len(found), long


@each_notebook
def test_the_whole_is_not_longer_than_an_hour_needs(path):
    cells = [cell for cell in markdown_cells(read(path)) if not source(cell).startswith("## Glossary")]
    learners = [source(cell) for cell in cells if slide_type(cell) != "notes"]
    most = {"00": 4_300, "06": 4_350}.get(path.stem[:2], 4_000)  # 06: two lectures, nine tasks
    assert sum(len(words(text)) for text in learners) <= most


@each_notebook
def test_outputs_are_numbers_not_booleans(path):
    printed = "\n".join(text for cell in code_cells(read(path)) for text in text_outputs(cell))
    assert len(re.findall(r"\b(?:True|False)\b", printed)) <= 4


@each_notebook
def test_a_cell_shows_an_idea(path):
    cells = [source(cell).splitlines() for cell in code_cells(read(path))[1:]]  # the first is the same everywhere
    imports = ("import ", "from ")
    long = [code[0] for code in cells if len([line for line in code if line and not line.startswith(imports)]) > 15]
    wide = [line for code in cells for line in code if len(line) > 100]
    assert (long, wide) == ([], [])


@each_notebook
def test_the_learner_writes_the_core_in_place(path):
    book = read(path)
    in_place = [
        cell for cell in code_cells(book) if re.search(r"^\w+ = [\w.]*check_\w+\(.*\)\.answer$", source(cell), re.M)
    ]
    assert len(in_place) >= 2
    assert re.findall(r"\((\d+)(?:-\d+)? minutes, (?:easy|medium|hard)", "\n".join(map(source, markdown_cells(book))))


@each_notebook
def test_it_opens_with_what_one_will_be_able_to_do_and_the_minutes(path):
    opening = "\n".join(source(cell) for cell in markdown_cells(read(path))[:2])
    assert "be able to" in opening and re.search(r"^\*\*Time:\*\* \d+ minutes", opening, re.MULTILINE)


@each_notebook
def test_five_quick_questions_each_with_a_folded_answer(path):
    cells = read(path)["cells"]
    start = next(i for i, cell in enumerate(cells) if source(cell).startswith("## Five quick questions"))
    text = source(cells[start])
    for cell in cells[start + 1 :]:
        if source(cell).startswith("## "):
            break
        text += source(cell)
    answers = re.findall(r"<summary>\s*Answer.*?</summary>(.*?)</details>", text, re.DOTALL)
    assert len(answers) == 5 and all(len(words(answer)) >= 12 for answer in answers)


@each_notebook
def test_verdicts_stand_in_the_prose_below_their_cell_and_in_the_table(path):
    cells, found = read(path)["cells"], verdicts_of(path)
    assert found
    for row in found:
        at = next(
            i for i, c in enumerate(cells) if row.claim in c["metadata"].get("claim", []) and "verdict" in c["metadata"]
        )
        below = "\n".join(source(cell) for cell in cells[at + 1 : at + 3] if cell["cell_type"] == "markdown")
        assert re.search(rf"\*\*Verdict on {row.claim}\*\*[^*]*\*{row.verdict}\.?\*", below), row
    assert any("ledger.verdicts(" in source(cell) for cell in code_cells(read(path)))


@each_notebook
def test_no_slide_is_empty(path):
    """A page that holds nothing but code that slides hide, without an output, would be blank."""
    pages = []
    for cell in read(path)["cells"]:
        if slide_type(cell) in ("slide", "subslide"):
            pages.append([])
        if slide_type(cell) not in ("skip", "notes"):
            pages[-1].append(cell.get("outputs") or "hide-input" not in cell["metadata"].get("tags", []))
    assert [number for number, page in enumerate(pages) if not any(page)] == []


@each_notebook
def test_each_section_has_a_note_for_the_lecturer_with_a_question_to_the_room(path):
    for cells in sections(read(path)):
        heading = source(cells[0]).split("\n")[0]
        if heading.startswith("# ") or heading.strip("# ") in ("Glossary", "Verdicts", "Further reading"):
            continue
        notes = [source(cell) for cell in cells if slide_type(cell) == "notes"]
        assert len(notes) == 1 and len(words(notes[0])) <= 90, heading
        assert "**Say.**" in notes[0] and re.search(r"\*\*Ask the room\.\*\*.*\?", notes[0], re.DOTALL), heading


def test_no_claim_is_decided_twice():
    found = [row.claim for path in NUMBERED for row in verdicts_of(path)]
    assert sorted(found) == sorted(set(found))
