"""The least loss that BERT's own objective allows over all of Tinytown, and course-bert's loss beside it.

Question: every word is asked for with probability 15 %; how well could these be told if all of them were hidden, and
how well as 80/10/10 leaves them, where any shown word may be a random one? Changed: the mix alone. Held fixed: the
documents and the chosen places. The floor is the mean entropy of the exact distributions, the excess the divergence of
course-bert's from them, never below zero. Documents as they are drawn give the floor of the objective itself; distinct
ones give that of a test set of different texts.

The rows stand in data/results/masked_floor.jsonl; 12 points of about two minutes on one core.
"""

from __future__ import annotations

import functools

import numpy as np
import torch

from helpers import tinytown
from helpers.evaluation import in_batches, predictions
from helpers.evaluation.divergence import loss_scores
from helpers.evaluation.expected import expected_log_prob
from helpers.evaluation.intervals import half_width
from helpers.experiments.runner import Experiment
from helpers.models import load_course
from helpers.models.encoding import encode
from helpers.models.tokenizers import word_id_range
from helpers.objectives.masked_lm import RATE, mask_tokens
from helpers.transformer.checks import one_of

SEEDS = (0, 1, 2)
COUNT = 1_000
MIXES = {"100/0/0": (1.0, 0.0, 0.0), "80/10/10": (0.8, 0.1, 0.1)}
DRAWS = {"as drawn": tinytown.documents, "distinct": tinytown.distinct_documents}


def grid():
    """Both mixes over both kinds of draws, a seed at a time."""
    for seed in SEEDS:
        yield from ({"texts": texts, "mix": mix, "seed": seed} for texts in DRAWS for mix in MIXES)


def models(point: dict) -> tuple[str, ...]:
    """Course-bert is asked in every point."""
    return ("course-bert",)


def run(point: dict) -> dict:
    """Loss, floor and excess in nats a chosen word; the floor at [MASK] and at words that are shown."""
    return scores(*load_course("course-bert"), texts=point["texts"], mix=point["mix"], seed=point["seed"])


def scores(model, tokenizer, *, texts: str, mix: str, seed: int, count: int = COUNT) -> dict:
    """The scores of a masked model on one set of texts under one mix."""
    asked = problems(tokenizer, texts, mix, count, seed)
    exact, said = [rows for *_, rows in asked], []
    for some in in_batches(asked):
        rows = predictions(model, encode(tokenizer, [_text(shown) for shown, *_ in some], model=model))
        said += [row[[place + 1 for place in chosen]] for row, (_, chosen, _) in zip(rows, some, strict=True)]
    columns = tokenizer.convert_tokens_to_ids(list(tinytown.training_language().words))
    return {**loss_scores(exact, said, columns), **floors(asked)}


def floors(asked) -> dict:
    """The floor's 95 % interval over texts, the floor by what is shown, and the number of chosen words."""
    entropies = [_entropies(rows) for *_, rows in asked]
    hidden = np.concatenate([[shown[place] is None for place in chosen] for shown, chosen, _ in asked])
    each = np.concatenate(entropies)
    by_sight = {"floor at [MASK]": each[hidden], "floor at shown words": each[~hidden]}
    return {
        "floor ci95": half_width([part.sum() for part in entropies], [len(part) for part in entropies]),
        **{name: float(part.mean()) for name, part in by_sight.items() if len(part)},
        "words": len(each),
    }


def _entropies(rows) -> np.ndarray:
    with np.errstate(divide="ignore"):
        return -expected_log_prob(np.log(rows), rows)


@functools.cache
def problems(tokenizer, texts: str, mix: str, count: int, seed: int) -> tuple:
    """Corrupted texts, None for [MASK]: (words, chosen places, exact probabilities of what stood there, (places, V)).

    The same places are chosen under every mix. A text in which no word was chosen is left out.
    Raises ValueError for an unknown kind of texts or mix.
    """
    draw, shares = DRAWS[one_of(texts, "texts", DRAWS)], MIXES[one_of(mix, "mix", MIXES)]
    generator, found = torch.Generator().manual_seed(seed), []
    how = {"mask_id": tokenizer.mask_token_id, "word_ids": word_id_range(tokenizer), "rate": RATE, "mix": shares}
    for document in draw(count, split="test", seed=[seed, 1320]):
        ids = torch.tensor([tokenizer.convert_tokens_to_ids(list(document.tokens))])
        corrupted, labels = mask_tokens(ids, torch.zeros_like(ids), generator=generator, **how)
        chosen = (labels[0] >= 0).nonzero().flatten().tolist()
        shown = [None if word == "[MASK]" else word for word in tokenizer.convert_ids_to_tokens(corrupted[0].tolist())]
        if chosen:
            found.append((shown, chosen, tinytown.mixed_masked_probs(shown, chosen, rate=RATE, mix=shares)))
    return tuple(found)


def _text(shown) -> str:
    return " ".join("[MASK]" if word is None else word for word in shown)


EXPERIMENT = Experiment("masked_floor", grid=grid, run=run, models=models)
