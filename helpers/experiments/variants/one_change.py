"""One change at a time: what each part of today's encoders does to a small one.

Question: rotary positions, RMSNorm, a gated feed-forward network, layers that share their weights, a narrow embedding,
a loss on every token: which of them helps a model of this size, and what does it cost?

Changed: one part of the model, or what is asked of it (`electra`). Fixed: width, layers, documents, masks of the same
rate, steps, optimiser. Each change has its base: BERT, ALBERT without its savings, or BERT's loss with 100 % [MASK].
Beside it: the exact floor (excess in nats, where the model fills gaps), and the optimum of three tasks.
The models of ELECTRA's ladder have read no [MASK]: they are scored on the tasks alone; what the generator costs stands
in the seconds.
Cost: 39 points of about 2 minutes on one core.
"""

from __future__ import annotations

from dataclasses import replace

import pandas as pd

from helpers import evaluation
from helpers.evaluation.intervals import paired
from helpers.experiments.ablations import settings
from helpers.experiments.variants import changed_models, electra, small_models, tasks
from helpers.experiments.variants.objectives import MaskedLM
from helpers.transformer.parameters import tables_and_blocks

NAME = "one change"
SEEDS = small_models.SEEDS
RECIPE = replace(small_models.RECIPE, steps=2_000)
MASK_ONLY = (1.0, 0.0, 0.0)
BASES = {  # what each change is compared with
    **dict.fromkeys(("rotary positions", "RMSNorm", "gated MLP", "ALBERT, nothing shared"), "BERT"),
    **dict.fromkeys(("tied layers", "factorised embedding", "tied and factorised"), "ALBERT, nothing shared"),
    **dict.fromkeys(electra.QUESTIONS, "BERT, [MASK] alone"),
}
VARIANTS = (*changed_models.MAKERS, "BERT, [MASK] alone", *electra.QUESTIONS)
COUNT = 500


def recipe_of(variant: str):
    """The recipe of a variant: the ladder hides words behind [MASK] alone, the others 80/10/10.

    Raises ValueError for an unknown variant.
    """
    if variant not in VARIANTS:
        raise ValueError(f"no variant is named {variant!r}; choose from {', '.join(VARIANTS)}")
    return RECIPE if variant in changed_models.MAKERS else replace(RECIPE, mix=MASK_ONLY)


def grid():
    """Every change with every seed."""
    for seed in SEEDS:
        for variant in VARIANTS:
            yield {"experiment": NAME, "variant": variant, "seed": seed, "recipe": settings(recipe_of(variant))}


def trained(variant: str, seed: int):
    """A trained encoder: (model, tokenizer, what was done)."""
    recipe, ladder = recipe_of(variant), variant in electra.QUESTIONS
    if ladder:
        made, tokenizer = electra.build(seed, recipe)
    else:
        name = variant if variant in changed_models.MAKERS else "BERT"
        made, tokenizer = changed_models.build(name, seed, recipe)
    family = electra.Ladder(variant) if ladder else MaskedLM()
    folder = small_models.folder_of(NAME, variant.replace("[MASK]", "mask"), seed)
    done = small_models.train(made, tokenizer, family, recipe, folder=folder, seed=seed)
    return made.model if ladder else made, tokenizer, done


def run(point: dict) -> dict:
    """Train an encoder if need be, and measure it: excess where it fills gaps, tasks, parameters."""
    variant, seed = point["variant"], point["seed"]
    model, tokenizer, done = trained(variant, seed)
    fills_gaps = variant not in electra.QUESTIONS
    excess = evaluation.masked_excess(model, tokenizer, count=COUNT)["excess"] if fills_gaps else None
    tables, rest = tables_and_blocks(model)
    return {
        "excess": excess,
        "tasks": tasks.scored(model.base_model, tokenizer, seed=seed),
        "tables": tables,
        "rest": rest,
        **done,
    }


def gains(runs: pd.DataFrame, score: str = "excess") -> pd.DataFrame:
    """A row for each change that has this score: score minus that of its base, paired by seed: mean, low, high."""
    by, rows = dict(list(runs.groupby("variant", sort=False))), []
    for change, base in BASES.items():
        if by[change][score].notna().all():
            mean, low, high = paired(by[change], by[base], score)
            rows.append({"change": f"{change} (against {base})", "mean": mean, "low": low, "high": high})
    return pd.DataFrame(rows)
