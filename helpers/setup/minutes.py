"""How long a notebook takes to read, to work through and to lecture from: counted, and written where it is promised.

`python -m helpers.setup.minutes` writes the line that starts with `**Time:**` in each notebook's first cell and the
last column of the README's table of notebooks. Words are read at 238 a minute (Brysbaert 2019, Journal of Memory and
Language 109, silent reading of English non-fiction), and half as fast here, where most sentences carry a number; code
at 20 lines a minute; a figure for 20 seconds. Exercises count with the minutes that their headings name; a slide of a
lecture for a minute and a half. The lecturer's notes, folded below the headings, get the minutes of their sections.
"""

from __future__ import annotations

import json
import re
from itertools import groupby
from operator import itemgetter
from pathlib import Path

from helpers.setup.environment import ROOT
from helpers.setup.ledger import with_sections

WORDS, LINES, FIGURES, SLIDES = 238 / 2, 20, 3, 1 / 1.5  # a minute
CODE = re.compile(r"```.*?```", re.DOTALL)
FOLDED = re.compile(r"<details>\s*<summary>\s*Solution.*?</details>", re.DOTALL)
EXERCISE = re.compile(r"\*\*[^*\n]+\*\* \((\d+)(?:-\d+)? minutes, (?:easy|medium|hard)")
NOTE = re.compile(r"(?<=<summary>For the lecturer) \([^)]*\)(?=</summary>)")
LINE = re.compile(r"^\*\*Time:\*\*.*$", re.MULTILINE)


def slide_type(cell: dict) -> str | None:
    """What a cell is in the slides: slide, subslide, fragment, skip, notes or nothing of these."""
    return cell.get("metadata", {}).get("slideshow", {}).get("slide_type")


def prose(cell: dict) -> str:
    """The text of a markdown cell that the learner reads: no code blocks, solutions, lecturer's notes or HTML tags."""
    text = "".join(cell["source"]) if cell["cell_type"] == "markdown" and slide_type(cell) != "notes" else ""
    return re.sub(r"<[^>]+>", " ", CODE.sub(" ", FOLDED.sub(" ", text)))


def minutes(book: dict) -> dict[str, int]:
    """Minutes of reading, of exercises and of a lecture, to the next five.

    >>> text = {"cell_type": "markdown", "source": "word " * 1185 + "**Your turn.** (10 minutes, easy)"}
    >>> minutes({"cells": [text]})
    {'reading': 10, 'exercises': 10, 'lecture': 5}
    """
    cells = book["cells"]
    code = [cell for cell in cells[2:] if cell["cell_type"] == "code"]  # the first cell is plumbing
    figures = sum("image/png" in output.get("data", {}) for cell in code for output in cell["outputs"])
    words = sum(len(prose(cell).split()) for cell in cells)
    lines = sum(len("".join(cell["source"]).splitlines()) for cell in code)
    counted = {
        "reading": words / WORDS + lines / LINES + figures / FIGURES,
        "exercises": sum(int(found) for cell in cells for found in EXERCISE.findall(prose(cell))),
        "lecture": lectured(cells),
    }
    return {name: max(5, 5 * round(value / 5)) for name, value in counted.items()}


def lectured(cells: list[dict]) -> float:
    """Minutes that the slides of some cells take in a lecture."""
    return sum(slide_type(cell) in ("slide", "subslide") for cell in cells) / SLIDES


def sections(book: dict) -> list[list[dict]]:
    """The cells of each section of a notebook."""
    return [[cell for cell, _ in cells] for _, cells in groupby(with_sections(book), key=itemgetter(1))]


def line(book: dict) -> str:
    """The promise as it stands in the notebook."""
    return "**Time:** {reading} minutes of reading, {exercises} of exercises; {lecture} as a lecture.".format(
        **minutes(book)
    )


def with_minutes(text: str, books: dict[str, dict]) -> str:
    """The README's text with the minutes of each notebook, reading + exercises, in the last column of its row."""
    for name, book in books.items():
        found = minutes(book)
        row = re.compile(rf"^(\|.*notebooks/{re.escape(name)}\).*\|)[^|\n]*\|$", re.MULTILINE)
        text = row.sub(rf"\g<1> {found['reading']} + {found['exercises']} |", text)
    return text


def edit(cell: dict, pattern: re.Pattern, text: str) -> None:
    """Put a text where a pattern stands in a cell."""
    cell["source"] = pattern.sub(text, "".join(cell["source"])).splitlines(keepends=True)


def write(root: Path = ROOT) -> None:
    """Bring the notebooks' lines and the README's column up to date."""
    books = {}
    for path in sorted((root / "notebooks").glob("*.ipynb")):
        text = path.read_text(encoding="utf-8")
        books[path.name] = book = json.loads(text)
        edit(book["cells"][0], LINE, line(book))
        for cells in sections(book):
            promise = f" ({round(lectured(cells))} minutes)"
            for cell in cells:
                edit(cell, NOTE, promise)
        written = json.dumps(book, indent=1, ensure_ascii=False) + "\n"
        if written != text:
            path.write_text(written, encoding="utf-8")
    readme = root / "README.md"
    readme.write_text(with_minutes(readme.read_text(encoding="utf-8"), books), encoding="utf-8")


if __name__ == "__main__":
    write()
