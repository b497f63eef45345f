"""Measure again what stands in data/results: `python -m helpers.experiments tasks few_shot`.

What is recorded under the present weights, language and recipes is not run again; a killed run is taken up where it
stopped. `--plan` only says what is stale and why; `--only task=code seed=0` does a part. `models` scores the shipped
models; `bench`, which wants a quiet machine, is run when it is named.
"""

from __future__ import annotations

import argparse
import multiprocessing
import os
import sys
from concurrent.futures import ProcessPoolExecutor, as_completed
from functools import partial

import torch
from tqdm import tqdm

from helpers.experiments import models
from helpers.experiments.registry import EXPERIMENTS, WHOLE
from helpers.experiments.runner import measure, plan, prune, record

NAMES = (*EXPERIMENTS, *WHOLE)


def parser() -> argparse.ArgumentParser:
    """The command line's options."""
    made = argparse.ArgumentParser(prog="python -m helpers.experiments", description=__doc__.splitlines()[0])
    made.add_argument("names", nargs="*", metavar="NAME", help=f"of {', '.join(NAMES)}; all but bench unless named")
    made.add_argument("--plan", action="store_true", help="say what is recorded, stale or missing, and run nothing")
    made.add_argument("--only", nargs="+", default=[], metavar="FIELD=VALUE", help="the points with these values alone")
    made.add_argument("--workers", type=int, default=0, help="runs at a time, a thread each (default: one a core)")
    return made


def condition(experiment, text: str):
    """A test of a point from FIELD=VALUE.

    Raises ValueError for a field or value that no point of the experiment has, listing those that there are.
    """
    name, equals, value = text.partition("=")
    known = list(dict.fromkeys(str(point[name]) for point in experiment.grid() if name in point))
    if not equals or not known:
        fields = ", ".join(dict.fromkeys(name for point in experiment.grid() for name in point))
        raise ValueError(f"{experiment.name} has no field for {text!r}; write FIELD=VALUE with one of: {fields}")
    if value not in known:
        raise ValueError(f"{experiment.name} has no {name} {value!r}; choose one of {', '.join(known)}")
    return partial(_has, name, value)


def _has(name: str, value: str, point: dict) -> bool:
    return str(point.get(name)) == value


def run(experiment, *, only=(), workers: int = 1) -> int:
    """Run what is missing, searches first, each row written as it comes; how many runs were made.

    When the whole grid is recorded, rows that are too old are removed: of other weights or languages, and of points or
    recipes that are asked for no more.
    """
    made = 0
    while (found := plan(experiment, only=only)).todo:
        bar = tqdm(total=len(found.todo), desc=experiment.name, unit="run", file=sys.stderr)
        for row in measured(experiment, found.todo, workers):
            record(experiment, row)
            made += 1
            bar.update()
        bar.close()
    if not only:
        prune(experiment, found.old)
    return made


def measured(experiment, points, workers: int):
    """The rows of points, as they are finished; with several workers each is a process of one thread."""
    if workers == 1:
        yield from (measure(experiment, point) for point in points)
        return
    context = multiprocessing.get_context("spawn")
    with ProcessPoolExecutor(workers, mp_context=context, initializer=torch.set_num_threads, initargs=(1,)) as pool:
        futures = [pool.submit(measure, experiment, point) for point in points]
        try:
            yield from (future.result() for future in as_completed(futures))
        finally:
            pool.shutdown(wait=True, cancel_futures=True)


def main(arguments=None) -> None:
    """The command."""
    options = parser().parse_args(arguments)
    if unknown := [name for name in options.names if name not in NAMES]:
        raise SystemExit(f"no experiment is called {unknown[0]!r}; choose from {', '.join(NAMES)}")
    names = options.names or [name for name in NAMES if name != "bench"]
    grids = [EXPERIMENTS[name] for name in names if name in EXPERIMENTS]
    try:
        only = {experiment.name: [condition(experiment, text) for text in options.only] for experiment in grids}
    except ValueError as error:
        raise SystemExit(str(error)) from None
    for experiment in grids:
        print(f"{experiment.name}: {plan(experiment, only=only[experiment.name])}", flush=True)
    old = models.stale() if "models" in names else []
    if "models" in names:
        print(f"models: {len(models.SCORED) - len(old)} current, to score: {', '.join(old) or 'none'}", flush=True)
    if options.plan:
        return
    workers = options.workers or (1 if torch.cuda.is_available() else os.cpu_count() or 1)
    for experiment in grids:
        made = run(experiment, only=only[experiment.name], workers=workers)
        print(f"{experiment.name}: {made} runs made; {plan(experiment)}", flush=True)
    if old:
        models.main(old)
    if "bench" in names:
        WHOLE["bench"].main()


if __name__ == "__main__":
    main()
