"""The command: every run of the table that is not recorded yet, then its costs; rows of models that are gone go.

`python -m helpers.tasks --tasks code --families decoder --seeds 0 1 2` does a part.
"""

from __future__ import annotations

import argparse
import functools

from tqdm import tqdm

from helpers.experiments.tasks import families, record
from helpers.experiments.tasks.costs import cost_job
from helpers.tasks import TASKS


def with_progress(jobs, total: int):
    """The same jobs, with a bar on stderr."""
    with tqdm(total=total, unit="run") as bar:
        for job in jobs:
            yield job
            bar.update()


def count(tasks, only, seeds, named=()) -> int:
    """How many runs these tasks, families and ways need."""
    ways = [way for task in tasks for *_, way in record.ways_present(task, only, named)]
    return 2 * len(seeds) * len(tasks) + sum(len(record.recipes(way)) + len(seeds) for way in ways)


def main(arguments=None) -> None:
    """Run what is missing."""
    parser = argparse.ArgumentParser(prog=record.RECORD.command, description=__doc__)
    parser.add_argument("--tasks", nargs="+", default=list(TASKS), choices=list(TASKS), metavar="TASK")
    parser.add_argument("--families", nargs="+", default=list(families.FAMILIES), choices=list(families.FAMILIES))
    parser.add_argument("--ways", nargs="+", default=[], metavar="WAY", help="say head, prompt, mask-predict")
    parser.add_argument("--seeds", nargs="+", type=int, default=list(record.SEEDS))
    parser.add_argument("--path", default=None, help="another file, for two commands at once")
    parser.add_argument("--no-costs", action="store_true", help="leave out what the cells cost")
    options = parser.parse_args(arguments)
    place = record.results.Record(options.path, record.RECORD.command) if options.path else record.RECORD
    tasks = [TASKS[name] for name in options.tasks]
    todo = tasks, options.families, options.seeds
    jobs = record.jobs(*todo, place, options.ways)
    made = place.run(with_progress(jobs, count(*todo, options.ways)))
    if not options.no_costs:
        made += place.run(cost_jobs(tasks, place))
    dropped = place.prune(functools.partial(record.stale, tasks=TASKS))
    for family in options.families:
        if missing := set(families.FAMILIES[family]) - set(record.present(family)):
            print(f"not here, so not measured: {', '.join(sorted(missing))}; run this again when they are trained")
    print(f"{made} runs made, {dropped} rows of other models or recipes dropped")


def cost_jobs(tasks, place):
    """The cost rows of the tasks whose cells are recorded; older ones of the same task are dropped."""
    for task in tasks:
        if job := cost_job(task, place):
            new = job[0]
            place.prune(lambda row: (row["stage"], row["task"]) == (new["stage"], new["task"]) and row != new)  # noqa: B023
            yield job


if __name__ == "__main__":
    main()
