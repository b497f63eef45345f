"""One runner for every recorded experiment: a grid of points, a search on validation, seeds, rows that know their age.

A *point* is a dict of plain values that says what is run: {"stage": "test", "task": "code", "seed": 0}. Its row in
data/results/NAME.jsonl adds what else decides the result (the recipe that the search chose, the fingerprint of the
language and of every course model's weights), and the scores. What is recorded under the same identity is not run
again; a row of other weights, of another language or of a point that is gone is *stale*: it stays readable until its
successor is there, and the two are never mixed.

>>> def run(point):
...     return {"accuracy": 1 - abs(point["recipe"]["rate"] - 3) / 10}
>>> example = Experiment("example", grid=lambda: [{"stage": "test", "seed": s} for s in (0, 1)], run=run,
...                      search=lambda point: Search({"stage": "search"}, ({"rate": 1}, {"rate": 3}), "accuracy"))
>>> [round(run({"recipe": recipe})["accuracy"], 1) for recipe in example.search({}).recipes]
[0.8, 1.0]
"""

from __future__ import annotations

import functools
import time
from collections import Counter
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field, replace
from pathlib import Path

import pandas as pd

from helpers import tinytown
from helpers.models import DATA, load_course
from helpers.models.course import is_trained, weights_fingerprint
from helpers.training import rows

RESULT_FIELDS = ("scores", "seconds", "command")  # what a run adds to the identity of its row
OTHER_WEIGHTS = "other weights of "
PROVENANCE = ("language", "weights", "recipe")  # what may change while the point stays the same


@dataclass(frozen=True)
class Search:
    """Recipes that are tried on validation before a point is run; the one with the highest mean score is taken.

    point: what the tries have in common, without seed and recipe; score: the column that is compared (a path of names
    with dots); ties go to the first recipe. With `lowest` the smallest score wins.
    below, above: recipes beyond the first and the last one. When that end leads its neighbour by more than `worth`, the
    search goes on once on this side; `at_edge` says whether the best recipe stands at the end even then.
    """

    point: dict
    recipes: tuple[dict, ...]
    score: str
    seeds: tuple[int, ...] = (0,)
    lowest: bool = False
    below: tuple[dict, ...] = ()
    above: tuple[dict, ...] = ()
    worth: float = 0.0

    def tries(self) -> list[dict]:
        """The points of the search: one for each recipe and seed."""
        return [{**self.point, "seed": seed, "recipe": recipe} for recipe in self.recipes for seed in self.seeds]


def no_search(point: dict) -> None:
    """For points that have nothing to choose."""


def no_models(point: dict) -> tuple[str, ...]:
    """For points that read no course model."""
    return ()


@dataclass(frozen=True)
class Experiment:
    """A file of rows and what makes them.

    grid() yields the points in the order in which they are to be run; search(point) says what is chosen on validation
    first, or None; run(point) makes the scores of a point, which has a "recipe" where there was a search; models(point)
    names the course models whose weights decide the scores. All four are functions of a module, so that another process
    can call them.
    """

    name: str
    grid: Callable[[], Iterable[dict]]
    run: Callable[[dict], dict]
    search: Callable[[dict], Search | None] = no_search
    models: Callable[[dict], tuple[str, ...]] = no_models
    folder: Path = field(default=DATA / "results")

    @property
    def path(self) -> Path:
        return self.folder / f"{self.name}.jsonl"

    @property
    def command(self) -> str:
        return f"python -m helpers.experiments {self.name}"

    def rows(self, **match) -> list[dict]:
        """The rows of the file whose fields have these values; all of them without any."""
        return [row for row in rows.read(self.path) if all(row.get(name) == value for name, value in match.items())]

    def identity(self, point: dict) -> dict:
        """The point, with the language and the weights that its scores depend on."""
        weights = {model: weights_of(model) for model in self.models(point)}
        return {**point, "language": language_here(), **({"weights": weights} if weights else {})}

    def by_identity(self) -> dict:
        """The rows by what identifies them."""
        return {_key(_identity(row)): row for row in self.rows()}

    def chosen(self, search: Search, known=None) -> dict | None:
        """The recipe that a search has found under the present weights; None while a try is missing.

        known: what `by_identity` gives, for many calls.
        """
        known = self.by_identity() if known is None else known
        search = self.extended(search, known)
        means = self._means(search, known)
        return search.recipes[max(range(len(means)), key=means.__getitem__)] if means else None

    def extended(self, search: Search, known=None) -> Search:
        """The search itself, or with the recipes beyond its end once its best recipe stands there."""
        side = edge(self._means(search, self.by_identity() if known is None else known), search.worth)
        if side == "first":
            return replace(search, recipes=(*search.below, *search.recipes))
        return replace(search, recipes=(*search.recipes, *search.above)) if side == "last" else search

    def at_edge(self, search: Search) -> bool:
        """Whether the best recipe of a search, extended where it had to be, still stands at its end."""
        known = self.by_identity()
        return bool(edge(self._means(self.extended(search, known), known), search.worth))

    def _means(self, search: Search, known: dict) -> list[float]:
        """The mean score of each recipe, larger is better; [] while a try is missing."""
        tries = [(point["recipe"], known.get(_key(self.identity(point)))) for point in search.tries()]
        if any(row is None for _, row in tries):
            return []
        sign = -1 if search.lowest else 1
        return [
            sign * _mean(score_of(row, search.score) for tried, row in tries if tried == recipe)
            for recipe in search.recipes
        ]

    def age(self, **match) -> str:
        """One sentence: whether the rows with these values were measured on the models as they are here."""
        found = self.rows(**match)
        what = " ".join([self.path.name, *(f"{name}={value}" for name, value in match.items())])
        others = sorted({model for row in found for model in _retrained(row)})
        reasons = ["another language"] if any(row.get("language") != language_here() for row in found) else []
        reasons += [OTHER_WEIGHTS + ", ".join(others)] if others else []
        if not reasons:
            return f"{what}: measured on the models that are here"
        return f"{what}: measured on {', '.join(reasons)}; `{self.command}` measures again"

    def frame(self, **match) -> pd.DataFrame:
        """The recorded rows whose fields have these values, a column for each field and score; nested names get dots.

        A column `stale` says in words why a row is out of date ("" when it is current). Where some of the rows that
        match are current, the stale ones are left out: the two are never mixed (half-way through a
        re-run, half of the seeds are there).
        Raises FileNotFoundError when nothing matches, naming the command that makes the rows.
        """
        found = self.rows(**match)
        if not found:
            what = ", ".join(f"{name}={value!r}" for name, value in match.items())
            raise FileNotFoundError(f"{self.path} has no row with {what or 'anything'}; `{self.command}` makes them")
        ages = [stale_reason(row) for row in found]
        if "" in ages:
            found, ages = [row for row, age in zip(found, ages) if not age], [""] * ages.count("")
        table = pd.json_normalize(found, sep=".")
        table.columns = [name.removeprefix("scores.") for name in table.columns]
        return table.assign(stale=ages)


def edge(means, worth: float = 0.0) -> str:
    """Which end of a grid leads its neighbour by more than `worth` and is the best of all: "first", "last" or "".

    >>> edge([0.5, 0.9, 0.6]), edge([0.5, 0.6, 0.9]), edge([0.91, 0.9, 0.6], worth=0.02)
    ('', 'last', '')
    """
    if len(means) < 2:
        return ""
    top = max(range(len(means)), key=means.__getitem__)
    if top == 0 and means[0] - means[1] > worth:
        return "first"
    return "last" if top == len(means) - 1 and means[-1] - means[-2] > worth else ""


def score_of(row: dict, score: str):
    """One score of a row by its path.

    >>> score_of({"scores": {"recall": {"10": 0.7}}}, "recall.10")
    0.7
    """
    value = row["scores"]
    if score in value:
        return value[score]
    for name in score.split("."):
        value = value[name]
    return value


def _mean(values) -> float:
    values = list(values)
    return sum(values) / len(values)


def _identity(row: dict) -> dict:
    return {name: value for name, value in row.items() if name not in RESULT_FIELDS}


def _point(row: dict) -> dict:
    return {name: value for name, value in _identity(row).items() if name not in PROVENANCE}


def _key(value):
    """A dict of plain values as something that can be compared and hashed."""
    if isinstance(value, dict):
        return tuple(sorted((name, _key(each)) for name, each in value.items()))
    return tuple(map(_key, value)) if isinstance(value, list | tuple) else value


@functools.cache
def language_here() -> str:
    """The fingerprint of the language that documents are drawn from."""
    return tinytown.training_language().fingerprint()


@functools.cache
def weights_of(model: str) -> str:
    """The fingerprint of a course model as it lies on disk."""
    return weights_fingerprint(load_course(model)[0])


def stale_reason(row: dict) -> str:
    """Why a row is out of date, in words; "" when language and weights are the present ones.

    Of a control that is not here, nothing can be said but its language.
    """
    ages = ["another language"] if row.get("language") != language_here() else []
    return ", ".join([*ages, *(OTHER_WEIGHTS + model for model in _retrained(row))])


def _retrained(row: dict) -> list[str]:
    """The course models of a row that are here with other weights."""
    there = {model: weights for model, weights in row.get("weights", {}).items() if is_trained(model)}
    return [model for model, weights in there.items() if weights != weights_of(model)]


@dataclass(frozen=True)
class Plan:
    """What is recorded, what is to run, and why: points to run now, points that wait for a search, rows too old.

    stale: how many rows are too old, by reason; old: the identities of these rows.
    """

    todo: list[dict]
    waiting: list[dict]
    current: int
    stale: dict[str, int]
    old: frozenset

    def __str__(self) -> str:
        stale = "; ".join(f"{count} stale ({why})" for why, count in self.stale.items())
        waits = f", then {len(self.waiting)} more" if self.waiting else ""
        return f"{self.current} current, {len(self.todo)} to run{waits}" + (f"; {stale}" if stale else "")


def plan(experiment: Experiment, *, only=()) -> Plan:
    """Compare the grid with the rows; `only` is a list of filters, each point -> bool."""
    done = experiment.by_identity()
    todo, waiting, wanted = {}, [], set()
    for point in experiment.grid():
        search = experiment.search(point)
        recipe = experiment.chosen(search, done) if search else None
        tries = experiment.extended(search, done).tries() if search else []
        wanted |= {_key(experiment.identity(each)) for each in tries}
        ready = [point]
        if search:
            ready = [{**point, "recipe": recipe}] if recipe else []
        wanted |= {_key(experiment.identity(each)) for each in ready}
        if not all(keep(point) for keep in only):
            continue
        if search and not recipe:
            waiting.append(point)
        for each in [*tries, *ready]:
            if _key(experiment.identity(each)) not in done:
                todo.setdefault(_key(each), each)
    old = {
        key: stale_reason(row) or "a point or recipe that is gone"
        for key, row in done.items()
        if key not in wanted and all(map(is_trained, row.get("weights", {})))  # a control that is not shipped
    }
    stale = dict(Counter(old.values()))
    return Plan(list(todo.values()), waiting, len(done) - len(old), stale, frozenset(old))


def measure(experiment: Experiment, point: dict) -> dict:
    """Run one point: its whole row; seconds are the processor's."""
    started = time.process_time()
    scores = experiment.run(point)
    seconds = round(time.process_time() - started, 1)
    return {**experiment.identity(point), "scores": scores, "seconds": seconds, "command": experiment.command}


def prune(experiment: Experiment, old) -> None:
    """Remove the rows with these identities, as a plan lists those that are too old."""
    if old:
        rows.write(experiment.path, [row for row in experiment.rows() if _key(_identity(row)) not in old])


def record(experiment: Experiment, row: dict) -> None:
    """Add a row in place of older ones of the same point; a search's tries replace those of the same recipe."""
    same = _tried if row.get("stage") == "search" else _point

    def replaced(old):
        return _key(same(old)) == _key(same(row))

    rows.write(experiment.path, [*(old for old in experiment.rows() if not replaced(old)), row])


def _tried(row: dict) -> dict:
    return {**_point(row), "recipe": row.get("recipe")}
