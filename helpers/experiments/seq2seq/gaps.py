"""Two gaps that depend on each other: filled in one pass, one after the other, or written by a decoder.

Question: do dependent gaps need a decoder, or an order? Changed: for one and the same model the number of passes
(course-bert) or of calls (course-t5), and which decoder writes in order; held fixed: sentence, gaps, words allowed.
course-t5 is asked for what its own noise never hides: two words are always one span, since their mean length is 3.
For course-bert and course-bart such gaps are among those of training. Each reader
gives a distribution over pairs (drug, purpose), so that the shares are exact, with no draws: impossible pairs, and
distance to the exact joint distribution. The optimum is the joint itself (no impossible pair); the exact
distributions of the two gaps, multiplied, say what one pass loses at best. Cost: some seconds.
"""

from __future__ import annotations

import numpy as np
import torch

from helpers import tinytown
from helpers.evaluation import gap_log_probs
from helpers.evaluation.text_to_text import target_losses
from helpers.models import load_course
from helpers.models.course import is_trained
from helpers.models.tokenizers import SENTINELS
from helpers.tinytown.scenes.clinic import CLASSES, DRUGS

NAME = "gaps"
FRAME = "the patient was prescribed {} for {} ."
USES = tuple(dict.fromkeys(use.split("*")[0] for row in CLASSES.values() for use in row[1].split()))
SIDES = tuple(DRUGS), USES  # the words of the first gap, and of the second
READERS = {  # who -> the model that is read
    "exact": None,
    "exact, one by one": None,
    "course-bert, one pass": "course-bert",
    "course-bert, drug first": "course-bert",
    "course-bert, purpose first": "course-bert",
    "course-t5": "course-t5",
    "course-t5, second call": "course-t5",
    "course-t5-deep": "course-t5-deep",
    "course-bart": "course-bart",
}


def grid():
    """Every reader whose model is there; nothing is drawn, so that there is one point each."""
    for who, model in READERS.items():
        if model is None or is_trained(model):
            yield {"experiment": NAME, "who": who, "seed": 0}


def search(point: dict) -> None:
    """Nothing is chosen."""


def models(point: dict) -> tuple[str, ...]:
    """The course model that is read."""
    model = READERS[point["who"]]
    return (model,) if model else ()


def run(point: dict) -> dict[str, float]:
    """Share of impossible pairs and total variation distance of a reader's distribution of pairs."""
    true = exact_joint()
    found = pairs_of(point["who"], true)
    return {"impossible": float(found[true == 0].sum()), "distance": float(abs(found - true).sum() / 2)}


def pairs_of(who: str, true) -> np.ndarray:
    """A reader's distribution over pairs, (drugs, purposes), sums to 1.

    Raises ValueError for an unknown reader.
    """
    if who not in READERS:
        raise ValueError(f"no reader is called {who!r}; choose one of: {'; '.join(READERS)}")
    if who == "exact":
        return true
    if who == "exact, one by one":
        return np.outer(true.sum(1), true.sum(0))
    model, tokenizer = load_course(READERS[who], attn_implementation="sdpa")
    if READERS[who] == "course-bert":
        return by_encoder(model, tokenizer, first={"drug": 0, "purpose": 1}.get(who.split(", ")[1].split()[0]))
    if READERS[who] == "course-bart":
        return by_denoiser(model, tokenizer)
    return in_two_calls(model, tokenizer) if who.endswith("second call") else by_decoder(model, tokenizer)


def exact_joint() -> np.ndarray:
    """The exact distribution over pairs: (drugs, purposes)."""
    found = np.array([[_prob(FRAME.format(drug, use)) for use in USES] for drug in SIDES[0]])
    return found / found.sum()


def _prob(text: str) -> float:
    try:
        return float(np.exp(tinytown.log_prob(text, language=tinytown.only("clinic"))))
    except tinytown.ImpossibleTextError:
        return 0.0


def by_encoder(model, tokenizer, *, first: int | None) -> np.ndarray:
    """Both gaps in one pass (first=None), or one gap and then, its word being written, the other: (drugs, purposes)."""
    both = gap_shares(model, tokenizer, FRAME.format("[MASK]", "[MASK]"))
    if first is None:
        return np.outer(*both)
    texts = [FRAME.format(*((word, "[MASK]") if first == 0 else ("[MASK]", word))) for word in SIDES[first]]
    rest = np.stack([gap_shares(model, tokenizer, text, sides=(1 - first,))[0] for text in texts])
    joint = both[first][:, None] * rest  # (words of the gap that is filled first, words of the other)
    return joint if first == 0 else joint.T


def gap_shares(model, tokenizer, text: str, *, sides=(0, 1)) -> list[np.ndarray]:
    """The probabilities of the allowed words in each gap of a text, each sums to 1."""
    (rows,) = gap_log_probs(model, tokenizer, [text])
    ids = [tokenizer.convert_tokens_to_ids(list(SIDES[side])) for side in sides]
    return [row[columns].double().softmax(-1).numpy() for row, columns in zip(rows, ids, strict=True)]


def by_decoder(model, tokenizer) -> np.ndarray:
    """The probability with which course-t5 writes each pair behind two sentinels, scaled to sum to 1."""
    source = FRAME.format(*SENTINELS[:2]).split()
    pairs = [(source, [SENTINELS[0], drug, SENTINELS[1], use, SENTINELS[2]]) for drug, use in _pairs()]
    return _scaled(written(model, tokenizer, pairs)).reshape(len(SIDES[0]), len(USES))


def by_denoiser(model, tokenizer) -> np.ndarray:
    """The probability with which course-bart writes the whole text with each pair, scaled to sum to 1."""
    source = FRAME.format("[MASK]", "[MASK]").split()
    pairs = [(source, FRAME.format(drug, use).split()) for drug, use in _pairs()]
    return _scaled(written(model, tokenizer, pairs)).reshape(len(SIDES[0]), len(USES))


def in_two_calls(model, tokenizer) -> np.ndarray:
    """course-t5 writes a drug; the drug is put into the source, and course-t5 is asked for the purpose alone."""
    source = FRAME.format(*SENTINELS[:2]).split()
    drugs = written(model, tokenizer, [(source, [SENTINELS[0], drug, SENTINELS[1]]) for drug in SIDES[0]], end=False)
    again = [(FRAME.format(drug, SENTINELS[0]).split(), [SENTINELS[0], use, SENTINELS[1]]) for drug, use in _pairs()]
    rest = written(model, tokenizer, again).reshape(len(SIDES[0]), len(USES))
    return _scaled(drugs)[:, None] * _scaled(rest)


def written(model, tokenizer, pairs, *, end=True) -> np.ndarray:
    """Log-probability of each target given its source, with the end mark or, end=False, as the start of a text."""
    losses = target_losses(model, tokenizer, pairs)
    return np.array([-row[: None if end else -1].sum() for row in losses])


def _pairs():
    return ((drug, use) for drug in SIDES[0] for use in USES)


def _scaled(log_probs) -> np.ndarray:
    """Probabilities that sum to 1 along the last side."""
    return torch.as_tensor(log_probs).double().softmax(-1).numpy()
