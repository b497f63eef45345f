"""What every notebook must be before its outputs are even compared: run, hygienic, sliced into slides, exercised."""

import ast
import collections
import importlib
import re

import numpy
import pytest
import torch
from books import (
    CHECK,
    PATHS,
    SOLUTION,
    calls_a_check,
    code_cells,
    markdown_cells,
    read,
    source,
    text_outputs,
    texts_of_figures,
)

from helpers.setup.minutes import slide_type

CLAIMS = [f"C{number:02d}" for number in range(1, 46)]
UNTOUCHED = "nbval-ignore-output"
HEADING = re.compile(r"^##? \S", re.MULTILINE)
OF_A_MACHINE = re.compile(r"(?<![\w.])/(?:home|root|Users|work|tmp|var|opt|private)/[\w.]|[A-Z]:\\\\?Users")
each_notebook = pytest.mark.parametrize("path", PATHS, ids=lambda path: path.stem)


def tags(cell):
    return cell["metadata"].get("tags", [])


def claims(cell):
    """The claim ids of a cell's metadata, where one id may stand without a list."""
    found = cell["metadata"].get("claim", [])
    return [found] if isinstance(found, str) else found


def start(cell):
    return source(cell)[:60].replace("\n", " / ")


def test_there_are_notebooks():
    numbers = [int(path.stem[:2]) for path in PATHS]  # one that is still planned may be missing between them
    assert numbers == sorted(set(numbers)) and numbers[:2] == [0, 1] and numbers[-1] <= 10


@each_notebook
def test_the_format_is_one_that_every_reader_shows(path):
    book = read(path)
    assert (book["nbformat"], book["nbformat_minor"]) == (4, 5)
    assert book["metadata"]["kernelspec"]["name"] == "python3"
    ids = [cell["id"] for cell in book["cells"]]
    assert len(set(ids)) == len(ids)
    assert "widgets" not in book["metadata"], "widget state without its data breaks the view on GitHub"


@each_notebook
def test_every_code_cell_was_run_in_order_and_none_failed(path):
    cells = [cell for cell in code_cells(read(path)) if source(cell).strip()]
    assert [cell["execution_count"] for cell in cells] == list(range(1, len(cells) + 1))
    assert [start(c) for c in cells if any(o["output_type"] == "error" for o in c["outputs"])] == []


@each_notebook
def test_at_most_two_cells_are_left_uncompared_and_each_says_why(path):
    book = read(path)
    uncompared = [cell for cell in code_cells(book) if UNTOUCHED in tags(cell)]
    assert len(uncompared) <= 2
    assert [start(cell) for cell in uncompared if len(cell["metadata"].get("uncompared", "")) < 20] == []
    switches = re.compile(r"NBVAL_|nbval-skip|raises-exception")
    assert [start(c) for c in code_cells(book) if switches.search(source(c) + " ".join(tags(c)))] == []


@each_notebook
def test_no_stored_warning_and_no_path_of_the_machine_that_ran_it(path):
    for cell in code_cells(read(path)):
        stored = "\n".join(text_outputs(cell))
        assert "Warning" not in stored and "Traceback" not in stored, start(cell)
        assert not [o for o in cell["outputs"] if o.get("name") == "stderr"] or UNTOUCHED in tags(cell), start(cell)
        found = OF_A_MACHINE.search(stored + source(cell))
        assert not found, f"{start(cell)}: {found and (stored + source(cell))[found.start() : found.start() + 60]}"


@each_notebook
def test_code_cells_are_short_and_parse(path):
    cells = code_cells(read(path))
    assert [start(cell) for cell in cells if len(source(cell).splitlines()) > 25] == []
    for cell in cells:
        ast.parse("\n".join("pass" if line.startswith(("%", "!")) else line for line in source(cell).split("\n")))


@each_notebook
def test_each_section_opens_a_slide(path):
    book = read(path)
    sections = [cell for cell in markdown_cells(book) if HEADING.match(source(cell))]
    assert len(sections) >= 5
    assert [start(cell) for cell in sections if slide_type(cell) != "slide"] == []
    hidden = [c for c in markdown_cells(book) if HEADING.search(source(c)) and not HEADING.match(source(c))]
    assert [start(cell) for cell in hidden if not source(cell).startswith(("<", "[!"))] == []
    kinds = {"slide", "subslide", "fragment", "notes", "skip", None, "-"}
    assert {slide_type(cell) for cell in book["cells"]} <= kinds


@each_notebook
def test_claims_are_ids_of_the_ledger(path):
    cells = read(path)["cells"]
    assert [start(cell) for cell in cells if not set(claims(cell)) <= set(CLAIMS)] == []
    assert [start(cell) for cell in cells if claims(cell) and cell["cell_type"] != "code"] == []
    assert {claim for cell in cells for claim in claims(cell)}, "no cell decides a claim"


def test_ids_well_formed_and_none_listed_twice_in_one_cell():
    counts = [collections.Counter(claims(cell)) for path in PATHS for cell in code_cells(read(path))]
    assert [count for count in counts if any(number > 1 for number in count.values())] == []
    assert len(CLAIMS) == len(set(CLAIMS)) == 45


@each_notebook
def test_at_least_three_exercises_each_with_its_collapsed_solution(path):
    cells = read(path)["cells"]
    checks = [i for i, cell in enumerate(cells) if cell["cell_type"] == "code" and calls_a_check(cell)]
    assert len(checks) >= 3
    for i in checks:
        following = "\n".join(source(cell) for cell in cells[i + 1 : i + 3] if cell["cell_type"] == "markdown")
        solution = SOLUTION.search(following)
        assert solution, f"no collapsed solution with a python block under: {start(cells[i])}"
        ast.parse(solution[1])


def exercise_modules(book):
    """The modules that hold a notebook's checks, under the names that it gives them."""
    code = "\n".join(source(cell) for cell in code_cells(book))
    lines = re.findall(r"^from helpers\.exercises import (.+)$", code, re.MULTILINE)
    found = [part.strip().partition(" as ")[::2] for line in lines for part in line.split(",")]
    return {alias or name: importlib.import_module(f"helpers.exercises.{name}") for name, alias in found}


def exercises_of(path):
    """(solution, the line that calls the check) of each exercise."""
    cells = read(path)["cells"]
    for i, cell in enumerate(cells):
        if cell["cell_type"] == "code" and calls_a_check(cell):
            following = "\n".join(source(c) for c in cells[i + 1 : i + 3] if c["cell_type"] == "markdown")
            check = CHECK.search(source(cell))[0]
            name = check.split("(")[0].split(" = ")[-1]
            yield pytest.param(path, SOLUTION.search(following)[1], check, id=f"{path.stem[:2]}-{name}")


@pytest.mark.parametrize(("path", "solution", "check"), [each for path in PATHS for each in exercises_of(path)])
def test_each_solution_passes_its_check(path, solution, check, capsys):
    call = "" if CHECK.search(solution) else check
    exec(f"{solution}\n{call}", {"torch": torch, "np": numpy, **exercise_modules(read(path))})
    assert capsys.readouterr().out.strip().endswith("correct")


@each_notebook
def test_an_exercise_left_undone_says_so_in_one_quiet_line(path):
    for cell in filter(calls_a_check, code_cells(read(path))):
        lines = "".join(text_outputs(cell)).strip().splitlines()
        assert len(lines) == 1 and "not attempted yet" in lines[0] and "hint" not in lines[0], start(cell)


@each_notebook
def test_figures_have_words_for_those_who_cannot_see_them(path):
    for cell in code_cells(read(path)):
        if any("image/png" in output.get("data", {}) for output in cell["outputs"]):
            assert len(cell["metadata"].get("alt", "")) >= 20, f"no alt text (cell metadata 'alt') at: {start(cell)}"


@each_notebook
def test_the_words_of_a_figure_are_those_of_its_code(path):
    """What is stored with a figure is compared with nothing when the notebook runs."""
    for cell in code_cells(read(path)):
        stored = texts_of_figures([cell])
        given = [node for node in ast.walk(ast.parse(source(cell))) if isinstance(node, ast.keyword)]
        written = [word.value.value for word in given if word.arg == "alt" and isinstance(word.value, ast.Constant)]
        if stored:
            assert cell["metadata"]["alt"] in stored, start(cell)
            assert set(written) <= set(stored), start(cell)
