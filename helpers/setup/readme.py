"""What is written into the README by machine: parts that stand between two comments, replaced as a whole."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

README = Path(__file__).resolve().parents[2] / "README.md"


def between(text: str, first: str, last: str, new: str) -> str:
    r"""The text with what stands between two comments, a line each, exchanged.

    >>> between("a\n<!-- b -->\nold\n<!-- end -->\nc", "<!-- b -->", "<!-- end -->", "new\n")
    'a\n<!-- b -->\nnew\n<!-- end -->\nc'

    Raises ValueError when a comment is missing, or the second does not follow the first.
    """
    before, found, rest = text.partition(f"{first}\n")
    _, closed, after = rest.partition(last)
    if not found or not closed:
        raise ValueError(f"README.md has no {first!r} ... {last!r}; put both lines back")
    return before + found + new + closed + after


def write(change: Callable[[str], str]) -> None:
    """Put what `change` makes of the README's text in its place."""
    README.write_text(change(README.read_text(encoding="utf-8")), encoding="utf-8")
