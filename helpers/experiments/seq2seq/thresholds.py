"""What encoder-decoders reach after fine-tuning beside an acceptance threshold: translations, summaries, alignment."""

from __future__ import annotations

import functools
from dataclasses import replace

import numpy as np

from helpers import tinytown
from helpers.experiments.runner import Search
from helpers.experiments.seq2seq import variants
from helpers.methods import alignment
from helpers.tasks import TASKS, summarisation
from helpers.tasks.translation import ENGLISH, TONGUE
from helpers.training.finetuning import FineTuning

NAME = "thresholds"
SEEDS = (0, 1, 2)
MODELS = ("course-t5", "course-bart")
SCORE = {"translation": "exact match", "summarisation": "gold"}  # what a learning rate is chosen by
THRESHOLDS = {"translation": 0.95, "summarisation": 0.90, "alignment": 0.80}
RECIPE = FineTuning(steps=300, batch_size=16, learning_rate=1e-3)
RATES = (1e-3, 3e-3)
LOOKED_AT = 100  # validation examples on which the head is chosen


def grid():
    """Both models, both tasks, every seed."""
    for model in MODELS:
        for task in SCORE:
            yield from (
                {"experiment": NAME, "stage": "test", "model": model, "task": task, "seed": seed} for seed in SEEDS
            )
    for seed in SEEDS:
        yield {"experiment": NAME, "stage": "baseline", "who": "diagonal", "task": "translation", "seed": seed}
        for model in MODELS:
            point = {"experiment": NAME, "stage": "baseline", "who": "untuned", "task": "translation", "seed": seed}
            yield {**point, "model": model}


def search(point: dict) -> Search | None:
    """The learning rate with the best answers on validation examples; none for baselines, which do not learn."""
    if point["stage"] == "baseline":
        return None
    tries = {"experiment": NAME, "stage": "search", "model": point["model"], "task": point["task"]}
    return Search(tries, tuple(replace(RECIPE, learning_rate=rate).to_dict() for rate in RATES), SCORE[point["task"]])


def models(point: dict) -> tuple[str, ...]:
    """The course model that is fine-tuned, or looked at as it is."""
    return (point["model"],) if "model" in point else ()


def run(point: dict) -> dict:
    """Scores of a fine-tuned model; for translation on the test split the alignment too."""
    task, seed = TASKS[point["task"]], point["seed"]
    if point["stage"] == "baseline":
        return {"alignment": baseline(point["who"], task, seed, point.get("model"))}
    solver = tuned(point["model"], point["task"], seed, FineTuning(**point["recipe"]))
    examples = task.examples("validation" if point["stage"] == "search" else "test", seed=seed)
    answers = solver.answer(examples)
    scores = task.score(answers, examples)
    if point["task"] == "summarisation":
        return {**scores, "gold": gold_share(answers, examples)}
    return scores if point["stage"] == "search" else {**scores, "alignment": aligned(solver, task, seed)}


@functools.lru_cache(maxsize=1)
def tuned(model: str, task_name: str, seed: int, recipe: FineTuning):
    """A solver, fine-tuned on the task's training examples; kept, so that a search's run serves the test too."""
    task = TASKS[task_name]
    return variants.train(model, task, task.examples("train", seed=seed), seed=seed, recipe=recipe)


def gold_summaries(source: str) -> frozenset[str]:
    """Every most probable summary of a source: one, or one for each finder when the story does not tell who it was.

    >>> story = "simon went to the park on monday . he lost his kite . a child found the kite . summary :"
    >>> sorted(gold_summaries(story))
    ['simon lost his kite at the park and a child found it .']
    """
    best, story = summarisation.best_summary(source), summarisation.story_of(source)
    finders = tinytown.fact_probs(story, "finder", language=tinytown.only("story"))
    words, top = best.split(), max(finders.values())
    place = len(words) - 1 - words[::-1].index("found") - 1  # "... and a FINDER found it ."
    likely = [finder for finder, prob in finders.items() if prob > top - 1e-9]
    return frozenset(" ".join([*words[:place], finder, *words[place + 1 :]]) for finder in likely)


def gold_share(answers, examples) -> float:
    """Share of answers that are a most probable summary of their source."""
    return sum(a in gold_summaries(e.source) for a, e in zip(answers, examples, strict=True)) / len(examples)


def aligned(solver, task, seed: int) -> dict:
    """The head that agrees best with the gold alignment on validation, and its scores on the test examples; beside it
    the F1 of the worst head, and the mean over all heads."""
    chosen = task.examples("validation", LOOKED_AT, seed=seed)
    head = alignment.best_head(solver.model, solver.tokenizer, chosen)
    test = task.examples("test", seed=seed)
    found = alignment.by_head(alignment.cross_attention(solver.model, solver.tokenizer, test), test)
    on = {
        "validation": alignment.agreement(solver.model, solver.tokenizer, chosen, head=head)["f1"],
        **found[head],
    }
    others = [scores["f1"] for scores in found.values()]
    return {"layer": head[0], "head": head[1], **on, "worst": min(others), "mean head": float(np.mean(others))}


def baseline(who: str, task, seed: int, model: str | None = None) -> dict:
    """The alignment of who does not learn: word t of n linked to word t s / n of s, or an untuned model's best head.

    Raises ValueError for another baseline.
    """
    if who == "untuned":
        how = {"seed": seed, "recipe": replace(RECIPE, steps=1, learning_rate=0.0)}
        return aligned(variants.train(model, task, task.examples("train", 20, seed=seed), **how), task, seed)
    if who != "diagonal":
        raise ValueError(f"no baseline is called {who!r}; choose diagonal or untuned")
    examples = task.examples("test", seed=seed)
    return alignment.by_head([diagonal(e) for e in examples], examples)[0, 0]


def diagonal(example) -> np.ndarray:
    """A map (1, 1, target word, source word) that looks from each target word at the same share of the source.

    The marks at both ends of the source are left out.
    """
    words, targets = example.source.split(), len(example.target.split())
    first, last = len(ENGLISH.split()), len(words) - len(TONGUE.split())
    looks = np.zeros((1, 1, targets, len(words)))
    places = first + np.arange(targets) * (last - first) // targets
    looks[0, 0, np.arange(targets), places] = 1
    return looks
