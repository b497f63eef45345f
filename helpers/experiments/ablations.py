"""One change at a time: small course-berts that differ in how words are hidden, or in whether they learn pairs.

Every variant has the same size, steps and batches; losses are measured alike for all, with 15 % of the words hidden
behind [MASK], as an excess over the exact floor. A killed training is taken up where it stopped. The rows stand in
data/results/ablations.jsonl; a run costs about three minutes on one core.

- mix: what becomes of a chosen word. 90/10/0 and 90/0/10 leave out one tenth each: which of the two does the work?
- rate, prediction: how many words are hidden. Hiding more takes clues away and asks more at once; with 40 % hidden and
  15 % scored only the clues change against 15 %, only the questions against 40 % (Wettig et al. 2023, "Should You Mask
  15% in Masked Language Modeling?").
- corpus: a corpus read about nineteen times, its words hidden once and for all, in five or ten copies, or anew in each
  reading. BERT's own condition was ten copies and forty readings, each mask met four times (Liu et al. 2019, "RoBERTa",
  section 4.1); five copies come as close to four, ten have BERT's number of copies. A copy fixes the pairs' second
  halves, too, as BERT's preprocessing does, and the batches.
- nsp: from BERT's pairs to whole documents one thing at a time: the loss of the pair task goes, then the strangers'
  second halves, then the pairs themselves.
"""

from __future__ import annotations

import pandas as pd
from filelock import FileLock

from helpers import evaluation, tinytown
from helpers.experiments.runner import Experiment
from helpers.models import DATA
from helpers.training import log
from helpers.training.loop import pretrain
from helpers.training.monitor import Paths
from helpers.training.recipe import MAY_CHANGE, Recipe

MODELS = DATA / "models" / ".checkpoints" / "ablations"
SEEDS = (0, 1, 2)
SIZE = {
    "d_model": 64,
    "layers": 3,
    "heads": 4,
    "feed_forward": 256,
    "batch_tokens": 1_920,
    "mask_rate_chunks": 900,
    "steps": 2_000,
    "peak_learning_rate": 2e-3,
    "warmup_steps": 200,
    "first_mask_rate": 0.15,
    "log_every": 250,
    "checkpoint_every": 500,
}
CHANGES = {
    "base": {},
    "mask-only": {"mix": (1.0, 0.0, 0.0)},
    "random-only": {"mix": (0.0, 1.0, 0.0)},
    "keep-only": {"mix": (0.0, 0.0, 1.0)},
    "without-kept": {"mix": (0.9, 0.1, 0.0)},
    "without-random": {"mix": (0.9, 0.0, 0.1)},
    **{f"rate-{rate:02d}": {"mask_rate": rate / 100, "first_mask_rate": rate / 100} for rate in (5, 30, 40, 60, 80)},
    "rate-40-score-15": {"mask_rate": 0.4, "first_mask_rate": 0.4, "scored_rate": 0.15},
    "static": {"corpus_chunks": 2, "static_masks": True},
    "copies-05": {"corpus_chunks": 2, "static_masks": True, "mask_copies": 5},
    "copies-10": {"corpus_chunks": 2, "static_masks": True, "mask_copies": 10},
    "dynamic": {"corpus_chunks": 2},
    "pairs-without-loss": {"next_sentence_loss": False},
    "true-pairs": {"next_sentence_loss": False, "random_share": 0.0},
    "without-nsp": {"pair_share": 0.0},
}
GROUPS = {  # what is compared with what: the name in the figure -> the variant
    "mix": {
        "80/10/10": "base",
        "90/10/0": "without-kept",
        "90/0/10": "without-random",
        "100/0/0": "mask-only",
        "0/100/0": "random-only",
        "0/0/100": "keep-only",
    },
    "rate": {"5%": "rate-05", "15%": "base", "30%": "rate-30", "40%": "rate-40", "60%": "rate-60", "80%": "rate-80"},
    "prediction": {"hide 15%": "base", "hide 40%, score 15%": "rate-40-score-15", "hide 40%": "rate-40"},
    "corpus": {
        "endless": "base",
        "dynamic": "dynamic",
        "ten copies": "copies-10",
        "five copies": "copies-05",
        "static": "static",
    },
    "nsp": {
        "with": "base",
        "pairs without the loss": "pairs-without-loss",
        "true pairs without the loss": "true-pairs",
        "without": "without-nsp",
    },
}


def recipe_of(variant: str, seed: int) -> Recipe:
    """The recipe of one variant: the small size and the one change.

    >>> recipe_of("mask-only", 0).mix
    (1.0, 0.0, 0.0)

    Raises ValueError for an unknown variant, listing the known ones.
    """
    if variant not in CHANGES:
        raise ValueError(f"no variant is named {variant!r}; choose from {', '.join(CHANGES)}")
    return Recipe("course-bert", seed=seed, **{**SIZE, **CHANGES[variant]})


def settings(recipe: Recipe) -> dict:
    """What a pretraining recipe decides about the result, for a row; the seed stands beside it.

    >>> settings(recipe_of("base", 0)) == settings(recipe_of("base", 1))
    True
    """
    return {name: value for name, value in recipe.to_dict().items() if name not in (*MAY_CHANGE, "seed")}


def folder_of(variant: str, seed: int):
    """Where a variant's checkpoints, its record and the trained model are kept."""
    return MODELS / f"{variant}-{seed}"


def load(variant: str, seed: int):
    """One trained variant: (model, tokenizer); training is made up for when it is not there yet."""
    folder = folder_of(variant, seed)
    paths = Paths(checkpoints=folder, record=folder / "record.jsonl", model=folder / "model")
    folder.mkdir(parents=True, exist_ok=True)
    with FileLock(folder / "lock"):  # two runs that need the same model train it once
        return pretrain(recipe_of(variant, seed), paths, language=tinytown, quiet=True)


def grid():
    """Every variant with every seed."""
    for seed in SEEDS:
        for variant in CHANGES:
            yield {"variant": variant, "seed": seed, "recipe": settings(recipe_of(variant, seed))}


def run(point: dict) -> dict:
    """Train a variant if need be, and measure it."""
    model, tokenizer = load(point["variant"], point["seed"])
    _, steps = log.read(folder_of(point["variant"], point["seed"]) / "record.jsonl")
    guesses = evaluation.unmasked_guesses(model, tokenizer)
    return {
        "excess": evaluation.masked_excess(model, tokenizer)["excess"],
        "next_sentence": evaluation.next_sentence(model, tokenizer)["accuracy"],
        **{share: guesses[share] for share in ("visible", "repair")},
        "curve": [[line["step"], line["validation"]] for line in steps],
        "words": steps[-1]["words"],
    }


def compared(group: str) -> pd.DataFrame:
    """The recorded runs of one comparison, `variant` being the name it has there, in the comparison's order.

    Raises ValueError for an unknown comparison; FileNotFoundError when a variant has not been recorded.
    """
    if group not in GROUPS:
        raise ValueError(f"no comparison is named {group!r}; choose from {', '.join(GROUPS)}")
    frames = [EXPERIMENT.frame(variant=variant).assign(variant=name) for name, variant in GROUPS[group].items()]
    return pd.concat(frames, ignore_index=True)


EXPERIMENT = Experiment("ablations", grid=grid, run=run)
