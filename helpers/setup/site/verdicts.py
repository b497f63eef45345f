"""The verdicts on the claims: gathered from the metadata of the cells that decide them, written as one page.

Standard library only.
"""

from __future__ import annotations

import re
from dataclasses import dataclass

VERDICTS = {"holds": "✓", "holds with a caveat": "(✓)", "does not hold here": "✗"}


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
