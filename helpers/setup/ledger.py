"""The course's verdicts on the claims of data/claims.json, read from the cells that decide them.

A claim is decided in one code cell. Its metadata hold the claim's id, the verdict, the deciding number and one
sentence: {"claim": ["C15"], "verdict": "holds", "number": "...", "because": "..."}. A cell that only touches a claim
has no verdict. `verdicts(2)` shows the table of notebook 02, `all_verdicts()` holds a row for each claim, and `linked`
shows any rows with links to their cells.
"""

from __future__ import annotations

import json
import re
import sys
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path

from helpers.setup import adopt
from helpers.setup.environment import ROOT

HEAD = ("claim", "as told", "verdict", "number", "because", "decided in")
VERDICTS = {"holds": "✓", "holds with a caveat": "(✓)", "does not hold here": "✗", "open": "?"}


class Table(str):
    """A table in Markdown, which a notebook shows as one."""

    def _repr_markdown_(self) -> str:
        return str(self)


@dataclass(frozen=True)
class Verdict:
    """What a deciding cell says of a claim, and where it stands."""

    claim: str
    verdict: str
    number: str
    because: str
    notebook: str
    section: str
    cell: str = ""


def claims(cell: dict) -> list[str]:
    """The ids of the claims that a cell speaks of; its metadata may name one without a list.

    >>> claims({"metadata": {"claim": "C07"}}), claims({"metadata": {}})
    (['C07'], [])
    """
    found = cell["metadata"].get("claim", [])
    return [found] if isinstance(found, str) else found


def sources(root: Path = ROOT) -> dict[str, dict]:
    """What data/claims.json says of each claim, by id.

    as_told: the popular form; short: the same in a word or two; told_by: where it is told; published: the number in
    print that bears most on it, or None; overturned_by: what would turn the course's verdict, None while there is none;
    rests_on: Tinytown, real models too, or wiring, which holds for any weights.
    """
    rows = json.loads((root / "data" / "claims.json").read_text(encoding="utf-8"))
    return {row["id"]: row for row in rows}


def as_told(root: Path = ROOT) -> dict[str, str]:
    """The claims in their popular form, by id."""
    return {claim: row["as_told"] for claim, row in sources(root).items()}


def names(root: Path = ROOT) -> dict[str, str]:
    """The claims in a word or two, by id."""
    return {claim: row["short"] for claim, row in sources(root).items()}


def titles(root: Path = ROOT) -> dict[str, str]:
    """The notebooks' titles, each with its number, by file name."""
    books = {path.name: json.loads(path.read_text(encoding="utf-8")) for path in (root / "notebooks").glob("*.ipynb")}
    heads = {name: "".join(book["cells"][0]["source"]).split("\n")[0] for name, book in sorted(books.items())}
    return {name: f"{name[:2]} · " + head.lstrip("# ").removeprefix(f"{name[:2]} · ") for name, head in heads.items()}


def decided(book: dict, notebook: str) -> list[Verdict]:
    """What a notebook decides, in the order of its cells.

    Raises ValueError for a verdict that is none of the four, or without its claim, number or reason; it names the cell.
    """
    cells = [(cell, section) for cell, section in with_sections(book) if "verdict" in cell["metadata"]]
    return [_of_cell(cell, notebook=notebook, section=section) for cell, section in cells]


def with_sections(book: dict) -> list[tuple[dict, str]]:
    """The cells of a notebook, each with the heading under which it stands ("" before the first)."""
    found, section = [], ""
    for cell in book["cells"]:
        if headings := re.findall(r"^##? (.+)$", "".join(cell["source"]), re.M) * (cell["cell_type"] == "markdown"):
            section = headings[-1]
        found.append((cell, section))
    return found


def _of_cell(cell: dict, *, notebook: str, section: str) -> Verdict:
    says, ids = cell["metadata"], claims(cell)
    number, because = (str(says.get(name, "")) for name in ("number", "because"))
    if cell["cell_type"] != "code" or says["verdict"] not in VERDICTS or len(ids) != 1 or not number or not because:
        raise ValueError(
            f"{notebook}, cell {cell.get('id')}: the metadata of a deciding code cell hold one claim, a number, a "
            f"because and a verdict, one of {', '.join(VERDICTS)}; here claim {ids!r}, verdict {says['verdict']!r}, "
            f"number {number!r}, because {because!r}"
        )
    return Verdict(ids[0], says["verdict"], number, because, notebook, section, cell.get("id", ""))


def all_verdicts(root: Path = ROOT) -> list[Verdict]:
    """One row for each claim of data/claims.json, in its order; a claim that no cell decides yet is open.

    Raises ValueError for a claim that two cells decide; it names both.
    """
    rows: dict[str, Verdict] = {}
    for path in sorted((root / "notebooks").glob("*.ipynb")):
        for row in decided(json.loads(path.read_text(encoding="utf-8")), path.name):
            if other := rows.get(row.claim):
                raise ValueError(
                    f"{row.claim} is decided in {other.notebook}, cell {other.cell}, and in {row.notebook}, "
                    f"cell {row.cell}: take the verdict out of one"
                )
            rows[row.claim] = row
    return [
        rows.get(claim) or Verdict(claim, "open", "–", "No cell decides it yet.", "", "") for claim in as_told(root)
    ]


def linked(rows: Iterable[Verdict], root: Path = ROOT) -> Table:
    """The table of some rows, each with a link to the cell that decides it.

    rows: `all_verdicts()`, or the rows of a DataFrame made of them, `frame.itertuples()`.
    """
    told = as_told(root)
    return Table(table(HEAD, [line(row, told[row.claim], f"[{place(row)}]({address(row)})") for row in rows]))


def line(row: Verdict, told: str, link: str) -> tuple[str, ...]:
    """One row of a table with the columns of HEAD; without a deciding cell the last one is a dash."""
    return (
        row.claim,
        told,
        f"{VERDICTS[row.verdict]} {row.verdict}",
        row.number,
        row.because,
        link if row.notebook else "–",
    )


def place(row: Verdict) -> str:
    """Where a claim is decided, in words.

    >>> place(Verdict("C03", "holds", "9 of 9", "So.", "01_masks.ipynb", "4 · Who?"))
    '01, 4 · Who?'
    """
    return f"{row.notebook[:2]}, {row.section}"


def address(row: Verdict, *, on_colab: bool | None = None) -> str:
    """The deciding cell's address: beside this notebook, or on Colab where the notebook runs there.

    JupyterLab finds a cell by its id. (It does not find a heading with a sign such as ·, which browsers encode.)

    >>> address(Verdict("C03", "holds", "9 of 9", "So.", "01_masks.ipynb", "4 · Who?", "c01-7"), on_colab=False)
    '01_masks.ipynb#cell-id=c01-7'
    """
    on_colab = "google.colab" in sys.modules if on_colab is None else on_colab
    if on_colab:
        base = f"https://colab.research.google.com/github/{adopt.slug(adopt.address())}/blob/main/notebooks/"
        return f"{base}{row.notebook}#scrollTo={row.cell}"
    return f"{row.notebook}#cell-id={row.cell}"


def verdicts(number: int, root: Path = ROOT) -> Table:
    """The table of what notebook `number` decides: each claim as told, its verdict, the number and the reason.

    Raises FileNotFoundError for a number that no notebook has.
    """
    paths = sorted((root / "notebooks").glob(f"{number:02d}_*.ipynb"))
    if not paths:
        raise FileNotFoundError(f"no notebook {number:02d}_*.ipynb in {root / 'notebooks'}; they start with 00")
    told, book = as_told(root), json.loads(paths[0].read_text(encoding="utf-8"))
    rows = [
        (found.claim, told[found.claim], f"*{found.verdict}*", found.number, found.because)
        for found in decided(book, paths[0].name)
    ]
    return Table(table(("claim", "as told", "verdict", "number", "because"), rows))


def table(head, rows) -> str:
    """Rows of texts as a Markdown table.

    >>> print(table(("a", "b"), [("1", "x | y")]))
    | a | b |
    |---|---|
    | 1 | x \\| y |
    """
    lines = ["| " + " | ".join(text.replace("|", r"\|") for text in row) + " |" for row in [head, *rows]]
    return "\n".join([lines[0], "|" + "---|" * len(head), *lines[1:]])
