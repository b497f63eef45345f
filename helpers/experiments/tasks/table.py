"""The table as a DataFrame: each method's mean and interval, chance, optimum, and what makes a row doubtful."""

from __future__ import annotations

import pandas as pd

from helpers.evaluation.intervals import interval
from helpers.experiments import tasks
from helpers.experiments.runner import edge
from helpers.experiments.tasks import families
from helpers.experiments.tasks.budgets import WORTH, flattened
from helpers.tasks import TASKS

SEEDS = 3  # fewer say nothing about a scatter
APART = 0.1  # seeds further apart than this disagree
RATE = "recipe.learning_rate"


def table(**match) -> pd.DataFrame:
    """One row for each task, family, model and method; of a task and family the best on validation stands first.

    mean, low, high: of the task's metric over the seeds, on test examples; share, share_low, share_high: the same as a
    share of the distance from chance to the optimum, seed by seed; doubts: words, () without any; stale: what the rows
    are too old for, "" when they are current.
    `match` keeps the rows with these values: table(task="code", family="encoder").
    Raises ValueError for a task, family, model or method that is in no row.
    """
    found, tries = runs(), _scored("search")
    tried = searches(tries)
    rows = [_row(cell, group, tried[cell], tries) for cell, group in found.groupby(list(tasks.CELL), sort=False)]
    made = pd.DataFrame(rows).sort_values("validation", ascending=False, kind="stable")
    order = {
        name: list(names).index for name, names in (("task", TASKS), ("family", families.FAMILIES | families.DEEPER))
    }
    places = made.apply(lambda row: [order[name](row[name]) for name in order], axis=1)
    return matching(made.loc[places.sort_values(kind="stable").index].reset_index(drop=True), match)


def matching(frame: pd.DataFrame, match: dict) -> pd.DataFrame:
    """The rows that have all these values.

    Raises ValueError for a value that no row has, listing those that there are.
    """
    for name, value in match.items():
        known = list(dict.fromkeys(frame[name]))
        if value not in known:
            raise ValueError(f"no {name} is called {value!r} here; choose one of {', '.join(map(str, known))}")
        frame = frame[frame[name] == value]
    return frame


def best(**match) -> pd.DataFrame:
    """The first row of each task and family: the model and method that is best on validation."""
    return table(**match).drop_duplicates(["task", "family"])


def runs(**match) -> pd.DataFrame:
    """One row for each test run: task, family, model, method, seed, score, chance, optimum and share.

    Raises ValueError when chance is as good as the optimum: nothing can be learnt from such a task.
    """
    bounds = _scored("bound")
    ends = bounds.pivot(index=["task", "seed"], columns="who", values="score")
    known = bounds.reindex(columns=[*bounds, *({"lookup"} - set(bounds))])
    ends["lookup"] = known.groupby(["task", "seed"])["lookup"].max()
    found = _scored("test").merge(ends.reset_index(), on=["task", "seed"])
    found = found.rename(columns={"exact": "optimum", RATE: "learning_rate"})
    if (useless := found[found["optimum"] - found["chance"] < 1e-6]).size:
        task, chance, optimum = useless.iloc[0][["task", "chance", "optimum"]]
        raise ValueError(f"{task}: chance {chance:.3g} is no less than the optimum {optimum:.3g}; use another metric")
    share = (found["score"] - found["chance"]) / (found["optimum"] - found["chance"])
    return matching(found.assign(share=share).sort_values("seed", kind="stable"), match)


def searches(found: pd.DataFrame | None = None) -> dict[tuple, dict[float, float]]:
    """Learning rate -> score on validation of each cell (task, family, model, method); NaN where none is tried."""
    found = (_scored("search") if found is None else found).sort_values(RATE, kind="stable")
    return {cell: dict(zip(group[RATE], group["score"])) for cell, group in found.groupby(list(tasks.CELL))}


def _scored(stage: str) -> pd.DataFrame:
    """The rows of a stage with their task's metric as `score`; stale rows stand for a model until it has new ones."""
    experiment = tasks.EXPERIMENT
    names = dict.fromkeys(row.get("model") for row in experiment.rows() if row["stage"] == stage)
    found = pd.concat([experiment.frame(stage=stage, **({"model": name} if name else {})) for name in names or [None]])
    return found.assign(score=[row[TASKS[row["task"]].metric] for _, row in found.iterrows()])


def _row(cell: tuple, group: pd.DataFrame, tried: dict[float, float], tries: pd.DataFrame) -> dict:
    """One cell's row from its runs and its search."""
    rate, ends = group["learning_rate"].iloc[0], group[["chance", "lookup", "optimum"]].mean()
    return {
        **dict(zip(tasks.CELL, cell)),
        "metric": TASKS[cell[0]].metric,
        **dict(zip(("mean", "low", "high"), interval(group["score"]))),
        **dict(zip(("share", "share_low", "share_high"), interval(group["share"]))),
        **ends,
        "validation": tried.get(rate, max(tried.values())),
        "learning_rate": rate,
        "doubts": doubts(group["score"] - group["optimum"], tried, curve=curve_of(cell, rate, tries)),
        "stale": ", ".join(sorted({*group["stale"]} - {""})),
    }


def curve_of(cell: tuple, rate: float, found: pd.DataFrame) -> list:
    """The validation curve [[step, score], ...] of a cell at one learning rate in rows of searches; [] without one."""
    same = (found[list(tasks.CELL)] == list(cell)).all(axis=1) & (found.get(RATE, pd.Series(dtype=float)) == rate)
    curves = found[same].get("curve", pd.Series(dtype=object)).dropna()
    return curves.iloc[0] if len(curves) else []


def curves(cells: pd.DataFrame) -> pd.DataFrame:
    """The validation curves of rows of `table()`, at their chosen rates: task, family, model, method, step, score."""
    found = _scored("search")
    rows = [
        {**{name: cell[name] for name in tasks.CELL}, "step": step, "score": score}
        for _, cell in cells.iterrows()
        for step, score in curve_of(tuple(cell[list(tasks.CELL)]), cell["learning_rate"], found)
    ]
    return pd.DataFrame(rows, columns=[*tasks.CELL, "step", "score"])


def zero_steps(**match) -> pd.DataFrame:
    """One row for each run of a method before any fine-tuning: task, family, model, method, seed, score."""
    return matching(_scored("zero")[[*tasks.CELL, "seed", "score"]], match)


def doubts(values, search: dict, *, curve=()) -> tuple[str, ...]:
    """What makes a row untrustworthy, in words; empty when nothing does.

    values: the score of each seed, less the optimum on the same examples (another seed draws other examples);
    search: learning rate -> score on validation; curve: the validation curve at the chosen rate.

    >>> doubts([0.9, 0.91, 0.7], {1e-4: 0.5, 1e-3: 0.9})
    ('seeds disagree', 'search ended at its edge')
    >>> doubts([0.9, 0.91, 0.92], {1e-4: 0.5, 1e-3: 0.9, 1e-2: 0.4})
    ()
    """
    found = [f"fewer than {SEEDS} seeds"] if len(values) < SEEDS else []
    found += ["seeds disagree"] if max(values) - min(values) > APART else []
    found += ["search ended at its edge"] if edge([search[rate] for rate in sorted(search)], WORTH) else []
    found += ["still rising"] if len(curve) > 1 and not flattened(curve) else []
    return tuple(found)


def costs(*, ratios: bool = True) -> pd.DataFrame:
    """What each family's cell costs beside its quality, a row for each (task, family): as ratios to the encoder, or in
    seconds and numbers of weights; NaN where the encoder's is 0. Beside the ratios stand the answers' milliseconds."""
    found = tasks.EXPERIMENT.frame(stage="cost").set_index("task")
    values = {
        (task, family): {name.partition(".")[2]: row[name] for name in found if name.startswith(f"{family}.")}
        for task, row in found.iterrows()
        for family in families.FAMILIES
    }
    made = pd.DataFrame.from_dict(values, orient="index")
    made.index.names = ["task", "family"]
    base = made.xs("encoder", level="family").reindex(made.index.get_level_values("task")).to_numpy()
    if not ratios:
        return made
    answers = made.filter(items=["one example", "batch of 32"]) * 1_000
    return made.div(base).where(base != 0).join(answers.add_suffix(", ms"))
