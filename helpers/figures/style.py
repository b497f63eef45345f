"""What all figures of the course share: a colour and a marker a family, the canvas, and display with alternative text.

`show(figure, alt=...)` displays a matplotlib `Figure` with a text for those who cannot see it.
"""

from __future__ import annotations

import base64
import io
import os
from dataclasses import dataclass

import numpy
from IPython.display import display
from matplotlib.backends.backend_agg import FigureCanvasAgg
from matplotlib.figure import Figure

from helpers.setup import alt_text
from helpers.setup.alt_text import SWITCH


@dataclass(frozen=True)
class Style:
    """Colour and marker of one thing wherever it is drawn."""

    colour: str
    marker: str
    line: str = "-"

    def for_line(self) -> dict:
        """The same as keyword arguments of matplotlib's `plot`."""
        return {"color": self.colour, "marker": self.marker, "linestyle": self.line}


# Okabe and Ito's colours, told apart by every kind of eye; the marker says it once more.
STYLES = {
    "encoder": Style("#0072B2", "o"),
    "decoder": Style("#D55E00", "s"),
    "encoder-decoder": Style("#009E73", "^"),
    "exact": Style("black", "", "--"),
}
OTHERS = (Style("#CC79A7", "D"), Style("#E69F00", "v"), Style("#56B4E9", "P"), Style("#999999", "X"))


def style_of(name, *, index=0):
    """The style of a family, of "exact", or else one of the other colours by number.

    >>> style_of("decoder").marker
    's'
    """
    return STYLES.get(name) or OTHERS[index % len(OTHERS)]


def to_array(values):
    """A numpy array from a list, an array or a tensor (booleans become 0 and 1)."""
    return numpy.asarray(values.detach().cpu() if hasattr(values, "detach") else values, dtype=float)


def new_figure(columns=1, *, rows=1, width=4.0, height=3.2):
    """A figure and its axes (rows, columns); made without pyplot, so that nothing is shown twice or kept open."""
    figure = Figure(figsize=(width * columns, height * rows), layout="constrained")
    return figure, figure.subplots(rows, columns, squeeze=False)


def to_png(figure, *, dpi=100) -> bytes:
    """The figure as PNG bytes."""
    FigureCanvasAgg(figure)
    buffer = io.BytesIO()
    figure.savefig(buffer, format="png", dpi=dpi)
    return buffer.getvalue()


def show(figure, *, alt):
    """Display a figure in a notebook with its alternative text, which also stands for it wherever images cannot.

    Where `make lab` opens copies, an HTML image carries the text into the page (`helpers.setup.alt_text`).
    Raises ValueError for a text of under 20 characters: say what is drawn and what is to be seen in it.
    """
    if len(alt.strip()) < 20:
        raise ValueError(f"alt text {alt!r} is too short: say what is drawn and what is to be seen, in a sentence")
    image = base64.b64encode(to_png(figure)).decode()
    data = {"image/png": image, "text/plain": f"Figure: {alt}"}
    if os.environ.get(SWITCH):
        data["text/html"] = alt_text.image(image, alt)
    display(data, raw=True, metadata={"image/png": {"alt": alt}})
