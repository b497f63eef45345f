"""The drug-interaction classifier with seeds: pretrained and not, on pairs of drugs seen and never seen in training."""

from __future__ import annotations

import functools

import numpy as np
import torch
from transformers import AutoModelForSequenceClassification, AutoTokenizer

from helpers.evaluation.calibration import expected_calibration_error
from helpers.methods import note_classifier
from helpers.models import DATA
from helpers.tasks import clinical_notes
from helpers.training.finetuning import FineTuning, accuracy, class_probs, text_batches

SEEDS = range(3)
COUNTS = {"train": 3_600, "test": 400}
TRAINED, BOUNDS = ("pretrained", "from scratch"), ("exact", "majority")


def start(kind: str, *, seed: int):
    """A classifier before fine-tuning: course-bert under a fresh head, or the same shape with random weights."""
    model = note_classifier.untrained_head(DATA / "models" / "course-bert", seed=seed)
    if kind == "pretrained":
        return model
    with torch.random.fork_rng():
        torch.manual_seed(seed)
        return AutoModelForSequenceClassification.from_config(model.config).eval()


@functools.cache
def tokenizer():
    return AutoTokenizer.from_pretrained(DATA / "models" / "course-bert")


def judged(probs_of, *, seed: int) -> dict[str, float]:
    """Scores of probs_of(notes) -> (notes, 3) on test notes; "held out": notes that name a pair never trained on."""
    seen, new = (clinical_notes.notes("test", COUNTS["test"], seed=seed, pairs=pairs) for pairs in ("seen", "held out"))
    return scores_of(probs_of(seen), seen) | {"held out": scores_of(probs_of(new), new)["names both"]}


def scores_of(probs, found) -> dict[str, float]:
    """Accuracy on all notes, on those that name both drugs and on the others, and the calibration error."""
    labels, both = (np.array([getattr(note, part) for note in found]) for part in ("label", "names_both"))
    return {
        "accuracy": accuracy(probs, labels),
        "names both": accuracy(probs[both], labels[both]),
        "one or none": accuracy(probs[~both], labels[~both]),
        "calibration error": expected_calibration_error(probs, labels),
    }


def trained(kind: str, *, seed: int, recipe: FineTuning):
    """A classifier that has learnt from notes of seen pairs, as a function from notes to probabilities (notes, 3)."""
    train = clinical_notes.notes("train", COUNTS["train"], seed=seed)
    model, _ = note_classifier.train(start(kind, seed=seed), tokenizer(), train, seed=seed, recipe=recipe)
    collate = text_batches(tokenizer())
    return lambda found: class_probs(model, clinical_notes.examples_of(found), collate=collate).numpy()


def majority(seed: int):
    """A constant answer, the training notes' shares, as a function from notes to probabilities (notes, 3)."""
    labels = [note.label for note in clinical_notes.notes("train", COUNTS["train"], seed=seed)]
    return lambda found: np.tile(np.bincount(labels) / len(labels), (len(found), 1))


def points():
    """The bounds (to the exact reader held-out pairs are no others), and the two classifiers."""
    yield from ({"who": who, "notes": COUNTS} for who in BOUNDS)
    yield from ({"who": who, "notes": COUNTS, "recipe": note_classifier.RECIPE.to_dict()} for who in TRAINED)


def run(point: dict) -> dict[str, float]:
    """The scores of a classifier, of the exact reader, or of a constant answer."""
    who, seed = point["who"], point["seed"]
    if who in TRAINED:
        return judged(trained(who, seed=seed, recipe=FineTuning(**point["recipe"])), seed=seed)
    return judged(clinical_notes.exact_probs if who == "exact" else majority(seed), seed=seed)
