"""Does the model read the prefix, or does the text give the task away? Training with and without doubled reviews.

Short reviews stand twice in one training set, once to be translated and once to be judged: on these only the prefix
tells the task. Changed: whether they stand there twice, or each once with one of the two prefixes by turns, the other
half of the examples being other texts of the same tasks; held fixed: the number of examples of each task, steps,
rate. Tested on reviews of things that no short review of the training is about, under both prefixes. Answering always
in the more frequent form is right in form for half of them; the optimum is 1. Cost: 2 variants x 3 seeds x 100 s, 10
minutes.
"""

from __future__ import annotations

import itertools

import numpy as np

from helpers.experiments.seq2seq import variants
from helpers.tasks import TASKS
from helpers.tasks.task import Example, stream
from helpers.tasks.translation import halves
from helpers.tinytown.scenes.tinytongue import GOOD
from helpers.training.finetuning import FineTuning

NAME = "doubled"
SEEDS = (0, 1, 2)
MODEL = "course-t5"
RECIPE = FineTuning(steps=400, batch_size=32, learning_rate=3e-3)
FRAME = {"translation": "english : {} tinytongue :", "summarisation": "summary : {}", "classification": "label : {}"}
MARKS = ("english :", "tinytongue :", "summary :", "label :")
BOTH = ("translation", "classification")  # the tasks of a short review
KEPT = {"soup", "music"}  # what no short review of the training is about; the long texts may name them
VARIANTS = ("doubled", "once")
COUNTS = {"long": 900, "documents": 400}


def grid():
    """Both variants with every seed."""
    for seed in SEEDS:
        for variant in VARIANTS:
            recipe = {**RECIPE.to_dict(), **COUNTS}
            yield {"experiment": NAME, "stage": "test", "variant": variant, "seed": seed, "recipe": recipe}


def search(point: dict) -> None:
    """Nothing is chosen."""


def models(point: dict) -> tuple[str, ...]:
    """The course model that is fine-tuned."""
    return (MODEL,)


def reviews(count: int, *, split: str, seed: int) -> tuple:
    """(example to translate, example to judge) of distinct short reviews among so many documents."""
    documents = stream("tongue_review", split=split, seed=[seed, 1220], keep=lambda d: d.kinds == ("both",))
    both = dict.fromkeys(halves(" ".join(d.tokens)) for d in itertools.islice(documents, count))
    return tuple(
        (
            Example(FRAME["translation"].format(english), tongue),
            Example(FRAME["classification"].format(english), "good" if set(GOOD) & set(english.split()) else "bad"),
        )
        for english, tongue in both
    )


def about_kept(pair) -> bool:
    """Whether a review is about what is kept for the test."""
    return bool(KEPT & set(pair[0].source.split()))


def training(variant: str, *, seed: int, long: int, documents: int) -> list[Example]:
    """The training examples of a variant: as many of each task in both.

    Raises ValueError for an unknown variant.
    """
    if variant not in VARIANTS:
        raise ValueError(f"no variant is called {variant!r}; choose one of {', '.join(VARIANTS)}")
    short = [pair for pair in reviews(documents, split="train", seed=seed) if not about_kept(pair)]
    texts = {task: [as_text(task, e) for e in TASKS[task].examples("train", long, seed=seed)] for task in BOTH}
    if variant == "doubled":
        return [*itertools.chain(*texts.values()), *itertools.chain(*short)]
    once = [pair[number % 2] for number, pair in enumerate(short)]
    more = [texts[task][number // 2 % long] for number in range(len(short)) for task in [BOTH[1 - number % 2]]]
    return [*itertools.chain(*texts.values()), *once, *more]


def as_text(task: str, example: Example) -> Example:
    """An example of a task as text to text, under the task's prefix.

    >>> as_text("classification", Example("the film was dull .", "bad")).source
    'label : the film was dull .'
    """
    text = example.source
    for mark in MARKS:
        text = text.replace(mark, "").strip()
    return Example(FRAME[task].format(text), example.target)


def run(point: dict) -> dict[str, float]:
    """Shares right on kept reviews, under each prefix and under both, and shares of answers in the prefix's form."""
    recipe, seed = dict(point["recipe"]), point["seed"]
    counts = {name: recipe.pop(name) for name in COUNTS}
    learnt = training(point["variant"], seed=seed, **counts)
    how = {"seed": seed, "recipe": FineTuning(**recipe)}
    solver = variants.train(MODEL, TASKS["translation"], learnt, **how)
    asked = [pair for pair in reviews(counts["documents"], split="train", seed=seed) if about_kept(pair)]
    return scored(asked, [solver.answer([pair[side] for pair in asked]) for side in (0, 1)])


def scored(asked, answers) -> dict[str, float]:
    """The scores of answers to (translate, judge) pairs; answers: one list for each prefix."""
    right = np.array([[a == e.target for a, e in zip(row, side)] for row, side in zip(answers, zip(*asked))])
    judged = np.array([[answer in ("good", "bad") for answer in row] for row in answers])
    return {
        "translation": float(right[0].mean()),
        "classification": float(right[1].mean()),
        "both": float(right.all(0).mean()),
        "translation's form": float((~judged[0]).mean()),
        "classification's form": float(judged[1].mean()),
    }
