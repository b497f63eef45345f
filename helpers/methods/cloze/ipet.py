"""Several patterns together: their common opinion as soft labels, a classifier distilled from it, and generations.

PET: one model for each pattern; together they label unlabelled texts; a classifier with a head learns those soft
labels and needs no pattern any more. iPET repeats it: each model gets new examples from some of the *others*, and the
training sets grow from generation to generation.

Source: Schick and Schütze 2021, "Exploiting Cloze Questions for Few Shot Text Classification and Natural Language
Inference", sections 3.3 (combining patterns) and 3.4 (iPET).
"""

from __future__ import annotations

import numpy as np
import torch
from torch.nn.functional import cross_entropy

from helpers.methods.cloze.calibration import log_scores, normalised
from helpers.models.checks import require_body, require_texts
from helpers.models.encoding import encode
from helpers.training.finetuning import finetune
from helpers.transformer.checks import finite, listed, random_source, real, shown, whole


def soft_labels(scores, *, weights=None, temperature: float = 2.0) -> np.ndarray:
    """The weighted mean of several models' scores, softened: probabilities (texts, labels).

    scores: one array (texts, labels) of log-probabilities for each model; weights: one number each, equal by default.

    >>> soft_labels([np.log([[0.9, 0.1]]), np.log([[0.5, 0.5]])], temperature=1.0).round(2).tolist()
    [[0.75, 0.25]]

    Raises ValueError for no scores, scores of different shapes, or a temperature that is not positive.
    """
    scores = [log_scores(each) for each in listed(scores, "scores", least=0, of="arrays")]
    shapes = {each.shape for each in scores}
    if len(shapes) != 1:
        raise ValueError(f"scores have the shapes {sorted(shapes)}; give at least one array, all (texts, labels) alike")
    if real(temperature, "temperature") <= 0:
        raise ValueError(f"temperature {temperature} must be positive; 1 leaves the opinion as it is, 2 softens it")
    if weights is not None:
        weights = finite(weights, "weights", dims=1)
        if len(weights) != len(scores) or (weights < 0).any() or not weights.sum():
            raise ValueError(
                f"weights {weights.tolist()} do not fit {len(scores)} models; pass a positive one for each"
            )
    mean = np.average([normalised(each) for each in scores], axis=0, weights=weights)
    return np.exp(normalised(mean / temperature))


def confident(probs, count: int) -> dict[int, np.ndarray]:
    """For each label the `count` texts of which it is the surest: {label number: text numbers, surest first}.

    Only texts whose best label it is are taken, so that no text gets two labels.

    >>> {label: found.tolist() for label, found in confident([[0.9, 0.1], [0.6, 0.4], [0.2, 0.8]], 1).items()}
    {0: [0], 1: [2]}
    """
    probs = finite(probs, "probs", dims=2)
    if (probs < 0).any() or (probs > 1 + 1e-6).any() or not probs.size:
        raise ValueError(f"probs of shape {probs.shape} are empty or no probabilities; pass what soft_labels gives")
    whole(count, "count")
    best, found = probs.argmax(1), {}
    for label in range(probs.shape[1]):
        mine = np.flatnonzero(best == label)
        found[label] = mine[np.argsort(-probs[mine, label], kind="stable")][:count]
    return found


def next_generation(scores, texts, labels, *, size: int, rng, share: float = 0.5) -> list[list]:
    """New (text, label) examples for each model, labelled by a random share of the other models.

    scores: one array (texts, labels) for each model; size: examples for each model, equally many of each label.
    Raises ValueError for fewer than two models, or a size that does not give every label one.
    """
    scores, texts, labels = _checked(scores, texts, labels, size)
    real(share, "share", above=0, most=1)
    if not isinstance(rng, np.random.Generator):
        raise TypeError(f"rng cannot be {shown(rng)}; pass np.random.default_rng(0)")
    if len(scores) < 2:
        raise ValueError(f"{len(scores)} model(s); each learns from the others, so give at least two patterns")
    made, teachers = [], max(1, round(share * (len(scores) - 1)))
    for model in range(len(scores)):
        others = [other for other in range(len(scores)) if other != model]
        chosen = rng.choice(others, size=teachers, replace=False)
        made.append(_surest([scores[other] for other in chosen], texts, labels, size))
    return made


def own_generation(scores, texts, labels, *, size: int) -> list[list]:
    """New (text, label) examples for each model, labelled by the model itself: self-training, `next_generation`'s
    control.

    Raises ValueError for a size that does not give every label one.
    Source: Yarowsky 1995, "Unsupervised Word Sense Disambiguation Rivaling Supervised Methods", for self-training.
    """
    scores, texts, labels = _checked(scores, texts, labels, size)
    return [_surest([own], texts, labels, size) for own in scores]


def _checked(scores, texts, labels, size):
    """Scores, texts and labels as lists that fit together."""
    scores = [log_scores(each) for each in listed(scores, "scores", least=0, of="arrays")]
    texts, labels = require_texts(texts), listed(labels, "labels", least=2, of="labels")
    whole(size, "size")
    if not scores:
        raise ValueError("0 model(s); give the scores of at least one")
    if wrong := [each.shape for each in scores if each.shape != (len(texts), len(labels))]:
        raise ValueError(f"scores have shape {wrong[0]}, expected ({len(texts)}, {len(labels)}): (texts, labels)")
    if size < len(labels):
        raise ValueError(f"size {size} leaves some of {len(labels)} labels without an example; choose a larger one")
    return scores, texts, labels


def _surest(teachers, texts, labels, size):
    """The texts that the teachers together are surest of, equally many for each label, as (text, label)."""
    found = confident(soft_labels(teachers), size // len(labels))
    return [(texts[text], labels[label]) for label, rows in found.items() for text in rows]


def distil(classifier, tokenizer, texts, probs, *, generator, recipe=None):
    """A copy of a classifier with a head, trained on soft labels: (trained copy, the loss of each step in nats).

    classifier: any model that takes the tokenizer's batch and gives `logits` (batch, labels).
    Raises ValueError when there is not one row of probabilities for each text.
    """
    require_body(classifier, tokenizer)
    random_source(generator)
    texts, probs = require_texts(texts), finite(probs, "probs", dims=2)
    if len(texts) != len(probs):
        raise ValueError(f"{len(texts)} texts and {len(probs)} rows of soft labels; give one row for each text")

    def collate(examples):
        batch = encode(tokenizer, [text for text, _ in examples], model=classifier)
        return {**batch, "soft": torch.tensor(np.stack([row for _, row in examples]), dtype=torch.float32)}

    def loss(model, batch):
        inputs = {name: tensor for name, tensor in batch.items() if name != "soft"}
        return cross_entropy(model(**inputs).logits, batch["soft"])

    examples = list(zip(texts, probs))
    return finetune(classifier, examples, collate=collate, generator=generator, recipe=recipe, loss=loss)
