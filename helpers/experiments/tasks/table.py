"""The table, read from the record: each cell with its interval, chance, optimum, and what makes it doubtful."""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass

from helpers.experiments import results
from helpers.experiments.tasks import families
from helpers.experiments.tasks.record import RECORD
from helpers.tasks import TASKS

WORTH = 0.02  # a lead on validation that is smaller than this is not counted
APART = 0.1  # seeds further apart than this disagree


@dataclass(frozen=True)
class Cell:
    """One way of one family at one task: mean and 95 % interval over the seeds, on the test examples."""

    task: str
    family: str
    model: str
    way: str
    metric: str
    mean: float
    low: float
    high: float
    values: tuple[float, ...]
    chance: float | None
    optimum: float | None
    learning_rate: float | None
    validation: float
    doubts: tuple[str, ...]


def doubts(values, search: dict) -> tuple[str, ...]:
    """What makes a row untrustworthy, in words; empty when nothing does.

    values: the score of each seed, less the optimum on the same examples where it is known (another seed draws other
    examples); search: learning rate -> score on validation.

    >>> doubts([0.9, 0.91, 0.7], {1e-4: 0.5, 1e-3: 0.9})
    ('seeds disagree', 'search ended at its edge')
    >>> doubts([0.9, 0.91, 0.92], {1e-4: 0.5, 1e-3: 0.9, 1e-2: 0.4})
    ()
    """
    found = []
    if len(values) < 3:
        found.append("fewer than 3 seeds")
    if max(values) - min(values) > APART:
        found.append("seeds disagree")
    rates = sorted(search)
    best = max(rates, key=search.get)
    if len(rates) > 1 and best in (rates[0], rates[-1]):
        neighbour = rates[1] if best == rates[0] else rates[-2]
        if search[best] - search[neighbour] > WORTH:
            found.append("search ended at its edge")
    return tuple(found)


def bound(task: str, who: str, metric: str, seeds, record=RECORD) -> float | None:
    """Mean chance ("chance") or optimum ("exact") over the same seeds; None where it is not recorded."""
    rows = [r for r in record.read() if (r["stage"], r["task"], r.get("who")) == ("bound", task, who)]
    values = [row["scores"][metric] for row in rows if row["seed"] in seeds and metric in row["scores"]]
    return sum(values) / len(values) if values else None


def ways(task: str, family: str, *, metric: str | None = None, record=RECORD) -> list[Cell]:
    """Every recorded way and model of a family at a task, the best on validation first; empty when there is none.

    Raises ValueError for an unknown task or family.
    """
    if task not in TASKS:
        raise ValueError(f"no task is called {task!r}; choose one of {', '.join(TASKS)}")
    families.ways(TASKS[task], family)  # refuses an unknown family
    rows = [row for row in record.read() if (row["task"], row.get("family")) == (task, family)]
    groups = defaultdict(list)
    for row in rows:
        if row["stage"] == "test":
            groups[row["model"], row["way"]].append(row)
    cells = [_cell(task, family, *name, group, rows, metric, record) for name, group in groups.items()]
    return sorted(cells, key=lambda cell: -cell.validation)


def _cell(task, family, model, way, tests, rows, metric, record):
    """A cell from its test rows; rows of weights or recipes older than the last row's do not count."""
    last, main = tests[-1], TASKS[task].metric
    tests = [row for row in tests if (row["weights"], row["recipe"]) == (last["weights"], last["recipe"])]
    tests = sorted(tests, key=lambda row: row["seed"])
    search = _search(rows, model, way, last["weights"], main)
    values = tuple(row["scores"][metric or main] for row in tests)
    seeds, rate = {row["seed"] for row in tests}, (last["recipe"] or {}).get("learning_rate")
    bounds = [bound(task, who, metric or main, seeds, record) for who in ("chance", "exact")]
    left = [row["scores"][main] - (bound(task, "exact", main, [row["seed"]], record) or 0) for row in tests]
    return Cell(
        task,
        family,
        model,
        way,
        metric or main,
        *results.interval(values),
        values,
        *bounds,
        rate,
        search.get(rate, max(search.values())),
        doubts(left, search),
    )


def _search(rows, model, way, weights, metric) -> dict:
    tried = [row for row in rows if row["stage"] == "search"]
    match = [row for row in tried if (row["model"], row["way"], row["weights"]) == (model, way, weights)]
    return {(row["recipe"] or {}).get("learning_rate"): row["scores"][metric] for row in match}


def cell(task: str, family: str, *, way=None, model=None, metric=None, record=RECORD) -> Cell:
    """The cell of a family at a task: the way and model with the best score on validation, unless they are named.

    Raises FileNotFoundError when it is not recorded, naming the command; ValueError for an unknown task or family.
    """
    found = [
        c for c in ways(task, family, metric=metric, record=record) if way in (None, c.way) and model in (None, c.model)
    ]
    if not found:
        raise FileNotFoundError(
            f"{record.path} has no row for {task}, {family}; `{record.command} --tasks {task}` makes it"
        )
    return found[0]


def cells(*, record=RECORD) -> list[Cell]:
    """One cell for each task and family that is recorded, in the order of the table."""
    return [found[0] for task in TASKS for family in families.FAMILIES if (found := ways(task, family, record=record))]


def search(task: str, family: str, *, way=None, model=None, record=RECORD) -> dict[float, float]:
    """Learning rate -> score on validation, for the cell's way and model."""
    found = cell(task, family, way=way, model=model, record=record)
    rows = [row for row in record.read() if (row["task"], row.get("family")) == (task, family)]
    weights = [r["weights"] for r in rows if (r["model"], r["way"]) == (found.model, found.way)][-1]
    return dict(sorted(_search(rows, found.model, found.way, weights, found.metric).items()))


def costs(task: str, *, ratios: bool = True, record=RECORD) -> dict[str, dict[str, float]]:
    """What each family's cell costs beside its quality, as ratios to the encoder, or in seconds, numbers and bytes.

    Raises FileNotFoundError when it is not recorded.
    """
    measured = record.rows(stage="cost", task=task)[-1]["scores"]
    if not ratios:
        return measured
    base = measured["encoder"]
    return {
        family: {name: value / base[name] if base[name] else float("nan") for name, value in row.items()}
        for family, row in measured.items()
    }
