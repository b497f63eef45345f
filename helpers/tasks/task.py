"""What a task is: examples by seed for three splits that share no text, a metric, a chance score, an exact optimum."""

from __future__ import annotations

import functools
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass

from helpers import tinytown

SIZES = {"train": 3_000, "validation": 200, "test": 300}
LONGEST = 24  # words of a document, where a task reads two of them
FORMS = ("classes", "tags", "span", "pair", "text", "cloze")
PATIENCE = 100_000  # drawn examples that may all be known before the search for new ones is given up


@dataclass(frozen=True)
class Example:
    """One question and its answer.

    classes, cloze: a text and its label; tags: a text and one tag for each word; pair: two texts and a number;
    text: a text and the text that follows from it; span: a question, a passage (`second`), the answer's text, and
    where it stands in the passage (`span`: first and last word).
    """

    source: str
    target: object
    second: str = ""
    span: tuple[int, int] | None = None


@dataclass(frozen=True)
class Task:
    """One task. `draw(split, seed)` yields examples without end; the scores of `score`, `chance` and `exact` share
    their names, one of which is `metric`; `sampled`: the answer is drawn, not the most probable one; `train`: how many
    training examples there are."""

    name: str
    title: str
    form: str
    metric: str
    draw: Callable
    score: Callable
    chance: Callable
    exact: Callable
    labels: tuple[str, ...] = ()
    sampled: bool = False
    train: int = SIZES["train"]

    def __post_init__(self):
        if self.form not in FORMS:
            raise ValueError(f"form {self.form!r} does not exist; choose one of {', '.join(FORMS)}")

    def examples(self, split: str, count: int | None = None, *, seed: int = 0) -> tuple[Example, ...]:
        """`count` examples of a split, drawn by seed; no text stands in two splits of the same seed.

        The texts of validation and test are distinct; training texts repeat as they do in the language.

        Raises ValueError for an unknown split, or a count below 1.
        """
        if split not in SIZES:
            raise ValueError(f"split {split!r} does not exist; choose one of {', '.join(SIZES)}")
        if count is not None and count < 1:
            raise ValueError(f"count {count} asks for no example; pass 1 or more")
        if count is not None and count > self.size(split):
            return _first(self, split, count, seed)
        return examples_of(self, split, seed)[:count]

    def size(self, split: str) -> int:
        """How many examples a split has."""
        return self.train if split == "train" else SIZES[split]


def key(example: Example) -> tuple[str, str]:
    """What makes two examples the same text."""
    return example.source, example.second


@functools.cache
def examples_of(task: Task, split: str, seed: int) -> tuple[Example, ...]:
    """As many examples as the split has; each text of a smaller split is new to the splits before it, and distinct."""
    return _first(task, split, task.size(split), seed)


def _first(task, split, count, seed):
    before = list(SIZES)[: list(SIZES).index(split)] if task.form != "cloze" else []
    taken = {key(example) for other in before for example in examples_of(task, other, seed)}
    found, refused = [], 0
    for example in task.draw(split, seed):
        if key(example) in taken:
            refused += 1
            if refused > PATIENCE:
                raise ValueError(f"{task.name} has no {count} examples for {split} that are new; ask for fewer")
            continue
        found.append(example)
        if split != "train":
            taken.add(key(example))
        if len(found) == count:
            return tuple(found)


def check_training(task: Task, train) -> None:
    """Refuse a training set from which the task cannot be learnt.

    Raises ValueError for no examples, fewer examples than labels, a label that the task does not know, or one that no
    example has; the message says which and what to do.
    """
    if not len(train):
        raise ValueError(f"the training set of {task.name} is empty; give at least one example, or one for each label")
    if not task.labels:
        return
    if len(train) < len(task.labels):
        raise ValueError(
            f"{len(train)} training examples cannot cover the {len(task.labels)} labels of {task.name}; give more"
        )
    seen = {label for e in train for label in (e.target if task.form == "tags" else [e.target])}
    if unknown := sorted(map(str, seen - set(task.labels))):
        raise ValueError(f"label {unknown[0]!r} is none of {task.name}'s ({', '.join(task.labels)}); mend the example")
    if missing := [label for label in task.labels if label not in seen]:
        raise ValueError(f"no training example of {task.name} has the label {missing[0]!r}; add one, or drop the label")


def same_number(answers, examples) -> None:
    """Refuse a list of answers that is not as long as the list of examples."""
    if len(answers) != len(examples) or not len(examples):
        raise ValueError(f"{len(answers)} answers for {len(examples)} examples; give one for each, and at least one")


def stream(*scenes: str, split: str, seed, keep=None, block: int = 200):
    """Documents of these scenes in one split, without end; `seed` is a sequence of numbers."""
    number = 0
    while True:
        for document in tinytown.documents(block, split=split, seed=[*seed, number], language=tinytown.only(*scenes)):
            if keep is None or keep(document):
                yield document
        number += 1


def unread(train):
    """The answer of somebody who does not read: the most frequent training target, the same for every example.

    This is what chance means in most tasks.
    """
    return most_frequent(train)


def most_frequent(train, of=lambda example: ""):
    """A function from an example to the most frequent target among the training examples with the same `of`."""
    counts: dict = {}
    for example in train:
        counts.setdefault(of(example), Counter())[example.target] += 1
    best = {group: count.most_common(1)[0][0] for group, count in counts.items()}
    overall = Counter(example.target for example in train).most_common(1)[0][0]
    return lambda example: best.get(of(example), overall)
