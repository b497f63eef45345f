"""Each notebook with every exercise solved: its own collapsed solutions make its own checks say "correct"."""

import copy
import json

import nbformat
import pytest
from books import CHECK, PATHS, ROOT, SOLUTION, calls_a_check, read, source, text_outputs


def solved(book):
    """The notebook with each exercise's solution run just before its check; and where those cells are."""
    book = copy.deepcopy(book)
    places = [i for i, cell in enumerate(book["cells"]) if cell["cell_type"] == "code" and calls_a_check(cell)]
    for i in places:
        following = "\n".join(source(c) for c in book["cells"][i + 1 : i + 3] if c["cell_type"] == "markdown")
        lines = source(book["cells"][i]).split("\n")
        first = next(n for n, line in enumerate(lines) if CHECK.match(line))
        book["cells"][i]["source"] = "\n".join([*lines[:first], SOLUTION.search(following)[1], *lines[first:]])
    return book, places


@pytest.mark.parametrize("path", PATHS, ids=lambda path: path.stem)
def test_every_solution_passes_its_check_in_its_notebook(path):
    from nbclient import NotebookClient

    book, places = solved(read(path))
    ran = nbformat.reads(json.dumps(book), as_version=4)
    NotebookClient(ran, timeout=600, resources={"metadata": {"path": str(ROOT / "notebooks")}}).execute()
    said = {source(ran.cells[i])[:50]: "".join(text_outputs(ran.cells[i])).strip() for i in places}
    assert [f"{cell!r}: {line}" for cell, line in said.items() if not line.endswith("correct")] == []
