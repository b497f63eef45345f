"""Do patterns teach each other, or themselves? iPET's next generation from others' answers and from one's own.

Changed: whose answers a model is trained on, those of both other patterns' models (iPET), its own (self-training), or
nobody's (the control: the three as they are). Held fixed: three patterns that the language hardly has, the unlabelled
reviews, the number of examples, the steps; no label is used. Then the three together teach a classifier, as in PET.
All others teach, since one of two drawn at random would pass one column of guesses on to another. Scores on held-out
reviews beside the optimum; "taught right" is how often the exact reader agrees with the examples that a pattern gets.
One pool of reviews and one course-bert: the five seeds vary the order of the examples and the classifier's new weights.
The learning rates are chosen by nothing, for want of labels. About 5 minutes on one core.
"""

from __future__ import annotations

import numpy as np
import torch

from helpers.evaluation.expected import best_accuracy, expected_accuracy
from helpers.experiments.few_shot.methods import OWN_NAMES, source, unlabelled
from helpers.methods import cloze
from helpers.methods.pooling import PooledClassifier
from helpers.methods.probing import body_of
from helpers.tasks.review_posteriors import names_known
from helpers.tasks.reviews import LABELS, test_reviews
from helpers.training.finetuning import FineTuning, class_probs, text_batches

WHO = "iPET"
TEACHERS = ("others", "own", "nobody")
SEEDS = (0, 1, 2, 3, 4)
POOR = ("it is", "headline", "what a")
POOL, SIZE = 300, 60  # unlabelled reviews; examples for each pattern
PUPIL = FineTuning(steps=60, batch_size=8, learning_rate=2e-4)
STUDENT = FineTuning(steps=150, batch_size=16, learning_rate=7e-4)


def points():
    """Every kind of teachers with every seed."""
    recipe = {"pupil": PUPIL.to_dict(), "student": STUDENT.to_dict(), "size": SIZE}
    for seed in SEEDS:
        for teachers in TEACHERS:
            yield {"who": WHO, "stage": "own answers", "teachers": teachers, "seed": seed, "recipe": recipe}


def search(point: dict) -> None:
    """Nothing is chosen: there are no labels to choose with."""


def models(point: dict) -> tuple[str, ...]:
    return ("course-bert",)


def run(point: dict) -> dict:
    """Expected accuracy of each pattern and of all together, before and after; of the classifier that they teach."""
    model, tokenizer = source("course-bert")
    pool, tested = [r.text for r in unlabelled()[:POOL]], [r.text for r in test_reviews()]
    before, exact = [model] * len(POOR), names_known(tested)
    examples = taught(opinions(before, tokenizer, pool), pool, point)
    pupils = [
        trained(model, tokenizer, mine, pattern, point) if mine else model
        for mine, pattern in zip(examples, POOR, strict=True)
    ]
    student = distilled(opinions(pupils, tokenizer, pool), pool, tested, point)
    return {
        "before": judged(opinions(before, tokenizer, tested), exact),
        "taught right": {name: agreed(mine) for name, mine in zip(POOR, examples, strict=True) if mine},
        "after": judged(opinions(pupils, tokenizer, tested), exact),
        "accuracy": expected_accuracy(student, exact),
        "optimum": best_accuracy(exact),
    }


def opinions(models_, tokenizer, texts) -> list[np.ndarray]:
    """Calibrated log-probabilities (texts, 2) of each pattern's model."""
    how = {"verbalizer": OWN_NAMES}
    found = [
        cloze.label_scores(model, tokenizer, texts, pattern=cloze.PATTERNS[name], **how)
        for model, name in zip(models_, POOR, strict=True)
    ]
    return [cloze.calibrated(scores, cloze.label_prior(scores)) for scores in found]


def taught(found, pool, point: dict) -> list[list]:
    """New examples for each pattern; none where nobody teaches.

    Raises ValueError for unknown teachers, listing the known ones.
    """
    if point["teachers"] not in TEACHERS:
        raise ValueError(f"no teachers are called {point['teachers']!r}; choose from {', '.join(TEACHERS)}")
    size = point["recipe"]["size"]
    if point["teachers"] == "nobody":
        return [[] for _ in POOR]
    if point["teachers"] == "own":
        return cloze.own_generation(found, pool, list(LABELS), size=size)
    rng = np.random.default_rng(point["seed"])
    return cloze.next_generation(found, pool, list(LABELS), size=size, rng=rng, share=1.0)


def agreed(examples) -> float:
    """The mean probability that the exact reader gives the labels of (text, label) examples."""
    exact = names_known([text for text, _ in examples])
    return float(np.mean([row[LABELS.index(label)] for row, (_, label) in zip(exact, examples, strict=True)]))


def trained(model, tokenizer, examples, pattern: str, point: dict):
    """A model trained at one pattern's gap."""
    recipe = FineTuning(**point["recipe"]["pupil"])
    task = cloze.Pet(cloze.PATTERNS[pattern], OWN_NAMES, recipe, lm_weight=0.0)
    return cloze.train(model, tokenizer, examples, pet=task, generator=_generator(point))[0]


def distilled(found, pool, tested, point: dict) -> np.ndarray:
    """Probabilities (texts, 2) of a classifier taught by the soft labels of all patterns together."""
    model, tokenizer = source("course-bert")
    fresh = PooledClassifier(body_of(model), len(LABELS), how="mean", generator=_generator(point))
    recipe = FineTuning(**point["recipe"]["student"])
    student, _ = cloze.distil(
        fresh, tokenizer, pool, cloze.soft_labels(found), recipe=recipe, generator=_generator(point)
    )
    return class_probs(student, [(text, 0) for text in tested], collate=text_batches(tokenizer)).numpy()


def judged(found, exact) -> dict:
    """Expected accuracy of each pattern's opinions, and of their mean."""
    each = {name: expected_accuracy(np.exp(scores), exact) for name, scores in zip(POOR, found, strict=True)}
    return {**each, "together": expected_accuracy(cloze.soft_labels(found), exact)}


def _generator(point: dict):
    return torch.Generator().manual_seed(point["seed"])
