"""The table of nine tasks: every method of every family, fine-tuned and scored beside chance and the exact optimum.

Searches on validation, tests with seeds, bounds, and what the best cells cost. `families` says who does what how,
`runs` fine-tunes one cell, `table` reads the rows, `live` repeats one cell.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator
from dataclasses import replace

from helpers.experiments.runner import Experiment, Search, stale_reason
from helpers.experiments.tasks import costs, families, runs
from helpers.tasks import TASKS
from helpers.training.finetuning import FineTuning

CELL = ("task", "family", "model", "method")
SEEDS = (0, 1, 2)
BOUNDS = ("exact", "chance")
RECIPES = tuple(replace(runs.RECIPE, learning_rate=rate).to_dict() for rate in runs.RATES)


def cells() -> Iterator[dict]:
    """Every model of every family with each of its methods at every task, as the fields that their rows share."""
    for name, task in TASKS.items():
        for family, models in families.FAMILIES.items():
            for model in models:
                for method in families.methods(task, family):
                    yield {"task": name, "family": family, "model": model, "method": method.name}


def learns(cell: dict) -> bool:
    """Whether the method of a cell is trained at all."""
    return families.method_named(TASKS[cell["task"]], cell["family"], cell["method"]).learns


def grid() -> Iterator[dict]:
    """All points. A cell that does not learn has one point on validation in place of a search."""
    for cell in cells():
        if not learns(cell):
            yield {"stage": "search", **cell, "seed": 0}
        yield from ({"stage": "test", **cell, "seed": seed} for seed in SEEDS)
    for task in TASKS:
        yield from ({"stage": "bound", "task": task, "who": who, "seed": s} for s in SEEDS for who in BOUNDS)
    yield from cost_points()


def search(point: dict) -> Search | None:
    """The learning rates that are tried for the cell of a test."""
    if point["stage"] != "test" or not learns(point):
        return None
    cell = {name: value for name, value in point.items() if name != "seed"}
    return Search({**cell, "stage": "search"}, RECIPES, TASKS[point["task"]].metric)


def cost_points() -> Iterator[dict]:
    """One point a task, as soon as the searches say what the best cell of each family is."""
    found = searched()
    for task in TASKS:
        best = {}
        for cell in (cell for cell in cells() if cell["task"] == task):
            tries = found[tuple(cell.values())]
            if len(tries) < (len(RECIPES) if learns(cell) else 1):
                break
            best.setdefault(cell["family"], []).append((*max(tries, key=lambda tried: tried[0]), cell))
        else:
            winners = {family: max(tried, key=lambda each: each[0])[1:] for family, tried in best.items()}
            yield {"stage": "cost", "task": task, "recipe": {f: contender(*winner) for f, winner in winners.items()}}


def searched() -> dict[tuple, list]:
    """What the searches have found under the present weights: cell -> (score, recipe or None), smallest rate first."""
    found = defaultdict(list)
    for row in EXPERIMENT.rows():
        if row["stage"] == "search" and row.get("recipe") in (*RECIPES, None) and not stale_reason(row):
            score = row["scores"][TASKS[row["task"]].metric]
            found[tuple(row[name] for name in CELL)].append((score, row.get("recipe")))
    return defaultdict(list, {cell: sorted(tries, key=_rate) for cell, tries in found.items()})


def _rate(tried) -> float:
    return tried[1]["learning_rate"] if tried[1] else 0.0


def contender(recipe: dict | None, cell: dict) -> dict:
    """What is measured of a family: its model, its method, and the recipe where there is one."""
    return {"model": cell["model"], "method": cell["method"], **({"recipe": recipe} if recipe else {})}


def models(point: dict) -> tuple[str, ...]:
    """The course models whose weights decide the scores of a point."""
    if point["stage"] == "cost":
        return tuple(cell["model"] for cell in point["recipe"].values())
    return (point["model"],) if "model" in point else ()


def run(point: dict) -> dict:
    """The scores of a point."""
    task = TASKS[point["task"]]
    if point["stage"] == "cost":
        return costs.measured(task, point["recipe"])
    if point["stage"] == "bound":
        return bound(task, point["who"], point["seed"])
    recipe = FineTuning(**point["recipe"]) if "recipe" in point else runs.RECIPE
    how = {name: point[name] for name in ("model", "method", "seed")}
    split = "validation" if point["stage"] == "search" else "test"
    return runs.run(task, point["family"], recipe=recipe, split=split, **how).scores


def bound(task, who: str, seed: int) -> dict:
    """The score of a reader that knows the language, or of one that does not look."""
    test = task.examples("test", seed=seed)
    if who == "exact":
        return task.exact(test)
    return task.chance(task.examples("train", seed=seed) if task.form != "cloze" else (), test)


EXPERIMENT = Experiment("tasks", grid=grid, run=run, search=search, models=models)
