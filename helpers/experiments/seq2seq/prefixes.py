"""One model, three tasks: does the prefix choose the task, or the text? Every text is asked under every prefix.

Changed: whether the short reviews stand twice in the training, to be translated and to be judged, or not at all; held
fixed: the other examples, steps, rate, the texts asked. An answer counts by its form: tinytongue, a summary, a label.
A model that reads the prefix has 1 in the prefix's form; one that goes by the text has 0. Only models of several seeds
are told of: on texts that a model never met under a prefix, one run says little.
Cost on one core: 2 variants x 5 seeds x 60 s, 10 minutes.
"""

from __future__ import annotations

import itertools

import numpy as np

from helpers.experiments.seq2seq import doubled, variants
from helpers.tasks import TASKS
from helpers.tasks.task import Example
from helpers.training.finetuning import FineTuning

NAME = "prefixes"
SEEDS = range(5)
MODEL = "course-t5"
RECIPE = FineTuning(steps=240, batch_size=16, learning_rate=3e-3)
FRAME = doubled.FRAME
VARIANTS = ("doubled", "left out")
TAUGHT, ASKED, TIMES = 600, 25, 4  # texts of a task, texts asked, copies of each doubled review


def grid():
    """Both variants with every seed."""
    for seed in SEEDS:
        for variant in VARIANTS:
            yield {"experiment": NAME, "stage": "test", "variant": variant, "seed": seed, "recipe": RECIPE.to_dict()}


def search(point: dict) -> None:
    """Nothing is chosen."""


def models(point: dict) -> tuple[str, ...]:
    """The course model that is fine-tuned."""
    return (MODEL,)


def texts(split: str, count: int, seed: int) -> dict[str, list[Example]]:
    """So many examples of each task, under their own prefix."""
    drawn = {task: itertools.islice(TASKS[task].draw(split, seed), count) for task in FRAME}
    return {task: [doubled.as_text(task, e) for e in examples] for task, examples in drawn.items()}


def training(variant: str, seed: int) -> list[Example]:
    """The examples of three tasks, no kept thing judged among them; with the doubled reviews, or without.

    Raises ValueError for an unknown variant.
    """
    if variant not in VARIANTS:
        raise ValueError(f"no variant is called {variant!r}; choose one of {', '.join(VARIANTS)}")
    taught = texts("train", TAUGHT, seed)
    judged = [e for e in taught["classification"] if not doubled.KEPT & set(e.source.split())]
    both = [e for pair in _reviews(seed) if not doubled.about_kept(pair) for e in pair] if variant == "doubled" else []
    return taught["translation"] + taught["summarisation"] + judged + TIMES * both


def _reviews(seed):
    return doubled.reviews(doubled.COUNTS["documents"], split="train", seed=seed)


def solver(variant: str, seed: int, recipe: FineTuning):
    """The fine-tuned model of a variant."""
    return variants.train(MODEL, TASKS["translation"], training(variant, seed), seed=seed, recipe=recipe)


def form(answer: str, tongue) -> str:
    """Which task an answer belongs to, by its form; tongue: the words of tinytongue.

    >>> form("good", set()), form("to vino estis", {"to", "vino", "estis"}), form("", set())
    ('classification', 'translation', 'none')
    """
    words = set(answer.split())
    if answer in ("good", "bad"):
        return "classification"
    if "found" in words:
        return "summarisation"
    return "translation" if words and words <= tongue else "none"


def run(point: dict) -> dict:
    """Shares of answers in the prefix's form: on kept reviews, and on texts of a task under another's prefix."""
    seed = point["seed"]
    trained = solver(point["variant"], seed, FineTuning(**point["recipe"]))
    kept = [pair for pair in _reviews(seed) if doubled.about_kept(pair)]
    tongue = {word for e in texts("train", TAUGHT, seed)["translation"] for word in e.target.split()}
    tongue |= {word for pair in _reviews(seed) for word in pair[0].target.split()}
    asked = texts("test", ASKED, seed)

    def shares(examples):
        found = [form(answer, tongue) for answer in trained.answer(examples)]
        return {task: float(np.mean([each == task for each in found])) for task in FRAME}

    crossed = {
        text: {task: shares([doubled.as_text(task, e) for e in asked[text]]) for task in FRAME} for text in FRAME
    }
    return {
        "reviews": {task: shares([pair[side] for pair in kept])[task] for side, task in enumerate(doubled.BOTH)},
        "prefix": {text: {task: row[task] for task, row in rows.items()} for text, rows in crossed.items()},
        "text": {text: {task: row[text] for task, row in rows.items()} for text, rows in crossed.items()},
    }
