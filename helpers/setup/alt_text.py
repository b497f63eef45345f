"""A figure with the text for those who cannot see it, as HTML: the one form in which a browser is told of both.

A notebook stores a figure as PNG with its text in the output's metadata, which JupyterLab and nbconvert do not show.
Slides and the learner's copies therefore hold `<img alt="...">` instead, and figures drawn there come as such (SWITCH).
Standard library only.
"""

from __future__ import annotations

import html

SWITCH = "COURSE_FIGURES_AS_HTML"  # an environment variable: set where copies are worked on, as `make lab` does


def image(png: str, alt: str) -> str:
    """A PNG in base64 as an HTML image with its alternative text.

    >>> image("AA==", "A <curve>.")
    '<img alt="A &lt;curve&gt;." src="data:image/png;base64,AA==">'
    """
    return f'<img alt="{html.escape(alt)}" src="data:image/png;base64,{"".join(png.split())}">'


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


def with_alt(output: dict, alt: str | None) -> dict:
    """A stored figure as an HTML image with its text; other outputs, and figures without a text, as they are."""
    data = output.get("data", {})
    if "image/png" not in data or not alt:
        return output
    others = {kind: value for kind, value in data.items() if kind != "image/png"}
    return {**output, "data": {**others, "text/html": image("".join(data["image/png"]), alt)}, "metadata": {}}
