"""What an encoder-decoder reaches after fine-tuning: translations, summaries, and where it looks while translating."""

from __future__ import annotations

import functools
from dataclasses import replace

from helpers import tinytown
from helpers.experiments.seq2seq import records, variants
from helpers.methods import alignment
from helpers.tasks import TASKS as ALL
from helpers.tasks import summarisation
from helpers.training.finetuning import Recipe, plain

MODELS = ("course-t5", "course-bart")
TASKS = ("translation", "summarisation")
RECIPE = Recipe(steps=300, batch_size=16, learning_rate=1e-3)
RATES = (1e-3, 3e-3)
MUST = {"translation": 0.95, "summarisation": 0.90, "alignment": 0.80}
SCORE = {"translation": "exact match", "summarisation": "gold", "alignment": ("alignment", "f1")}
LOOKED_AT = 100  # validation examples on which the head is chosen


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


@functools.lru_cache(maxsize=1)
def tuned(model: str, task_name: str, seed: int, recipe: Recipe):
    """A Solver, fine-tuned on the task's training examples; kept, so that a search's run serves the test too."""
    task = ALL[task_name]
    return variants.train(model, task, task.examples("train", seed=seed), seed=seed, recipe=recipe)


def measured(model: str, task_name: str, seed: int, recipe: Recipe, split: str) -> dict:
    """Scores of a fine-tuned model on a split; for translation on the test split the alignment too."""
    task, solver = ALL[task_name], tuned(model, task_name, seed, recipe)
    examples = task.examples(split, seed=seed)
    answers = solver.answer(examples)
    scores = task.score(answers, examples)
    if task_name == "summarisation":
        return {**scores, "gold": gold_share(answers, examples)}
    return {**scores, "alignment": aligned(solver, task, seed)} if split == "test" else scores


def aligned(solver, task, seed: int) -> dict:
    """The head that agrees best with the gold alignment on validation, and its scores on the test examples."""
    chosen = task.examples("validation", LOOKED_AT, seed=seed)
    head = alignment.best_head(solver.model, solver.tokenizer, chosen)
    on = {
        "validation": alignment.agreement(solver.model, solver.tokenizer, chosen, head=head)["f1"],
        **alignment.agreement(solver.model, solver.tokenizer, task.examples("test", seed=seed), head=head),
    }
    return {"layer": head[0], "head": head[1], **on}


def key(stage: str, model: str, task: str, *, seed: int, recipe: Recipe) -> dict:
    """The identity of a run's row."""
    return {
        "experiment": "musts",
        "stage": stage,
        "model": model,
        "task": task,
        "weights": records.weights_of(model),
        "seed": seed,
        "recipe": plain(recipe),
    }


def jobs(models=MODELS, seeds=records.SEEDS, record=records.RECORD):
    """A search over the learning rates on validation, then one test run for each seed, for every model that is here.

    Models without cross-attention have none of these rows.
    """
    for model in filter(records.is_here, [model for model in models if model in MODELS]):
        for task in TASKS:
            for rate in RATES:
                what = {"seed": records.SEARCHED_WITH, "recipe": replace(RECIPE, learning_rate=rate)}
                yield (
                    key("search", model, task, **what),
                    functools.partial(measured, model, task, split="validation", **what),
                )
            recipe = replace(RECIPE, learning_rate=rate_of(model, task, record=record))
            for seed in seeds:
                what = {"seed": seed, "recipe": recipe}
                yield key("test", model, task, **what), functools.partial(measured, model, task, split="test", **what)


def rate_of(model: str, task: str, *, record=records.RECORD) -> float | None:
    """The learning rate that the search has chosen for the weights that are here; None when nothing is recorded."""
    what = {"experiment": "musts", "model": model, "task": task, "weights": records.weights_of(model)}
    return records.best_rate("gold" if task == "summarisation" else "exact match", record=record, **what)


def summary(model: str, what: str, *, record=records.RECORD) -> tuple[float, float, float] | None:
    """Mean and 95 % interval over the seeds, (mean, low, high), on test examples; None when nothing is recorded yet.

    what: "translation" (exact match), "summarisation" (share of gold summaries), "alignment" (F1 of the best head).
    Raises ValueError for a model or measure that does not exist.
    """
    if model not in MODELS or what not in SCORE:
        raise ValueError(f"no {what!r} of {model!r}; choose one of {', '.join(SCORE)} of {' or '.join(MODELS)}")
    task = "translation" if what == "alignment" else what
    found = {"experiment": "musts", "stage": "test", "model": model, "task": task}
    return records.summary(SCORE[what], record=record, **found)
