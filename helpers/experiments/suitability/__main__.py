"""The command: every run that is not recorded yet, then the rows of models that are gone are dropped."""

from __future__ import annotations

import argparse

from helpers.experiments.results import fingerprint
from helpers.experiments.suitability import (
    RECORD,
    clinical_notes,
    encoder_vs_decoder,
    left_right_context,
    more_steps,
    question_order,
)
from helpers.experiments.tasks.families import FAMILIES
from helpers.models import load_course

SEEDS = {
    encoder_vs_decoder: range(4),
    clinical_notes: range(3),
    left_right_context: range(3),
    question_order: range(3),
    more_steps: range(1),
}


def all_jobs(weights):
    """The runs of every experiment, the first seeds of all of them first."""
    waves = [(module, seed) for seed in range(5) for module, seeds in SEEDS.items() if seed in seeds]
    return [job for module, seed in waves for job in module.jobs([seed], weights)]


def main(arguments=None):
    """Run everything that is missing."""
    argparse.ArgumentParser(prog=RECORD.command, description=__doc__).parse_args(arguments)
    weights = {name: fingerprint(load_course(name)[0]) for name, *_ in FAMILIES.values()}
    jobs = all_jobs(weights)
    made = RECORD.run(jobs)
    keys = [key for key, _ in jobs]
    dropped = RECORD.prune(lambda row: row not in keys)
    print(f"{made} runs made, {dropped} rows of other models or recipes dropped")


if __name__ == "__main__":
    main()
