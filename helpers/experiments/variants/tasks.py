"""Three tasks that any stack of blocks can be fine-tuned on with the same fresh head, scored as expected accuracy.

"classification": the overall sentiment of a review (mean of all states); "entities": the tag of each shared name, such
as "paris" (the name's own state); "interactions": how severe the interaction of two drugs is (mean of all states).
Each score stands beside the best possible one, and beside the best constant answer.
"""

from __future__ import annotations

import copy
import functools
from dataclasses import dataclass

import numpy as np
import torch
from torch.nn.functional import cross_entropy
from transformers.modeling_outputs import SequenceClassifierOutput

from helpers.evaluation import in_batches
from helpers.evaluation.expected import choice_scores
from helpers.methods.pooling import pool
from helpers.models.encoding import encode
from helpers.tasks import clinical_notes, text_classification, token_classification
from helpers.training.finetuning import FineTuning, finetune

COUNTS = {"train": 1_000, "test": 300}
RECIPE = FineTuning(steps=300, batch_size=32, learning_rate=1e-3)


@dataclass(frozen=True)
class Problem:
    """A text, the places of the words that are asked for (none: the text as a whole), their labels as numbers, and the
    exact probabilities of the labels (asked, labels)."""

    text: str
    places: tuple[int, ...]
    labels: tuple[int, ...]
    exact: np.ndarray


def reviews(split: str, count: int, seed: int) -> list[Problem]:
    """Reviews with their overall sentiment."""
    task = text_classification.TASK
    found = []
    for example in task.examples(split, count, seed=seed):
        probs = text_classification.label_probs(example.source)
        exact = np.array([[probs.get(label, 0.0) for label in task.labels]])
        found.append(Problem(example.source, (), (task.labels.index(example.target),), exact))
    return found


def names(split: str, count: int, seed: int) -> list[Problem]:
    """News and travel texts with the tags of their shared names."""
    found = []
    for example in token_classification.TASK.examples(split, count, seed=seed):
        words, tags = example.source.split(), token_classification.TAGS
        places = tuple(t for t, word in enumerate(words) if word in token_classification.SHARED)
        rows = token_classification.tag_probs(words) if split == "test" else [dict.fromkeys(tags, 0.25)] * len(words)
        exact = np.array([[rows[t][tag] for tag in tags] for t in places])
        labels = tuple(tags.index(example.target[t]) for t in places)
        found.append(Problem(example.source, places, labels, exact))
    return found


def notes(split: str, count: int, seed: int) -> list[Problem]:
    """Clinical notes with the severity of the interaction of two drugs."""
    found = clinical_notes.notes(split, count, seed=seed)
    return [Problem(n.text, (), (n.label,), row[None]) for n, row in zip(found, clinical_notes.exact_probs(found))]


SOURCES = {"classification": (reviews, 2), "entities": (names, 4), "interactions": (notes, 3)}
TASKS = tuple(SOURCES)


@functools.cache
def problems(task: str, split: str, count: int, seed: int) -> tuple[Problem, ...]:
    """The problems of a task, drawn by seed.

    Raises ValueError for an unknown task, listing the known ones.
    """
    if task not in SOURCES:
        raise ValueError(f"no task of the variants is named {task!r}; choose from {', '.join(TASKS)}")
    return tuple(SOURCES[task][0](split, count, seed))


class Head(torch.nn.Module):
    """A stack of blocks and one fresh matrix, read at single words or at the mean of all: logits (asked, labels)."""

    def __init__(self, body, labels: int, *, seed: int):
        super().__init__()
        self.body = copy.deepcopy(body)
        self.matrix = torch.nn.Linear(body.config.hidden_size, labels)
        torch.nn.init.normal_(self.matrix.weight, std=0.02, generator=torch.Generator().manual_seed(seed))
        torch.nn.init.zeros_(self.matrix.bias)

    def forward(self, asked=None, labels=None, **batch):
        """`asked` (batch, position) marks the words to read; None reads the mean of every text."""
        states = self.body(**batch).last_hidden_state
        read = pool(states, batch["attention_mask"], "mean") if asked is None else states[asked]
        logits = self.matrix(read)
        loss = None if labels is None else cross_entropy(logits, labels)
        return SequenceClassifierOutput(loss=loss, logits=logits)


def batches(tokenizer, encoded=encode):
    """A function that writes problems as a batch for `Head`; `encoded(tokenizer, texts)` writes the ids."""

    def collate(found):
        written = encoded(tokenizer, [problem.text for problem in found])
        batch = {name: value for name, value in written.items() if name != "token_type_ids"}
        batch["labels"] = torch.tensor([label for problem in found for label in problem.labels])
        if any(problem.places for problem in found):
            batch["asked"] = torch.zeros_like(batch["input_ids"], dtype=torch.bool)
            for row, problem in enumerate(found):  # the mark in front comes first
                batch["asked"][row, [place + 1 for place in problem.places]] = True
        return batch

    return collate


def log_probs(head, collate, found) -> np.ndarray:
    """Log-probability of each label wherever one is asked for: (asked, labels)."""
    rows = []
    with torch.no_grad():
        for some in in_batches(found):
            batch = {name: value for name, value in collate(some).items() if name != "labels"}
            rows.append(head(**batch).logits.float().log_softmax(-1))
    return torch.cat(rows).double().numpy()


def scores_of(answers, found) -> dict[str, float]:
    """Expected accuracy of log-probabilities (asked, labels), with its optimum and that of the best constant answer."""
    exact = np.concatenate([problem.exact for problem in found])
    scores = choice_scores(answers, exact)
    kept = {name: scores[name] for name in ("accuracy", "optimum", "log_prob", "optimum_log_prob")}
    return {**kept, "chance": float(exact.mean(0).max())}


def tuned(task: str, body, tokenizer, *, seed: int, recipe=RECIPE, counts=COUNTS, encoded=encode):
    """A stack fine-tuned on a task under a fresh head: (head, collate). The stack that is handed in stays as it is."""
    head, collate = Head(body, SOURCES[task][1], seed=seed), batches(tokenizer, encoded)
    train = problems(task, "train", counts["train"], seed)
    generator = torch.Generator().manual_seed(seed)
    return finetune(head, train, collate=collate, generator=generator, recipe=recipe)[0], collate


def scored(body, tokenizer, *, seed: int, recipe=RECIPE, counts=COUNTS, tasks=TASKS) -> dict[str, dict]:
    """The scores of a stack on each task after fine-tuning."""
    found = {}
    for task in tasks:
        head, collate = tuned(task, body, tokenizer, seed=seed, recipe=recipe, counts=counts)
        test = problems(task, "test", counts["test"], seed)
        found[task] = scores_of(log_probs(head, collate, test), test)
    return found
