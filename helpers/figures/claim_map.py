"""All verdicts on one slide: a tile for each claim, one band of tiles for each notebook that decides them.

A verdict shows as a colour and as a mark; the colours are none of a family's.
"""

from __future__ import annotations

from itertools import groupby

from matplotlib.figure import Figure
from matplotlib.patches import Patch, Rectangle

from helpers.setup.ledger import VERDICTS

COLOURS = {"holds": "#56B4E9", "holds with a caveat": "#F0E442", "does not hold here": "#CC79A7", "open": "white"}
LATER = "not decided yet"
SIZE = 11.5  # points, as projected
COLUMNS = 8


def bands(rows, titles: dict[str, str]) -> list[tuple[str, list]]:
    """(title, rows) of each line of tiles: by notebook, at most COLUMNS in a line; what no cell decides stands last.

    rows: verdicts as `ledger.all_verdicts` gives them; titles: {file name of a notebook: words}. A notebook that needs
    a second line has its title in front of the first one only.

    >>> from helpers.setup.ledger import Verdict
    >>> row = Verdict("C07", "holds", "1", "So.", "05_pet.ipynb", "2 · Few")
    >>> [(title, len(line)) for title, line in bands([row] * 9, {"05_pet.ipynb": "05 PET"})]
    [('05 PET', 8), ('', 1)]

    Raises KeyError for a notebook without a title.
    """
    found = []
    for notebook, group in groupby(
        sorted(rows, key=lambda row: (row.notebook or "~", row.claim)), lambda r: r.notebook
    ):
        group = list(group)
        starts = range(0, len(group), COLUMNS)
        title = titles[notebook] if notebook else LATER
        found += [(title if start == 0 else "", group[start : start + COLUMNS]) for start in starts]
    return found


def claim_map(rows, names: dict[str, str], titles: dict[str, str], *, width: float = 13.3) -> Figure:
    """The map of the verdicts.

    rows, titles: as for `bands`; names: {claim: a word or two}.
    Raises KeyError for a claim without a name, or a verdict that is none of the four.
    """
    lines = bands(rows, titles)
    figure = Figure(figsize=(width, 0.9 + 0.6 * len(lines)), layout="constrained")
    axis = figure.subplots()
    for height, (_, tiles) in enumerate(lines):
        for place, row in enumerate(tiles):
            _tile(axis, place, height, row, names[row.claim])
    axis.set(xlim=(-0.05, COLUMNS + 0.05), ylim=(len(lines), -0.05), xticks=[])
    axis.set_yticks(
        [height + 0.45 for height in range(len(lines))], labels=[title for title, _ in lines], fontsize=SIZE
    )
    axis.tick_params(length=0)
    axis.spines[:].set_visible(False)
    handles = [Patch(facecolor=COLOURS[v], edgecolor="black", label=f"{mark} {v}") for v, mark in VERDICTS.items()]
    figure.legend(handles=handles, loc="outside lower center", ncols=len(handles), fontsize=SIZE + 1, frameon=False)
    return figure


def _tile(axis, place: int, height: int, row, name: str) -> None:
    """One claim: its number with the verdict's mark, and its name below."""
    line = "--" if row.verdict == "open" else "-"
    box = Rectangle((place, height), 0.96, 0.9, facecolor=COLOURS[row.verdict], edgecolor="black", lw=0.8, ls=line)
    axis.add_patch(box)
    centre = place + 0.48
    axis.text(centre, height + 0.25, f"{row.claim} {VERDICTS[row.verdict]}", ha="center", va="center", fontsize=SIZE)
    axis.text(centre, height + 0.65, name, ha="center", va="center", fontsize=SIZE)
