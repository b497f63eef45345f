"""Minutes are counted, and what the notebooks and the README promise is what was counted."""

import json

from books import PATHS, ROOT, read, source

from helpers.setup import minutes


def book(*texts):
    return {"cells": [{"cell_type": "markdown", "metadata": {}, "source": text} for text in texts]}


def test_code_blocks_and_solutions_are_not_prose():
    folded = "<details>\n<summary>Solution</summary>\n\nmany words here\n\n```python\n1\n```\n</details>"
    assert minutes.prose(book(f"two words ```python\nx = 1\n``` {folded}")["cells"][0]).split() == ["two", "words"]


def test_exercises_count_with_the_minutes_of_their_headings():
    found = minutes.minutes(book("**Your turn.** (10 minutes, easy) Write it.", "**2 · Build it** (25 minutes, hard)"))
    assert found["exercises"] == 35


def test_twice_the_words_take_twice_as_long():
    one, two = (minutes.minutes(book("word " * 2_380 * times))["reading"] for times in (1, 2))
    assert (one, two) == (20, 40)


def test_the_promises_are_those_of_the_books(tmp_path):
    (tmp_path / "notebooks").mkdir()
    path = tmp_path / "notebooks" / "00_a.ipynb"
    path.write_text(json.dumps(book("# Title\n\n**Time:** later\n", "word " * 1_190)), encoding="utf-8")
    readme = "| notebook | question | minutes |\n| [00 A](notebooks/00_a.ipynb) | why? | 60 |\n| 09 | later | planned |"
    (tmp_path / "README.md").write_text(readme, encoding="utf-8")
    minutes.write(tmp_path)
    assert "**Time:** 10 minutes of reading, 5 of exercises; 5 as a lecture.\n" in source(read(path)["cells"][0])
    assert (tmp_path / "README.md").read_text(encoding="utf-8").splitlines()[1:] == [
        "| [00 A](notebooks/00_a.ipynb) | why? | 10 + 5 |",
        "| 09 | later | planned |",
    ]


def test_the_lecturers_notes_get_the_minutes_of_their_section_and_cost_the_learner_none(tmp_path):
    note = "<details><summary>For the lecturer (9 minutes)</summary>\n\n" + "word " * 1_190 + "\n\n</details>"
    cells = book("## One", note, "more", "still more", "## Two", note)["cells"]
    kinds = ("slide", "notes", "subslide", "subslide", "slide", "notes")
    for cell, kind in zip(cells, kinds, strict=True):
        cell["metadata"]["slideshow"] = {"slide_type": kind}
    (tmp_path / "notebooks").mkdir()
    (tmp_path / "notebooks" / "00_a.ipynb").write_text(json.dumps({"cells": cells}), encoding="utf-8")
    (tmp_path / "README.md").touch()
    minutes.write(tmp_path)
    written = read(tmp_path / "notebooks" / "00_a.ipynb")
    assert [minutes.NOTE.search(source(written["cells"][at]))[0] for at in (1, 5)] == [" (4 minutes)", " (2 minutes)"]
    assert minutes.minutes(written)["reading"] == 5  # the least that is said


def test_notebooks_and_readme_promise_what_is_counted():
    books = {path.name: read(path) for path in PATHS}
    text = (ROOT / "README.md").read_text(encoding="utf-8")
    assert minutes.with_minutes(text, books) == text
    promised = {name: minutes.LINE.search(source(found["cells"][0])) for name, found in books.items()}
    assert {name: line[0] for name, line in promised.items() if line} == {
        name: minutes.line(books[name]) for name, line in promised.items() if line
    }
    for name, found in books.items():
        for cells in minutes.sections(found):
            notes = [minutes.NOTE.search(source(cell)) for cell in cells if minutes.slide_type(cell) == "notes"]
            assert {note and note[0] for note in notes} <= {f" ({round(minutes.lectured(cells))} minutes)"}, name
