"""Files of recorded results: one JSON line a run, always whole on disk; and the interval over the seeds."""

from __future__ import annotations

import json
import os
from pathlib import Path


def read(path) -> list[dict]:
    """All rows; a file that is not there has none, and a line cut short is left out."""
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
    unfinished = path.with_suffix(".part")
    unfinished.write_text("".join(json.dumps(row) + "\n" for row in rows), encoding="utf-8")
    os.replace(unfinished, path)


def interval(values, *, level=0.95) -> tuple[float, float, float]:
    """Mean and Student's t interval of the mean: (mean, low, high); one value alone gives an infinite interval.

    >>> [round(number, 2) for number in interval([1.0, 2.0, 3.0])]
    [2.0, -0.48, 4.48]
    """
    import numpy as np
    from scipy.stats import t

    values = np.asarray(values, dtype=float)
    mean = float(values.mean())
    if len(values) < 2:
        return mean, -np.inf, np.inf
    half = float(t.ppf((1 + level) / 2, len(values) - 1) * values.std(ddof=1) / len(values) ** 0.5)
    return mean, mean - half, mean + half
