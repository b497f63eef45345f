"""Files of JSON lines, always whole on disk: what training and the experiments record."""

from __future__ import annotations

import json
import os
from pathlib import Path


def read(path) -> list[dict]:
    """All rows; a file that is not there has none, and a line cut short by a kill is left out."""
    path, rows = Path(path), []
    for line in path.read_text(encoding="utf-8").splitlines() if path.exists() else ():
        try:
            rows.append(json.loads(line))
        except ValueError:
            continue
    return rows


def write(path, rows) -> None:
    """Write all rows in one step: a kill leaves the old file or the new one, never a part."""
    path = Path(path)
    path.parent.mkdir(parents=True, exist_ok=True)
    unfinished = path.with_suffix(f".{os.getpid()}.part")
    unfinished.write_text("".join(json.dumps(row) + "\n" for row in rows), encoding="utf-8")
    os.replace(unfinished, path)
