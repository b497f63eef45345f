"""The drug-interaction classifier with seeds: pretrained and not, on pairs of drugs seen and never seen in training."""

from __future__ import annotations

import functools

import numpy as np
import torch
from transformers import AutoModelForSequenceClassification, AutoTokenizer

from helpers.figures.reliability import expected_calibration_error
from helpers.models import DATA
from helpers.tasks import clinical_notes
from helpers.training.finetuning import accuracy, class_probs, plain, text_batches

COUNTS = {"train": 3_600, "test": 400}
PATTERN = "the interaction between {} and {} is [MASK] ."


def start(kind: str, *, seed: int):
    """A classifier before fine-tuning: course-bert under a fresh head, or the same shape with random weights."""
    model = clinical_notes.untrained_head(DATA / "models" / "course-bert", seed=seed)
    if kind == "pretrained":
        return model
    with torch.random.fork_rng():
        torch.manual_seed(seed)
        return AutoModelForSequenceClassification.from_config(model.config).eval()


@functools.cache
def tokenizer():
    return AutoTokenizer.from_pretrained(DATA / "models" / "course-bert")


def judged(model, *, seed: int) -> dict[str, float]:
    """Accuracy on notes that name both drugs (pairs seen or held out) and on the others, and the calibration error."""
    seen, new = (clinical_notes.notes("test", COUNTS["test"], seed=seed, pairs=pairs) for pairs in ("seen", "held out"))
    probs = {
        pairs: class_probs(model, clinical_notes.examples_of(found), collate=text_batches(tokenizer())).numpy()
        for pairs, found in (("seen", seen), ("held out", new))
    }
    return scores_of(probs["seen"], seen) | {"held out": scores_of(probs["held out"], new)["names both"]}


def scores_of(probs, found) -> dict[str, float]:
    """Scores of probabilities (notes, 3)."""
    labels, both = (np.array([getattr(note, part) for note in found]) for part in ("label", "names_both"))
    return {
        "accuracy": accuracy(probs, labels),
        "names both": accuracy(probs[both], labels[both]),
        "one or none": accuracy(probs[~both], labels[~both]),
        "calibration error": expected_calibration_error(probs, labels),
    }


def run(kind: str, *, seed: int) -> dict[str, float]:
    """Train on notes of seen pairs, and judge."""
    train = clinical_notes.notes("train", COUNTS["train"], seed=seed)
    return judged(clinical_notes.train(start(kind, seed=seed), tokenizer(), train, seed=seed)[0], seed=seed)


def exact(seed: int) -> dict[str, float]:
    """The scores of the exact probabilities; pairs that were held out are no others to them."""
    seen, new = (clinical_notes.notes("test", COUNTS["test"], seed=seed, pairs=pairs) for pairs in ("seen", "held out"))
    return scores_of(clinical_notes.exact_probs(seen), seen) | {
        "held out": scores_of(clinical_notes.exact_probs(new), new)["names both"]
    }


def majority(seed: int) -> dict[str, float]:
    """The scores of a constant answer, the training notes' shares."""
    shares = (
        np.bincount([note.label for note in clinical_notes.notes("train", COUNTS["train"], seed=seed)])
        / COUNTS["train"]
    )
    seen, new = (clinical_notes.notes("test", COUNTS["test"], seed=seed, pairs=pairs) for pairs in ("seen", "held out"))
    return scores_of(np.tile(shares, (len(seen), 1)), seen) | {
        "held out": scores_of(np.tile(shares, (len(new), 1)), new)["names both"]
    }


def jobs(seeds, weights):
    """All runs: (identity, work)."""
    for seed in seeds:
        yield {"experiment": "notes", "who": "exact", "seed": seed}, lambda s=seed: exact(s)
        yield {"experiment": "notes", "who": "majority", "seed": seed}, lambda s=seed: majority(s)
        key = {"experiment": "notes", "seed": seed, "recipe": plain(clinical_notes.RECIPE)}
        yield key | {"who": "pretrained", "weights": weights["course-bert"]}, lambda s=seed: run("pretrained", seed=s)
        yield key | {"who": "from scratch"}, lambda s=seed: run("from scratch", seed=s)
