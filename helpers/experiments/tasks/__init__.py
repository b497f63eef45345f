"""The table of nine tasks: every method of every family, fine-tuned and scored beside chance and the exact optimum.

Question: which family does which task, once each has learnt what it can? Changed: the model and its method; held fixed
for a task: examples, steps, batch, learning rates tried (`budgets`). Beside each score stand chance (the most frequent
training answer in most tasks, unread), the best look-up of single words, and the exact optimum on the same texts;
beside each learnt method the same method at step zero. The searches record validation curves; what still rises at the
end is trained longer in `suitability.more_steps`.

Searches on validation, tests with seeds, bounds, and what the best cells cost. `families` says who does what how,
`runs` fine-tunes one cell, `table` reads the rows. course-t5 with four blocks in each stack (nearly twice the weights,
as many blocks for each word as the others have) joins the tasks that decide, once it is trained.

Cost on one core, about: classification and entities 20 s a run, QA 120 s, similarity 75 s, the tasks that write
40 s; some 700 runs, 510 minutes in all.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator

from helpers.experiments.runner import Experiment, Search, stale_reason
from helpers.experiments.tasks import budgets, costs, families, runs
from helpers.tasks import TASKS
from helpers.training.finetuning import FineTuning

CELL = ("task", "family", "model", "method")
SEEDS = (0, 1, 2, 3, 4)
BOUNDS = ("exact", "chance")


def cells() -> Iterator[dict]:
    """Every model of every family with each of its methods at every task, as the fields that their rows share."""
    for name, task in TASKS.items():
        for family, models in families.families(name).items():
            for model in models:
                for method in families.methods(task, family):
                    yield {"task": name, "family": family, "model": model, "method": method.name}


def seeds_of(task: str, family: str = "") -> tuple[int, ...]:
    """The seeds of a task's tests and bounds; fewer where the deeper control reads two texts, four times the time."""
    return SEEDS[:3] if task == "similarity" and family in families.DEEPER else SEEDS


def learns(cell: dict) -> bool:
    """Whether the method of a cell is trained at all."""
    return families.method_named(TASKS[cell["task"]], cell["family"], cell["method"]).learns


def grid() -> Iterator[dict]:
    """All points. A cell that does not learn has one point on validation in place of a search."""
    for cell in cells():
        if not learns(cell):
            yield {"stage": "search", **cell, "seed": 0}
        elif has_zero(cell):
            yield from ({"stage": "zero", **cell, "seed": seed} for seed in seeds_of(cell["task"], cell["family"]))
        yield from ({"stage": "test", **cell, "seed": seed} for seed in seeds_of(cell["task"], cell["family"]))
    for task in TASKS:
        yield from ({"stage": "bound", "task": task, "who": who, "seed": s} for s in SEEDS for who in BOUNDS)
    yield from cost_points()


def has_zero(cell: dict) -> bool:
    """Whether step zero tells something: texts are written before any fine-tuning, classes named by a fresh head."""
    return cell["task"] == "classification" or TASKS[cell["task"]].form == "text"


def search(point: dict) -> Search | None:
    """The learning rates that are tried for the cell of a test; the grid goes on once where its best one is an end."""
    if point["stage"] != "test" or not learns(point):
        return None
    cell = {name: value for name, value in point.items() if name != "seed"}
    task = point["task"]
    below, recipes, above = (budgets.recipes(task, r) for r in (budgets.BELOW, budgets.RATES, budgets.ABOVE))
    beyond = {"below": below, "above": above, "worth": budgets.WORTH}
    return Search({**cell, "stage": "search"}, recipes, TASKS[task].metric, **beyond)


def cost_points() -> Iterator[dict]:
    """One point a task, as soon as the searches say what the best cell of each family is."""
    found, known = searched(), EXPERIMENT.by_identity()
    for task in TASKS:
        best = {}
        for cell in (c for c in cells() if c["task"] == task and c["family"] in families.FAMILIES):
            tries = found[tuple(cell.values())]
            if not tries or (learns(cell) and not EXPERIMENT.chosen(search({"stage": "test", **cell}), known)):
                break
            best.setdefault(cell["family"], []).append((*max(tries, key=lambda tried: tried[0]), cell))
        else:
            winners = {family: max(tried, key=lambda each: each[0])[1:] for family, tried in best.items()}
            yield {"stage": "cost", "task": task, "recipe": {f: contender(*winner) for f, winner in winners.items()}}


def searched() -> dict[tuple, list]:
    """What the searches have found under the present weights: cell -> (score, recipe or None), smallest rate first."""
    found = defaultdict(list)
    for row in EXPERIMENT.rows():
        known = budgets.recipes(row["task"], (*budgets.BELOW, *budgets.RATES, *budgets.ABOVE))
        if row["stage"] == "search" and row.get("recipe") in (*known, None) and not stale_reason(row):
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
    how = {name: point[name] for name in ("model", "method", "seed")}
    if point["stage"] == "zero":
        return runs.unlearnt(task, point["family"], **how)
    recipe = FineTuning(**point["recipe"]) if "recipe" in point else budgets.recipe_of(point["task"])
    if point["stage"] == "search":
        return runs.searched(task, point["family"], recipe=recipe, **how)
    return runs.run(task, point["family"], recipe=recipe, **how).scores


def bound(task, who: str, seed: int) -> dict:
    """The score of a reader that knows the language, or of one that does not look."""
    test = task.examples("test", seed=seed)
    if who == "exact":
        return task.exact(test)
    return task.chance(task.examples("train", seed=seed) if task.form != "cloze" else (), test)


EXPERIMENT = Experiment("tasks", grid=grid, run=run, search=search, models=models)
