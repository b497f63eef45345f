"""What BERT's pair task teaches about the order of sentences: ranking against a threshold, a head start, word counts.

- ranking: of the two orders of a pair, which one does the head find more probable, and what does it say of each by its
  threshold of 0.5? Changed: the question alone; the pairs and the head are the same. Beside it the best possible answer
  and both on the *decidable* pairs, whose order the exact reader knows with probability 0.99.
- head start: accuracy after 10 to 300 batches of a pair task. Changed: the weights to start from (pretrained with the
  pair task, the same with a new pooler and head, on pairs without its loss, without pairs, or random); the pairs,
  batches and recipe are the same.
- halves: word counts without and with sides, and the heads, on BERT's own kind of pairs, halves of lists among them,
  beside the exact answer.

All accuracies are expected ones under the exact posterior. The rows stand in data/results/sentence_order.jsonl; ranking
and halves take about ten seconds a point (33 points), the head start about six (210 points): 27 minutes on one core.
"""

from __future__ import annotations

import functools
from dataclasses import replace

import numpy as np
import torch
from transformers import BertForNextSentencePrediction

from helpers import tinytown
from helpers.evaluation import held_out_documents, pair_problems
from helpers.evaluation.expected import best_accuracy, choice_scores, expected_accuracy
from helpers.experiments import ablations, next_sentence
from helpers.experiments.runner import Experiment
from helpers.methods import pair_classifiers
from helpers.objectives.next_sentence import make_pairs
from helpers.tasks.sentence_pairs import TRAINING_PAIRS, exact_probs, pairs, stories
from helpers.transformer.checks import one_of

SEEDS = (0, 1, 2)
COUNT = 500
KINDS = ("two sentences", "halves", "single sentences")
HEADS = ("course-bert", "with NSP")
RANDOM = {"untrained": "course-bert", "small, untrained": "with NSP"}  # random weights, and whose sizes they have
FRESH = {"with NSP, fresh head": "with NSP"}  # pooler and head drawn anew, and whose weights all others are
BAG = "bag of words"
STARTS = ("course-bert", *next_sentence.SMALL, *FRESH, *RANDOM)
TASKS = ("random", "swapped")
BATCHES = (10, 30, 60, 100, 300)
DECIDABLE = 0.99


def grid():
    """Ranking, halves, then the head start, fewest batches first; a seed at a time."""
    for seed in SEEDS:
        yield from (_point("ranking", head, seed, kind=kind) for head in HEADS for kind in KINDS)
        yield _point("ranking", BAG, seed, kind="halves")
        yield from ({"who": "halves", "model": bag, "seed": seed} for bag in next_sentence.FEATURES)
        yield from (_point("halves", head, seed) for head in HEADS)
    for seed in SEEDS:
        for batches in BATCHES:
            yield from (_start(model, task, batches, seed) for model in STARTS for task in TASKS)


def _point(who: str, model: str, seed: int, **more) -> dict:
    return {"who": who, "model": model, **more, "seed": seed, **_recipe({}, model, seed)}


def _start(model: str, task: str, batches: int, seed: int) -> dict:
    point = {"who": "head start", "model": model, "task": task, "batches": batches, "seed": seed}
    return {**point, **_recipe(replace(next_sentence.RECIPE, steps=batches).to_dict(), model, seed)}


def _recipe(tuning: dict, model: str, seed: int) -> dict:
    """What decides the result beside the point: how it is fine-tuned, and how a small model was pretrained."""
    if variant := next_sentence.SMALL.get(FRESH.get(model, model)):
        tuning = {**tuning, "pretraining": ablations.settings(ablations.recipe_of(variant, seed))}
    return {"recipe": tuning} if tuning else {}


def models(point: dict) -> tuple[str, ...]:
    """Course-bert where it is read."""
    return ("course-bert",) if point["model"] == "course-bert" else ()


def run(point: dict) -> dict:
    """The scores of one point."""
    model, seed = point["model"], point["seed"]
    if point["who"] == "halves":
        said = np.maximum(half_classifier(model, seed)(halves(seed)), 1e-12)
        return choice_scores(np.log(said), halves_posterior(seed))
    if point["who"] == "ranking":
        return ranked(half_classifier(model, seed), kind=point["kind"], seed=seed)
    reader, tokenizer = source(model, seed)
    recipe, task = replace(next_sentence.RECIPE, steps=point["batches"]), point["task"]
    tuned = next_sentence.fine_tuned(reader, tokenizer, task, seed=seed, recipe=recipe)
    exact = exact_probs(task, COUNT, seed=seed)
    said = pair_classifiers.head_probs(tuned, tokenizer)(pairs(task, COUNT, seed=seed))
    return {"expected": expected_accuracy(said, exact), "optimum": best_accuracy(exact)}


@functools.cache
def source(model: str, seed: int):
    """A next-sentence classifier by its name in the rows, and its tokenizer.

    Raises ValueError for another name.
    """
    if one_of(model, "model", STARTS) not in ("small, untrained", *FRESH):
        return next_sentence.source(model, seed)
    trained, tokenizer = next_sentence.source(FRESH.get(model) or RANDOM[model], seed)
    with torch.random.fork_rng(devices=[]):
        torch.manual_seed(seed)
        new = BertForNextSentencePrediction(trained.config).eval()
    if model in FRESH:
        body = {name: w for name, w in trained.state_dict().items() if not name.startswith(("bert.pooler.", "cls."))}
        new.load_state_dict(body, strict=False)
    return new, tokenizer


@functools.cache
def ordered_pairs(kind: str, seed: int, count: int = COUNT) -> tuple:
    """Pairs of texts in one of their orders, and the exact probability that it is the true one: (A, B, probability).

    No labelled lists, as in the three pair tasks: their items can stand in nearly any order.
    Raises ValueError for another kind.
    """
    if one_of(kind, "kind", KINDS) == "single sentences":
        exact = exact_probs("swapped", count, seed=seed)[:, 0].tolist()
        return tuple((a, b, p) for (a, b, _), p in zip(pairs("swapped", count, seed=seed), exact, strict=True))
    rng, found = np.random.default_rng([seed, 1340]), {}
    for document in held_out_documents(8 * count, seed, stories()):
        sentences = document.sentences
        if len(sentences) == 2 or (len(sentences) > 2 and kind == "halves"):
            cut = int(rng.integers(1, len(sentences)))
            found.setdefault((sentences[:cut], sentences[cut:]))
    return tuple((_text(a), _text(b), tinytown.order_prob(a, b, language=stories())) for a, b in list(found)[:count])


def _text(sentences) -> str:
    return " ".join(word for sentence in sentences for word in sentence)


def ranked(classifier, *, kind: str, seed: int, count: int = COUNT) -> dict:
    """A head's choice between both orders, and what it says of each by its threshold, beside the best possible.

    "says follows" is the share of pairs called consecutive among those in the true and in the wrong order, expected
    under the exact posterior.
    """
    asked = ordered_pairs(kind, seed, count)
    straight = np.array([probability for *_, probability in asked])
    exact = np.stack([straight, 1 - straight], 1)  # (A, B) is the true order, (B, A) is
    said = [classifier([(*order(a, b), 0) for a, b, _ in asked]) for order in (_as_is, _turned)]
    with np.errstate(divide="ignore"):
        odds = np.stack([np.log(p[:, 0]) - np.log(p[:, 1]) for p in said], 1)
    known = exact.max(1) > DECIDABLE
    follows = odds > 0
    return {
        "ranking": expected_accuracy(odds, exact),
        "threshold": expected_accuracy(np.concatenate(said), np.concatenate([exact, exact[:, ::-1]])),
        "optimum": best_accuracy(exact),
        "decidable": float(known.mean()),
        "ranking, decidable": expected_accuracy(odds[known], exact[known]),
        "optimum, decidable": best_accuracy(exact[known]),
        "says follows": {
            "true order": float((follows * exact).sum(1).mean()),
            "wrong order": float((follows * exact[:, ::-1]).sum(1).mean()),
        },
        "pairs": len(asked),
    }


def _as_is(a, b):
    return a, b


def _turned(a, b):
    return b, a


def halves(seed: int, count: int = COUNT) -> list:
    """BERT's own kind of pairs from held-out documents, half of them consecutive: (A, B, label)."""
    return [(a, b, int(not follows)) for a, b, follows, _ in pair_problems(count, seed)]


def halves_posterior(seed: int, count: int = COUNT) -> np.ndarray:
    """Exact probability of both labels of these pairs, (pairs, 2)."""
    follows = np.array([probability for *_, probability in pair_problems(count, seed)])
    return np.stack([follows, 1 - follows], 1)


def half_classifier(model: str, seed: int, count: int = TRAINING_PAIRS):
    """Word counts fitted to pairs of halves of training documents, or a head: a function from pairs to (pairs, 2)."""
    if model not in next_sentence.FEATURES:
        return pair_classifiers.head_probs(*source(model, seed))
    drawn = tinytown.documents(3 * count, split="train", seed=[seed, 1341])
    documents = [d.sentences for d in drawn if len(d.sentences) > 1][:count]
    made = make_pairs(documents, torch.Generator().manual_seed(seed))
    examples = [(" ".join(p.first), " ".join(p.second), p.label) for p in made]
    return pair_classifiers.bag_of_words(examples, features=next_sentence.FEATURES[model])


EXPERIMENT = Experiment("sentence_order", grid=grid, run=run, models=models)
