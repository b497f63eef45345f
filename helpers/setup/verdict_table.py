"""The README's table of verdicts, made from the deciding cells by `make layout`: each claim, its verdict and where."""

from __future__ import annotations

from pathlib import Path

from helpers.setup import ledger, readme
from helpers.setup.environment import ROOT


def counted(rows: list[ledger.Verdict]) -> str:
    """How often each of the four verdicts was given, in words.

    >>> row = ledger.Verdict("C03", "holds", "9 of 9", "So.", "01_masks.ipynb", "4 · Who?")
    >>> counted([row, row])
    '2 claims: ✓ 2 holds, (✓) 0 holds with a caveat, ✗ 0 does not hold here, ? 0 open.'
    """
    given = [row.verdict for row in rows]
    return f"{len(rows)} claims: " + ", ".join(f"{m} {given.count(v)} {v}" for v, m in ledger.VERDICTS.items()) + "."


def lines(root: Path = ROOT) -> str:
    """The counts, and below them the table, folded."""
    told, rows = ledger.as_told(root), ledger.all_verdicts(root)
    cells = [ledger.line(row, told[row.claim], f"[{row.notebook[:2]}](notebooks/{row.notebook})") for row in rows]
    head, body = (ledger.HEAD[:3] + ledger.HEAD[-1:], [cell[:3] + cell[-1:] for cell in cells])
    folded = f"<details>\n<summary>All of them</summary>\n\n{ledger.table(head, body)}\n\n</details>\n"
    return f"{counted(rows)}\n\n{folded}"


def with_verdicts(text: str, *, root: Path = ROOT) -> str:
    """The README's text with the table as the notebooks have it now.

    Raises ValueError when the two comments between which the table stands are missing.
    """
    return readme.between(text, "<!-- verdicts -->", "<!-- end of verdicts -->", lines(root))


if __name__ == "__main__":
    readme.write(with_verdicts)
