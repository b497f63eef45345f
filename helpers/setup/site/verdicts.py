"""The verdicts on the claims as one page of the site, each with a link to the cell that decides it."""

from __future__ import annotations

from helpers.setup.ledger import VERDICTS, Verdict, table

HEAD = ("claim", "as told", "verdict", "number", "why", "decided in")


def anchor(claim: str) -> str:
    """The name of the place where a claim is decided.

    >>> anchor("C07")
    'verdict-c07'
    """
    return f"verdict-{claim.lower()}"


def verdict_page(rows: list[Verdict], *, as_told: dict[str, str]) -> str:
    """The verdicts as a page of Markdown, in the order of their claims.

    as_told: claim -> its popular form.
    """
    lines = [
        (
            row.claim,
            as_told[row.claim],
            f"{VERDICTS[row.verdict]} {row.verdict}",
            row.number,
            row.because,
            f"[{row.notebook[:2]} {row.section}](#{anchor(row.claim)})",
        )
        for row in sorted(rows, key=lambda row: row.claim)
    ]
    return "\n".join(
        [
            "# Verdicts",
            "",
            "What people are told about BERT, GPT, T5 and BART, and what came of it when it was measured here.",
            "Each verdict is given by one cell of a notebook; the link leads to it.",
            "",
            table(HEAD, lines),
            "",
        ]
    )
