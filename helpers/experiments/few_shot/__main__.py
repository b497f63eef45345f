"""The command: search, then the curves, whatever is not recorded yet; rows of models that are gone are dropped."""

from __future__ import annotations

import argparse
import functools

import numpy as np
import torch

from helpers.experiments.few_shot import methods, records
from helpers.experiments.results import fingerprint
from helpers.tasks import review_posteriors
from helpers.tasks.reviews import LABELS, group, labelled, test_reviews, validation_reviews
from helpers.training.finetuning import accuracy


def scores_of(probs, tested) -> dict:
    """Accuracy on all reviews and on each group of them."""
    numbers, groups = [LABELS.index(review.label) for review in tested], np.array([group(r.text) for r in tested])
    found = {"accuracy": accuracy(probs, numbers)}
    for name in sorted(set(groups)):
        rows = np.flatnonzero(groups == name)
        found[str(name)] = accuracy(np.asarray(probs)[rows], np.array(numbers)[rows])
    return found


def searched(who, recipe, seed):
    tested = validation_reviews()
    learnt = labelled(records.SEARCHED_AT, seed=seed)
    probs = methods.METHODS[who].predict(learnt, [review.text for review in tested], recipe, seed)
    return {"accuracy": scores_of(probs, tested)["accuracy"]}


def measured(who, recipe, count, seed):
    tested = test_reviews()
    probs = methods.METHODS[who].predict(labelled(count, seed=seed), [r.text for r in tested], recipe, seed)
    return scores_of(probs, tested)


def exact(who, count, seed):
    tested = test_reviews()
    texts = [review.text for review in tested]
    known = who == "exact, names known"
    probs = (
        review_posteriors.names_known(texts)
        if known
        else review_posteriors.names_unknown(texts, labelled(count, seed=seed))
    )
    return scores_of(probs, tested)


def jobs(seeds, record=records.RECORD):
    """(identity, work) of every run; the recipes of a curve are known once its search is recorded."""
    for who in ("exact, names known", "exact, names unknown"):
        for count in records.LABELLED:
            for seed in seeds:
                key = {"who": who, "phase": "curve", "labels": count, "seed": seed}
                yield key, functools.partial(exact, who, count, seed)
    for who, method in methods.METHODS.items():
        weights = {"weights": fingerprint(methods.source(method.model)[0])}
        for recipe in method.recipes:
            for seed in records.SEARCH_SEEDS:
                key = {"who": who, "phase": "search", "labels": records.SEARCHED_AT, "seed": seed, **weights}
                yield {**key, "recipe": recipe}, functools.partial(searched, who, recipe, seed)
        recipe = records.chosen(who, record=record, **weights)
        for count in records.LABELLED:
            for seed in seeds:
                key = {"who": who, "phase": "curve", "labels": count, "seed": seed, **weights, "recipe": recipe}
                yield key, functools.partial(measured, who, recipe, count, seed)


def main(arguments=None):
    """Run everything that is missing."""
    parser = argparse.ArgumentParser(prog=records.RECORD.command, description=__doc__)
    parser.add_argument("--seeds", nargs="+", type=int, default=list(records.SEEDS))
    options = parser.parse_args(arguments)
    torch.set_num_threads(1)
    keys = []

    def noted():
        for key, work in jobs(options.seeds):
            keys.append(key)
            yield key, work

    made = records.RECORD.run(noted())
    settled = {*options.seeds, *records.SEARCH_SEEDS}
    dropped = records.RECORD.prune(lambda row: row["seed"] in settled and row not in keys)
    print(f"{made} runs made, {dropped} rows of other models or recipes dropped")


if __name__ == "__main__":
    main()
