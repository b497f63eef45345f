"""The site's source, made from the notebooks and the README: nothing is written twice.

A notebook's copy carries the alternative text of its figures where myst-nb reads it, its first cell folded, no badges
(each page has buttons of its own) and an anchor at each deciding cell. Standard library only.
"""

from __future__ import annotations

import json
import re
import shutil
from collections.abc import Iterable
from pathlib import Path

from helpers.setup.alt_text import alt_text
from helpers.setup.ledger import claims, decided, sources
from helpers.setup.site.verdicts import anchor, verdict_page

# A link to a heading, as JupyterLab wants it: with the heading's capitals.
HEADING = re.compile(r"(?<=\]\()([\w./-]*\.ipynb)?#([\w-]+)(?=\))")
# A row of a table of verdicts that a notebook shows: its claim, and the address of the deciding cell in JupyterLab.
DECIDED = re.compile(r"^(\| (C\d\d) .*\]\([\w./-]*)\.ipynb#cell-id=[\w-]+(?=\))", re.MULTILINE)
BADGE = re.compile(r"^\[!\[Open in (?:Colab|Binder)\]")  # a line of badges begins so
FOLDED = {"first-cell": "hide-input"}  # a tag of the course -> the tag with which myst-nb folds a cell's code
CONTENTS = """
```{{toctree}}
:hidden:
:caption: {caption}
{pages}
```
"""


def for_site(book: dict) -> dict:
    """A copy of a notebook as the site shows it."""
    book = json.loads(json.dumps(book))
    cells = []
    for cell in book["cells"]:
        details = cell["metadata"]
        if alt := alt_text(cell):
            details["mystnb"] = {**details.get("mystnb", {}), "image": {"alt": alt}}
        tags = details.get("tags", [])
        if folds := [FOLDED[tag] for tag in tags if tag in FOLDED]:
            details["tags"] = [*tags, *folds]
        if cell["cell_type"] == "markdown":
            cell["source"] = with_lower_anchors(without_badge(text_of(cell)))
        for output in cell.get("outputs", []):
            if DECIDED.search(text := "".join(output.get("data", {}).get("text/markdown", ""))):
                output["data"]["text/markdown"] = with_site_places(text)
        if "verdict" in details:
            mark = f"({anchor(claims(cell)[0])})="
            cells.append({"cell_type": "markdown", "id": f"site-{len(cells)}", "metadata": {}, "source": mark})
        cells.append(cell)
    return {**book, "cells": cells}


def without_badge(text: str) -> str:
    """A text without its line of badges.

    >>> without_badge("# A title\\n\\n[![Open in Colab](badge.svg)](https://colab.example)")
    '# A title'
    """
    return "\n".join(line for line in text.split("\n") if not BADGE.match(line)).strip("\n")


def with_lower_anchors(text: str) -> str:
    """A text whose links to headings are in small letters, as the site's pages name them.

    >>> with_lower_anchors("a [nat](00_two_siblings.ipynb#Glossary)")
    'a [nat](00_two_siblings.ipynb#glossary)'
    """
    return HEADING.sub(lambda link: f"{link[1] or ''}#{link[2].lower()}", text)


def with_site_places(text: str) -> str:
    """A table of verdicts whose links lead to the site's anchors.

    >>> with_site_places("| C07 | told | [05](05_pet.ipynb#cell-id=c05-9) |")
    '| C07 | told | [05](05_pet.html#verdict-c07) |'
    """
    return DECIDED.sub(lambda row: f"{row[1]}.html#{anchor(row[2])}", text)


def glossary(books: dict[str, dict]) -> str | None:
    """The notebooks' cells with the tag "glossary", or headed so, as one page; None when there is none."""
    texts = [
        text_of(cell)
        for book in books.values()
        for cell in book["cells"]
        if cell["cell_type"] == "markdown"
        and (
            "glossary" in cell["metadata"].get("tags", []) or re.match(r"#+ (?:.*· )?Glossary\s*$", text_of(cell), re.M)
        )
    ]
    bodies = [re.sub(r"\A#+ .*\n*", "", text) for text in texts]
    return "\n\n".join(["# Glossary", *bodies, ""]) if bodies else None


def text_of(cell: dict) -> str:
    return "".join(cell["source"])


def contents(caption: str, pages: Iterable[str]) -> str:
    """A hidden table of contents: the site's side bar."""
    return CONTENTS.format(caption=caption, pages="\n".join(pages))


def write(root: Path, out: Path) -> list[str]:
    """Write the site's source into a folder; returns the names of the pages, without their endings."""
    shutil.rmtree(out, ignore_errors=True)
    (out / "notebooks").mkdir(parents=True)
    paths = sorted((root / "notebooks").glob("*.ipynb"))
    books = {path.name: json.loads(path.read_text(encoding="utf-8")) for path in paths}
    for name, book in books.items():
        (out / "notebooks" / name).write_text(json.dumps(for_site(book), ensure_ascii=False), encoding="utf-8")
    readme = without_badge((root / "README.md").read_text(encoding="utf-8"))
    rows = [row for name, book in books.items() for row in decided(book, name)]
    own = {path.stem: path.read_text(encoding="utf-8") for path in sorted((root / "site").glob("*.md"))}
    pages = {
        name: text.replace("](../", "](") for name, text in own.items()
    }  # on the site they stand beside the README
    pages |= {"verdicts": verdict_page(rows, sources(root))} if rows else {}
    pages |= {"glossary": words} if (words := glossary(books)) else {}
    chapters = [f"notebooks/{path.stem}" for path in paths]
    pages["index"] = readme + contents("Notebooks", chapters) + contents("Beside them", pages)
    for name, text in pages.items():
        (out / f"{name}.md").write_text(text, encoding="utf-8")
    copy_linked(readme, root=root, out=out)
    return [*pages, *chapters]


def copy_linked(text: str, *, root: Path, out: Path) -> None:
    """Copy the files to which a text's relative links lead, but for the notebooks."""
    for target in re.findall(r"\]\((?!https?://)([^)#]+)\)", text):
        if not (out / target).exists() and (root / target).is_file():
            (out / target).parent.mkdir(parents=True, exist_ok=True)
            shutil.copyfile(root / target, out / target)
