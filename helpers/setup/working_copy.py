"""The learner's own copies of the notebooks, in `my/`, which git ignores: a pull never meets an answer.

Each copy carries in its metadata what it was copied from, so that one can tell whether the original has changed since,
and whether the learner has written into it. Standard library only.
"""

import datetime
import hashlib
import json
from collections.abc import Collection
from pathlib import Path

from helpers.setup.alt_text import alt_text, with_alt

ORIGINALS, OWN = "notebooks", "my"
NOTE = "copied_from"  # in a copy's metadata: {"original": digest, "cells": digest}


def read(path: Path) -> dict:
    """A notebook as a dictionary."""
    return json.loads(path.read_text(encoding="utf-8"))


def digest(text: str) -> str:
    """A short checksum."""
    return hashlib.sha256(text.encode()).hexdigest()[:16]


def written(book: dict) -> str:
    """A checksum of what stands in a notebook's cells; outputs and metadata do not count.

    >>> a = {"cells": [{"cell_type": "code", "source": ["x = 1\\\\n", "x"], "outputs": []}]}
    >>> written(a) == written({"cells": [{"cell_type": "code", "source": "x = 1\\\\nx", "outputs": ["1"]}]})
    True
    """
    return digest(json.dumps([[cell["cell_type"], "".join(cell["source"])] for cell in book["cells"]]))


def note(original: Path) -> dict[str, str]:
    """What a copy says about the original that it was made from."""
    return {"original": digest(original.read_text(encoding="utf-8")), "cells": written(read(original))}


def copy(original: Path, to: Path) -> None:
    """Write a fresh copy of a notebook, with its note; figures become images that carry their text."""
    book = read(original)
    for cell in book["cells"]:
        if cell["cell_type"] == "code":
            cell["outputs"] = [with_alt(output, alt_text(cell)) for output in cell["outputs"]]
    book["metadata"] = {**book["metadata"], NOTE: note(original)}
    to.write_text(json.dumps(book, indent=1, ensure_ascii=False, sort_keys=True) + "\n", encoding="utf-8")


def outdated(own: Path, original: Path) -> bool:
    """Whether the original has changed since the copy was made, or the copy does not say."""
    return read(own)["metadata"].get(NOTE) != note(original)


def touched(own: Path) -> bool:
    """Whether somebody has written into a copy since it was made, or the copy does not say."""
    book = read(own)
    return book["metadata"].get(NOTE, {}).get("cells") != written(book)


def prepare(root: Path) -> list[str]:
    """Copy the notebooks that are not in `my/` yet; returns the names of copies whose original has changed since."""
    (root / OWN).mkdir(exist_ok=True)
    old = []
    for original in sorted((root / ORIGINALS).glob("*.ipynb")):
        own = root / OWN / original.name
        if not own.exists():
            copy(original, own)
        elif outdated(own, original):
            old.append(original.name)
    return old


def dated(path: Path, day: datetime.date) -> Path:
    """A free name beside a file, with the day in it.

    >>> dated(Path("nowhere/01_x.ipynb"), datetime.date(2026, 3, 1)).name
    '01_x.2026-03-01.ipynb'
    """
    names = [f"{path.stem}.{day}{ending}{path.suffix}" for ending in ("", *(f".{n}" for n in range(2, 1000)))]
    return next(free for name in names if not (free := path.with_name(name)).exists())


def renew(root: Path, *, only: Collection[str] = (), day: datetime.date | None = None) -> list[str]:
    """Replace copies by fresh ones; a copy with the learner's own words stays beside, under a name with today's date.

    only: numbers such as "03", renewed in any case; without them, every copy whose original has changed.

    Returns a line for each notebook that is renewed.

    Raises ValueError where a number belongs to no notebook.
    """
    originals = sorted((root / ORIGINALS).glob("*.ipynb"))
    if strange := set(only) - {path.name[:2] for path in originals}:
        raise ValueError(f"no notebook has the number {', '.join(sorted(strange))}: write two digits, as in 03")
    prepare(root)
    lines = []
    for original in originals:
        own = root / OWN / original.name
        if original.name[:2] in only if only else outdated(own, original):
            kept = dated(own, day or datetime.date.today()) if touched(own) else None
            if kept:
                own.rename(kept)
            copy(original, own)
            lines.append(f"{OWN}/{own.name} is new" + (f"; yours is now {OWN}/{kept.name}" if kept else ""))
    return lines
