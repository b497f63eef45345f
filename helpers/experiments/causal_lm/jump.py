"""How labels of lists are learnt: is the jump one of the measure, and which heads change with it?

course-gpt is trained again by its own recipe, with the same seed and with others, up to behind the jump, and measured
often. Changed along a run: the steps alone. Measured at each: accuracy and expected log-probability of the right label
(a measure without a threshold; Schaeffer et al. 2023, "Are Emergent Abilities of Large Language Models a Mirage?"),
each beside its optimum under exact Bayes; for every head the prefix-matching score on repeated random words (Olsson et
al. 2022) beside that of a head that attends everywhere alike; for every head its attention to the right label of a list
and to the wrong ones. About 15 minutes a seed on one core.
"""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import torch

from helpers import evaluation
from helpers.evaluation.lists import list_problems
from helpers.experiments.ablations import settings
from helpers.experiments.causal_lm import training
from helpers.methods import induction
from helpers.models.tokenizers import word_id_range
from helpers.training import gpt, log
from helpers.training.recipe import Recipe

NAME = "jump"
SEEDS = (0, 1, 2)
STEPS = 4_000  # of course-gpt's own; its labels are learnt before
EVERY = 100  # steps between two measurements
LISTS, REPEATED = 300, 20
SHOTS = (1, 4)
LOOKED_UP = ("prefix matching", "right labels")


def course_recipe() -> Recipe:
    """The recipe that course-gpt was trained by, as its record has it."""
    header, _ = log.read(log.RECORDS / "course-gpt.jsonl")
    return Recipe.from_dict(header["recipe"])


def points():
    """One run a seed; the course's own seed among them."""
    recipe = {**settings(course_recipe()), "stop": STEPS, "every": EVERY}
    yield from ({"seed": seed, "recipe": recipe} for seed in SEEDS)


def models(point: dict) -> tuple[str, ...]:
    return ()


def run(point: dict) -> dict:
    """The record of one run: a line for each measurement, and the optima of its measures."""
    recipe = replace(course_recipe(), seed=point["seed"])
    stop, every = point["recipe"]["stop"], point["recipe"]["every"]
    folder = training.MODELS / f"jump-{every}-{point['seed']}"
    at = range(every, stop + 1, every)
    lines = training.train(recipe, measure=measured, at=at, steps=stop, folder=folder)[2]
    return {"lines": lines, **summary(lines)}


def measured(model, tokenizer, *, lists: int = LISTS, rows: int = REPEATED) -> dict:
    """Labels of lists, by accuracy and by log-probability, and what every head looks up."""
    found = {shots: evaluation.k_shot(model, tokenizer, shots=shots, count=lists) for shots in SHOTS}
    named = {
        f"{shots}-shot {name}": scores[key]
        for shots, scores in found.items()
        for name, key in {"accuracy": "accuracy", "log_prob": "log_prob", "optimum": "optimum_log_prob"}.items()
    }
    return {**named, **heads(with_attention(model, tokenizer), tokenizer, lists=lists // 3, rows=rows)}


def heads(model, tokenizer, *, lists: int, rows: int) -> dict:
    """Scores of every head, [layer][head]: prefix matching, and attention to the right and the wrong labels."""
    words = range(*word_id_range(tokenizer))
    drawn = induction.repeated(words, count=rows, generator=torch.Generator().manual_seed(0))
    asked = [(words, max(exact, key=exact.get)) for words, _, exact in list_problems(SHOTS[-1], lists, 0)]
    labels = induction.label_attention(model, tokenizer, asked)
    return {
        "prefix matching": induction.prefix_matching(model, drawn, start_id=tokenizer.bos_token_id).round(4).tolist(),
        "uniform": induction.uniform_matching(drawn),
        **{f"{name} labels": scores.round(4).tolist() for name, scores in labels.items()},
    }


def with_attention(model, tokenizer):
    """The same weights in a model that hands out its attention."""
    config = model.config
    sizes = {"d_model": config.n_embd, "layers": config.n_layer, "heads": config.n_head}
    recipe = Recipe("course-gpt", **sizes, feed_forward=config.n_inner, positions=config.n_positions)
    twin = gpt.build_model(recipe, tokenizer, attention="eager")
    twin.load_state_dict(model.state_dict())
    return twin.to(model.device).eval()


def summary(lines) -> dict:
    """Where a run jumps: the largest step of four-shot accuracy, and the highest scores of a head before and behind it.

    >>> lines = [{"step": s, "4-shot accuracy": a, **{name: [[m, 0.1]] for name in LOOKED_UP}}
    ...          for s, a, m in ((1, 0.5, 0.2), (2, 0.9, 0.7), (3, 0.9, 0.8))]
    >>> summary(lines)
    {'jump': [1, 2], 'prefix matching': [0.2, 0.7], 'right labels': [0.2, 0.7]}
    """
    steps = np.diff([line["4-shot accuracy"] for line in lines])
    place = int(steps.argmax()) if len(steps) else 0
    around = [lines[place], lines[min(place + 1, len(lines) - 1)]]
    highest = {name: [float(np.max(line[name])) for line in around] for name in LOOKED_UP}
    return {"jump": [line["step"] for line in around], **highest}
