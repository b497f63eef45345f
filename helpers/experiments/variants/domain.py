"""A domain: what does a model of everything else gain from clinical texts, and how many of them does it need?

Question: BioBERT, SciBERT and FinBERT beat general models in their field. Is it the continued training, the field's
text alone, or the field's words in the vocabulary?

Changed: the texts that are read, and their number. Fixed: the small BERT, its masks and optimiser, and the total number
of steps: the general part and its continuation together take as many as the clinic alone. "pieces" is the same model
with a vocabulary of everything but the clinic: its words fall into letters (but for a few drugs that lists name, too).
Beside it: the exact floor of the clinic's gaps, and of everything else's (what is forgotten); drug interactions with
1,000 labelled notes, and with 4,000 in twice the steps, beside the optimum and the best constant answer. A model of
pieces fills no gap word by word: it is scored on interactions alone.
Cost: 33 points, 1 minute (continued) to 3 (clinic alone) on one core.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from functools import partial
from types import SimpleNamespace

from helpers import evaluation, tinytown
from helpers.evaluation.language import writable_words
from helpers.experiments.ablations import settings
from helpers.experiments.variants import changed_models, small_models, tasks
from helpers.experiments.variants.objectives import MaskedLM
from helpers.models.tokenizers import build_tokenizer

NAME = "domain"
SEEDS = small_models.SEEDS
FIELD = "clinic"
RECIPE = replace(small_models.RECIPE, steps=2_000)
CONTINUED_STEPS = 500
AMOUNTS = (100, 1_000, 10_000)  # different documents of the clinic, read over and over
GENERAL = ("general", "general, pieces")
TRAINED = ("continued", "continued, pieces", "clinic alone")
COUNTS = tasks.COUNTS
MORE = {"train": 4_000, "test": COUNTS["test"]}
LONGER = replace(tasks.RECIPE, steps=2 * tasks.RECIPE.steps)
COUNT = 300


def grid():
    """Models of everything else, then those that read the clinic, by the amount of text."""
    for seed in SEEDS:
        for variant in GENERAL:
            yield _point(variant, 0, seed)
        for variant in TRAINED:
            yield from (_point(variant, amount, seed) for amount in AMOUNTS)


def _point(variant, amount, seed):
    recipe = settings(recipe_of(variant, amount))
    labelled = {"labelled": [COUNTS["train"], MORE["train"]]}
    return {"experiment": NAME, "variant": variant, "documents": amount, "seed": seed, "recipe": recipe, **labelled}


def recipe_of(variant: str, amount: int):
    """The recipe of what is trained last; an amount of 0 reads new documents without end.

    Raises ValueError for an unknown variant, or a variant that reads the clinic without an amount.
    """
    if variant not in (*GENERAL, *TRAINED):
        raise ValueError(f"no variant is named {variant!r}; choose from {', '.join((*GENERAL, *TRAINED))}")
    if (variant in GENERAL) != (amount == 0):
        raise ValueError(f"{variant!r} with {amount} documents of the clinic does not exist; {GENERAL} read none")
    if variant in GENERAL:
        return RECIPE
    corpus = replace(RECIPE, corpus_chunks=1, chunk_documents=amount)
    if variant.startswith("continued"):
        return replace(corpus, steps=CONTINUED_STEPS, warmup_steps=CONTINUED_STEPS // 10)
    return replace(corpus, steps=RECIPE.steps + CONTINUED_STEPS)


def everything_else():
    """Tinytown without the field."""
    return tinytown.only(*(s.name for s in tinytown.training_language().scenes if s.name != FIELD))


def documents_of(language):
    """What the stream asks for documents."""
    return SimpleNamespace(documents=partial(tinytown.documents, language=language))


@dataclass(frozen=True)
class InPieces(MaskedLM):
    """Hidden tokens of texts whose words need not be in the vocabulary; a text too long for the model is left out."""

    def examples(self, documents, salient, *, recipe, tokenizer, generator):
        """The ids of each document as the tokenizer writes it, None for one that is too long."""
        rows = tokenizer([" ".join(d.tokens) for d in documents], verbose=False)["input_ids"]
        return [row if len(row) <= recipe.positions else None for row in rows]


def build(variant: str, seed: int, recipe=None):
    """An untrained model and its tokenizer: of Tinytown's vocabulary, or, in pieces, without the clinic's words."""
    model, tokenizer = changed_models.build("BERT", seed, recipe or RECIPE)
    if variant.endswith("pieces"):
        tokenizer = build_tokenizer(writable_words(everything_else()))
        make = partial(changed_models.bert, recipe or RECIPE, tokenizer)
        model = small_models.seeded(make, seed)
    return model, tokenizer


def trained(variant: str, amount: int, seed: int):
    """A trained model: (model, tokenizer). A continued one begins as the general one of its seed and vocabulary."""
    recipe, (model, tokenizer) = recipe_of(variant, amount), build(variant, seed)
    family = InPieces() if variant.endswith("pieces") else MaskedLM()
    if variant.startswith("continued"):
        model, _ = trained(variant.replace("continued", "general"), 0, seed)
    language = everything_else() if variant in GENERAL else tinytown.only(FIELD)
    how = {"folder": small_models.folder_of(NAME, variant, amount, seed), "language": documents_of(language)}
    small_models.train(model, tokenizer, family, recipe, seed=seed, **how)
    return model, tokenizer


def excess(model, tokenizer) -> dict[str, float]:
    """Nats above the floor at hidden words of the clinic, and of everything else."""
    languages = {FIELD: tinytown.only(FIELD), "everything else": everything_else()}
    return {
        name: evaluation.masked_excess(model, tokenizer, count=COUNT, language=language)["excess"]
        for name, language in languages.items()
    }


def run(point: dict) -> dict:
    """Train a model if need be, and score it on the clinic's gaps, on the others, and on drug interactions."""
    model, tokenizer = trained(point["variant"], point["documents"], point["seed"])
    how = {"seed": point["seed"], "tasks": ("interactions",)}
    whole = {} if point["variant"].endswith("pieces") else {"excess": excess(model, tokenizer)}
    few = tasks.scored(model.bert, tokenizer, counts=COUNTS, **how)
    return {
        **whole,
        "tasks": few,
        "more labels": tasks.scored(model.bert, tokenizer, counts=MORE, recipe=LONGER, **how),
    }
