"""The verdicts on the claims as one page of the site, each with a link to the cell that decides it."""

from __future__ import annotations

from helpers.setup.ledger import HEAD, Verdict, line, table


def anchor(claim: str) -> str:
    """The name of the place where a claim is decided.

    >>> anchor("C07")
    'verdict-c07'
    """
    return f"verdict-{claim.lower()}"


def verdict_page(rows: list[Verdict], sources: dict[str, dict]) -> str:
    """The verdicts as a page of Markdown, in the order of their claims; then who tells each, and what would turn it.

    sources: claim -> its row of data/claims.json.
    """
    rows = sorted(rows, key=lambda row: row.claim)
    lines = [
        line(row, sources[row.claim]["as_told"], f"[{row.notebook[:2]} {row.section}](#{anchor(row.claim)})")
        for row in rows
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
            "## Where each is told, and what would overturn the verdict",
            "",
            *(f"- **{row.claim}** {background(sources[row.claim])}" for row in rows),
            "",
        ]
    )


def background(source: dict) -> str:
    """A claim's tellers, its published number and what would overturn the verdict, as one line of Markdown.

    >>> background({"told_by": [{"who": "A", "where": "B", "url": "https://c.d"}], "published": None,
    ...             "overturned_by": "One case.", "rests_on": "wiring"})
    'Told by A, [B](https://c.d). Rests on wiring. It would be overturned by this: One case.'
    """
    told = "; ".join("{who}, [{where}]({url})".format(**place) for place in source["told_by"])
    parts = [f"Told by {told}.", *([_printed(source["published"])] if source["published"] else [])]
    parts.append(f"Rests on {source['rests_on']}.")
    if source["overturned_by"]:
        parts.append(f"It would be overturned by this: {source['overturned_by']}")
    return " ".join(parts)


def _printed(published: dict) -> str:
    return "In print: {number}. {what} ({source})".format(**published)
