"""The command: every run that is not recorded yet, then the rows of models or recipes that are gone are dropped."""

from __future__ import annotations

import argparse
from functools import partial

from helpers.experiments.embeddings import RECORD, runs
from helpers.experiments.embeddings.summary import best_rate, best_read
from helpers.experiments.results import fingerprint
from helpers.models import load_course
from helpers.training.finetuning import plain

SEEDS = (0, 1, 2)


def untrained_jobs(weights, seeds):
    """Exact answers, counted words, and the pretrained stacks as they are."""
    for seed in seeds:
        yield {"stage": "bound", "who": "exact", "seed": seed}, lambda s=seed: runs.exact_answers(s)
        yield {"stage": "bound", "who": "words", "seed": seed}, lambda s=seed: runs.word_answers(s)
        for family, read in runs.READ.items():
            for how in read:
                key = {"stage": "raw", "family": family, "how": how, "seed": seed, "weights": weights[family]}
                yield key, lambda f=family, h=how, s=seed: runs.raw(f, h, s)


def control_jobs(ways, seeds):
    """Stacks with random weights as they are: what no training at all leaves in a vector."""
    for family, how in ways:
        for seed in seeds:
            key = {"stage": "random", "family": family, "how": how, "seed": seed, "weights": "random"}
            yield key, lambda f=family, h=how, s=seed: runs.raw(f, h, s, random=True)


def trained_jobs(stage, family, how, *, weights, seeds, record, validate, test):
    """The search with seed 0, then every seed at the rate that it found."""
    who = {"kind": stage, "family": family, "how": how, "weights": weights[family]}
    for rate in runs.RATES[stage]:
        key = {"stage": "search", **who, "seed": 0, "recipe": plain(runs.recipe_at(rate, stage))}
        yield key, lambda r=rate: validate(r)
    rate = best_rate(record, **who)
    for seed in seeds:
        key = {"stage": stage, **who, "seed": seed, "recipe": plain(runs.recipe_at(rate, stage))}
        yield key, lambda s=seed: test(rate, s)


def bi_jobs(stage, ways, what: dict):
    """One training of bi-encoders; ways: (family, how) pairs."""
    validation, scores = {
        "tuned": (runs.tuned_validation, runs.tuned_scores),
        "scratch": (partial(runs.tuned_validation, random=True), partial(runs.tuned_scores, random=True)),
        "graded": (runs.graded_validation, runs.graded_scores),
    }[stage]
    for family, how in ways:
        yield from trained_jobs(
            stage,
            family,
            how,
            **what,
            validate=lambda rate, f=family, h=how: validation(f, h, rate),
            test=lambda rate, seed, f=family, h=how: scores(f, h, rate, seed),
        )


def cross_jobs(what: dict):
    """Cross-encoders of both families."""
    for family in runs.MODELS:
        yield from trained_jobs(
            "cross",
            family,
            "together",
            **what,
            validate=lambda rate, f=family: runs.reader_validation(f, rate),
            test=lambda rate, seed, f=family: runs.reader_scores(f, rate, seed),
        )


def all_jobs(weights, seeds=SEEDS, record=RECORD, *, cross=False):
    """All (identity, work), in an order in which each search stands before what needs it; cross-encoders if asked."""
    what = {"weights": weights, "seeds": seeds, "record": record}
    yield from untrained_jobs(weights, seeds)
    yield from bi_jobs("tuned", [(family, how) for family, read in runs.READ.items() for how in read], what)
    preferred = [(family, best_read(family, record=record, weights=weights[family])) for family in runs.READ]
    yield from control_jobs(runs.CONTROLS, seeds)
    yield from bi_jobs("scratch", runs.CONTROLS, what | {"weights": dict.fromkeys(runs.READ, "random")})
    yield from bi_jobs("graded", preferred, what)
    yield from cross_jobs(what) if cross else ()


def main(arguments=None):
    """Run everything that is missing."""
    parser = argparse.ArgumentParser(prog=RECORD.command, description=__doc__)
    parser.add_argument("--cross", action="store_true", help="train cross-encoders as well (minutes more)")
    options = parser.parse_args(arguments)
    weights = {family: fingerprint(load_course(name)[0]) for family, name in runs.MODELS.items()}
    made = RECORD.run(all_jobs(weights, cross=options.cross))
    keys = [key for key, _ in all_jobs(weights, cross=options.cross)]
    dropped = RECORD.prune(lambda row: row not in keys and (options.cross or row.get("kind") != "cross"))
    print(f"{made} runs made, {dropped} rows of other models or recipes dropped")


if __name__ == "__main__":
    main()
