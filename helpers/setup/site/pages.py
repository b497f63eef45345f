"""The site's source, made from the notebooks and the README: nothing is written twice.

A notebook's copy carries the alternative text of its figures where myst-nb reads it, its first cell folded, no badges
(each page has buttons of its own) and an anchor at each deciding cell. Standard library only.
"""

from __future__ import annotations

import json
import re
import shutil
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path

BADGE = re.compile(r"^\[!\[Open in (?:Colab|Binder)\]")  # a line of badges begins so
FOLDED = {"first-cell": "hide-input"}  # a tag of the course -> the tag with which myst-nb folds a cell's code
VERDICTS = {"holds": "✓", "holds with a caveat": "(✓)", "does not hold here": "✗"}
CONTENTS = """
```{{toctree}}
:hidden:
:caption: {caption}
{pages}
```
"""


@dataclass(frozen=True)
class Verdict:
    """What a deciding cell says of a claim, and where it stands."""

    claim: str
    verdict: str
    number: str
    sentence: str
    notebook: str
    section: str


def text_of(cell: dict) -> str:
    return "".join(cell["source"])


def alt_text(cell: dict) -> str | None:
    """The alternative text of a code cell's figure: its output's metadata, else the cell's own.

    >>> alt_text({"metadata": {}, "outputs": [{"metadata": {"image/png": {"alt": "A curve."}}}]})
    'A curve.'
    """
    for output in cell.get("outputs", []):
        for details in output.get("metadata", {}).values():
            if isinstance(details, dict) and details.get("alt"):
                return details["alt"]
    return cell["metadata"].get("alt")


def claims(cell: dict) -> list[str]:
    """The ids of the claims that a cell speaks of; its metadata may name one without a list.

    >>> claims({"metadata": {"claim": "C07"}}), claims({"metadata": {}})
    (['C07'], [])
    """
    found = cell["metadata"].get("claim", [])
    return [found] if isinstance(found, str) else found


def anchor(claim: str) -> str:
    """The name of the place where a claim is decided.

    >>> anchor("C07")
    'verdict-c07'
    """
    return f"verdict-{claim.lower()}"


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
            cell["source"] = without_badge(text_of(cell))
        if "verdict" in details:
            marks = [f"({anchor(claim)})=" for claim in claims(cell)]
            cells.append(
                {"cell_type": "markdown", "id": f"site-{len(cells)}", "metadata": {}, "source": "\n".join(marks)}
            )
        cells.append(cell)
    return {**book, "cells": cells}


def without_badge(text: str) -> str:
    """A text without its line of badges.

    >>> without_badge("# A title\\n\\n[![Open in Colab](badge.svg)](https://colab.example)")
    '# A title'
    """
    return "\n".join(line for line in text.split("\n") if not BADGE.match(line)).strip("\n")


def verdicts(books: dict[str, dict]) -> list[Verdict]:
    """The verdicts of all notebooks (name -> notebook) in the order of their claims.

    Raises ValueError for a verdict that is none of the three, or that names no claim, with its notebook.
    """
    found = []
    for name, book in books.items():
        section = ""
        for cell in book["cells"]:
            if headings := re.findall(r"^##? (.+)$", text_of(cell), re.MULTILINE) * (cell["cell_type"] == "markdown"):
                section = headings[-1]
            if "verdict" in cell["metadata"]:
                found += _of_cell(cell, notebook=name, section=section)
    return sorted(found, key=lambda verdict: verdict.claim)


def _of_cell(cell: dict, *, notebook: str, section: str) -> list[Verdict]:
    details, ids = cell["metadata"], claims(cell)
    verdict = details["verdict"]
    if verdict not in VERDICTS or not ids:
        raise ValueError(
            f"{notebook}: a cell's metadata say verdict {verdict!r} of claim {ids!r}; "
            f'write one of {", ".join(VERDICTS)}, and "claim": ["C07"]'
        )
    number, sentence = (str(details.get(key, "")) for key in ("number", "sentence"))
    return [Verdict(claim, verdict, number, sentence, notebook, section) for claim in ids]


def verdict_page(rows: list[Verdict], *, as_told: dict[str, str]) -> str:
    """The verdicts as a page of Markdown; columns that no row fills are left out.

    as_told: claim -> its popular form, where that is known.
    """
    head = ["claim", "as told", "verdict", "number", "why", "decided in"]
    table = [
        [
            row.claim,
            as_told.get(row.claim, ""),
            f"{VERDICTS[row.verdict]} {row.verdict}",
            row.number,
            row.sentence,
            f"[{row.notebook[:2]} {row.section}](#{anchor(row.claim)})",
        ]
        for row in rows
    ]
    used = [i for i in range(len(head)) if any(row[i] for row in table)]
    lines = ["| " + " | ".join(row[i].replace("|", r"\|") for i in used) + " |" for row in [head, *table]]
    rule = "|" + "---|" * len(used)
    return "\n".join(
        [
            "# Verdicts",
            "",
            "What people are told about BERT, GPT, T5 and BART, and what came of it when it was measured here.",
            "Each verdict is given by one cell of a notebook; the link leads to it.",
            "",
            *[lines[0], rule, *lines[1:]],
            "",
        ]
    )


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
    ledger = root / "data" / "claims.json"
    as_told = {row["id"]: row["as_told"] for row in json.loads(ledger.read_text("utf-8"))} if ledger.exists() else {}
    rows = verdicts(books)
    pages = {path.stem: path.read_text(encoding="utf-8") for path in sorted((root / "site").glob("*.md"))}
    pages |= {"verdicts": verdict_page(rows, as_told=as_told)} if rows else {}
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
