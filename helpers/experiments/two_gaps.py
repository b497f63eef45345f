"""Two gaps of one text: the most probable pair of words, and the pair of the two most probable words.

Question: a masked model answers each gap by itself; what does it cost to take both answers? Changed: how the pair is
chosen (both best words at once; one after the other, from the left or the surer one first; the best pair). Held fixed:
the texts and their two gaps. Scored by the exact probability of the chosen pair given the text, so that the best pair
is the optimum and nothing can beat it, and by the share of pairs that no text of the language holds. The exact reader
answers like a perfect masked model, so that what its two best words lose is the question's fault, not the training's.
Of equally probable words one is drawn, as the order of a vocabulary means nothing.

Gaps: any two words, two neighbours, or a drug and its purpose in a clinical note. The rows stand in
data/results/two_gaps.jsonl; 18 points of less than one minute on one core.
"""

from __future__ import annotations

import functools

import numpy as np

from helpers import tinytown
from helpers.evaluation import documents_of, gap_log_probs, held_out_documents
from helpers.evaluation.intervals import half_width
from helpers.experiments.runner import Experiment
from helpers.models import load_course
from helpers.transformer.checks import one_of

SEEDS = (0, 1, 2)
COUNT = 400
GAPS = ("any two words", "neighbours", "drug and purpose")
READERS = ("exact", "course-bert")


def grid():
    """Both readers at each kind of gaps, a seed at a time."""
    for seed in SEEDS:
        yield from ({"gaps": gaps, "reader": reader, "seed": seed} for gaps in GAPS for reader in READERS)


def models(point: dict) -> tuple[str, ...]:
    """Course-bert where it is asked."""
    return ("course-bert",) if point["reader"] == "course-bert" else ()


def run(point: dict) -> dict:
    """The scores of one reader's ways to fill both gaps."""
    ask = (
        exact_probs if one_of(point["reader"], "reader", READERS) == "exact" else asked_of(*load_course("course-bert"))
    )
    return scores(ask, gaps=point["gaps"], seed=point["seed"])


def scores(ask, *, gaps: str, seed: int, count: int = COUNT) -> dict:
    """For each way to fill both gaps: the expected share of right pairs and the share of impossible pairs.

    ask(words) gives the probabilities (gaps, V) of each gap by itself. "best pair" is the optimum, found exactly.
    """
    rng, texts = np.random.default_rng([seed, 1331]), problems(gaps, count, seed)
    each = [ask(words) for words in texts]
    rows = [judged(words, fillings(ask, words, both, rng)) for words, both in zip(texts, each, strict=True)]
    ways = {way: np.array([row[way] for row in rows]) for way in rows[0]}
    best = ways["best pair"]
    found = {
        way: {
            "expected": float(p.mean()),
            "impossible": float((p == 0).mean()),
            "is best": float(np.isclose(p, best, atol=0).mean()),
        }
        for way, p in ways.items()
    }
    lost = best - ways["two best words"]
    tied = np.array([max(len(likeliest(row)) for row in both) > 1 for both in each])
    found["two best words"]["impossible and tied"] = float((tied & (ways["two best words"] == 0)).mean())
    return {**found, "lost by two best words": float(lost.mean()), "ci95": half_width(lost), "texts": len(rows)}


@functools.cache
def problems(gaps: str, count: int, seed: int) -> tuple:
    """Distinct held-out texts with two gaps: lists of words, None for a gap.

    Raises ValueError for another kind of gaps.
    """
    rng, found = np.random.default_rng([seed, 1330]), {}
    for tokens, places in _drawn(one_of(gaps, "gaps", GAPS), count, seed, rng):
        words = tuple(None if t in places else word for t, word in enumerate(tokens))
        found.setdefault(words)
    return tuple(found)[:count]


def _drawn(gaps, count, seed, rng):
    """Texts and two places in each."""
    if gaps == "drug and purpose":
        language = tinytown.training_language()
        for d in documents_of("clinic", count=4 * count, seed=seed, language=language):
            slots = [next((t for t, s in enumerate(d.slots) if s == name), None) for name in ("drug", "purpose(drug)")]
            if None not in slots:
                yield d.tokens, slots
        return
    for d in held_out_documents(count, seed):
        first = int(rng.integers(len(d.tokens) - 1))
        far = rng.choice(len(d.tokens), size=2, replace=False).tolist()
        yield d.tokens, far if gaps == "any two words" else [first, first + 1]


def exact_probs(words) -> np.ndarray:
    """Exact probabilities of each gap by itself, (gaps, V)."""
    weights = tinytown.Reading(list(words), tinytown.training_language()).gaps()
    weights = weights[[place for place, word in enumerate(words) if word is None]]
    return weights / np.maximum(weights.sum(1, keepdims=True), 1e-300)


def asked_of(model, tokenizer):
    """A function that asks a masked model for each gap by itself."""
    columns = tokenizer.convert_tokens_to_ids(list(tinytown.training_language().words))

    def ask(words) -> np.ndarray:
        text = " ".join("[MASK]" if word is None else word for word in words)
        return gap_log_probs(model, tokenizer, [text])[0][:, columns].exp().numpy()

    return ask


def likeliest(probs) -> np.ndarray:
    """The numbers of the most probable words, (V,) -> (ties,): several where they are equally probable.

    >>> likeliest(np.array([0.1, 0.45, 0.45]))
    array([1, 2])
    """
    return np.flatnonzero(np.isclose(probs, probs.max(), rtol=1e-9, atol=0))


def fillings(ask, words, both, rng) -> dict:
    """The pair of word numbers that each way of filling gives; `rng` draws one of equally probable words.

    both: what `ask` says of the two gaps, (2, V).
    """
    surer = int(both[1].max() > both[0].max())
    return {
        "two best words": tuple(int(rng.choice(likeliest(row))) for row in both),
        "left first": in_turn(ask, words, both, rng, first=0),
        "surer first": in_turn(ask, words, both, rng, first=surer),
    }


def in_turn(ask, words, both, rng, *, first: int) -> tuple[int, int]:
    """Fill one gap with its best word, ask again, fill the other."""
    vocabulary, place = tinytown.training_language().words, _places(words)[first]
    one = int(rng.choice(likeliest(both[first])))
    filled = [vocabulary[one] if t == place else word for t, word in enumerate(words)]
    other = int(rng.choice(likeliest(ask(filled)[0])))
    return (one, other) if first == 0 else (other, one)


def _places(words) -> list[int]:
    return [place for place, word in enumerate(words) if word is None]


def judged(words, pairs: dict) -> dict:
    """Exact probability of each pair given the text, and that of the best pair."""
    return {way: pair_prob(words, pair) for way, pair in pairs.items()} | {"best pair": best_pair(words)[1]}


def pair_prob(words, pair) -> float:
    """Exact probability that the two gaps hold these two words, by their numbers."""
    language = tinytown.training_language()
    filled, answers = list(words), iter(language.words[number] for number in pair)
    filled = [next(answers) if word is None else word for word in filled]
    return tinytown.Reading(filled, language).probability() / tinytown.Reading(list(words), language).probability()


def best_pair(words) -> tuple[tuple[int, int], float]:
    """The most probable pair of words and its probability, by the chain rule.

    A pair is no more probable than its first word, so the search ends at a word less probable than the best pair.
    """
    both, best = exact_probs(words), ((0, 0), 0.0)
    first = int(both[1].max() > both[0].max())  # the gap with the surer answer: fewer words to try
    vocabulary, place = tinytown.training_language().words, _places(words)[first]
    for one in np.argsort(-both[first], kind="stable").tolist():
        if both[first][one] <= best[1]:
            break
        rest = exact_probs([vocabulary[one] if t == place else word for t, word in enumerate(words)])[0]
        other = int(rest.argmax())
        if both[first][one] * rest[other] > best[1]:
            best = ((one, other) if first == 0 else (other, one)), float(both[first][one] * rest[other])
    return best


EXPERIMENT = Experiment("two_gaps", grid=grid, run=run, models=models)
