"""The table of tasks as a DataFrame to read: scores with half of their interval, a mark on what is doubtful."""

from __future__ import annotations

import pandas as pd

MARK = " !"


def shown(mean: float, low: float, high: float, *, doubtful: bool = False) -> str:
    """A score as it stands in the table.

    >>> shown(0.9, 0.85, 0.95), shown(0.9, 0.85, 0.95, doubtful=True)
    ('0.90 ± 0.05', '0.90 ± 0.05 !')
    """
    return f"{mean:.2f} ± {(high - low) / 2:.2f}{MARK if doubtful else ''}"


def task_table(cells: pd.DataFrame, titles: dict) -> pd.DataFrame:
    """One row a task: metric, chance, look-up of single words, each family's score, the optimum.

    cells: one row for each task and family, as `experiments.tasks.table.best` gives them; titles: {task: words}.
    """
    rows = {}
    for task, group in cells.groupby("task", sort=False):
        first = group.iloc[0]
        families = {
            cell.family: shown(cell.mean, cell.low, cell.high, doubtful=bool(cell.doubts))
            for cell in group.itertuples()
        }
        ends = {name: "–" if pd.isna(first[name]) else f"{first[name]:.2f}" for name in ("chance", "lookup", "optimum")}
        rows[titles[task]] = {
            "metric": first["metric"],
            "chance": ends["chance"],
            "look-up": ends["lookup"],
            **families,
            "optimum": ends["optimum"],
        }
    return pd.DataFrame.from_dict(rows, orient="index").fillna("–")


def doubts_of(cells: pd.DataFrame, titles: dict) -> list[str]:
    """A line for each doubtful cell: task, family, and what is doubtful."""
    return [f"{titles[c.task]}, {c.family}: {', '.join(c.doubts)}" for c in cells.itertuples() if c.doubts]
