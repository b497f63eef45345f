"""The three pair tasks, who tries to solve them, and the exact optimum on the very same pairs.

All three share their positives (a sentence and the one after it) and differ in their negatives alone: another
document's sentence, another sentence of the same document, or the same two sentences swapped.
"""

import functools

import numpy as np
import torch
from sklearn.feature_extraction.text import HashingVectorizer
from sklearn.linear_model import LogisticRegression
from sklearn.pipeline import make_pipeline

from helpers import tinytown
from helpers.evaluation import gather
from helpers.experiments.results import Record
from helpers.models import DATA
from helpers.objectives.next_sentence import IS_NEXT, sentence_pairs
from helpers.tinytown.compiled import Language
from helpers.training.finetuning import Recipe, accuracy, class_probs, finetune, text_batches

RECORD = Record(DATA / "results" / "next_sentence.jsonl", "python -m helpers.experiments.next_sentence")
TASKS = {"random": "another document", "elsewhere": "same document", "swapped": "sentence order"}
TEST_PAIRS, TRAINING_PAIRS = 1_000, 9_600
RECIPE = Recipe(steps=300, batch_size=32, learning_rate=5e-4)


@functools.cache
def stories() -> Language:
    """The training language without its labelled lists, whose items can stand in nearly any order."""
    names = [scene.name for scene in tinytown.training_language().scenes]
    return tinytown.only(*(name for name in names if name != "list"))


@functools.cache
def long_documents(count: int, split: str, seed: int) -> tuple:
    """Documents of at least three sentences, each a tuple of sentences."""
    how = {"split": split, "seed": [seed, 900], "block": 2 * count, "language": stories()}
    return tuple(d.sentences for d in gather(count, lambda d: len(d.sentences) > 2, **how))


@functools.cache
def pairs(task: str, count: int = TEST_PAIRS, *, split: str = "test", seed: int = 0) -> tuple:
    """Pairs of one task, as (A, B, label) with texts: label 0 is "B follows A".

    >>> sum(label for _, _, label in pairs("swapped", 10)) in range(11)
    True

    Raises ValueError for an unknown task or split.
    """
    generator = torch.Generator().manual_seed(seed)
    made = sentence_pairs(long_documents(count, split, seed), generator, negatives=task)
    return tuple((" ".join(pair.first), " ".join(pair.second), pair.label) for pair in made)


def labels_of(examples) -> list[int]:
    return [label for *_, label in examples]


@functools.cache
def exact_probs(task: str, count: int = TEST_PAIRS, *, seed: int = 0) -> np.ndarray:
    """Exact probability of both labels for each test pair: (pairs, 2)."""
    follows = [
        tinytown.is_next_prob(a.split(), b.split(), negatives=task, language=stories())
        for a, b, _ in pairs(task, count, seed=seed)
    ]
    return np.stack([follows, 1 - np.array(follows)], axis=1)


def topic_features(pair) -> list[str]:
    """Words that meet in a pair, without saying which text each is from: the same for (A, B) and (B, A).

    >>> sorted(topic_features(("a b", "c", 0))) == sorted(topic_features(("c", "a b", 0)))
    True
    """
    first, second = set(pair[0].split()), set(pair[1].split())
    met = [" & ".join(sorted((a, b))) for a in first for b in second]
    return [*(first | second), *met, f"shared {len(first & second)}"]


def sided_features(pair) -> list[str]:
    """The words of A, the words of B, and who meets whom, told apart by side; the order inside a text is lost."""
    first, second = set(pair[0].split()), set(pair[1].split())
    met = [f"{a} > {b}" for a in first for b in second]
    return [*(f"A {word}" for word in first), *(f"B {word}" for word in second), *met, f"shared {len(first & second)}"]


def bag_of_words(examples, *, features):
    """A logistic regression on word features, fitted to pairs: a function from pairs to probabilities (pairs, 2)."""
    hashed = HashingVectorizer(analyzer=features, n_features=2**18, norm=None, alternate_sign=False, binary=True)
    model = make_pipeline(hashed, LogisticRegression(C=0.3, solver="liblinear"))
    model.fit(list(examples), labels_of(examples))
    return lambda pairs: model.predict_proba(list(pairs))


def head_probs(model, tokenizer):
    """A next-sentence classifier as a function from pairs to probabilities (pairs, 2)."""
    return lambda pairs: class_probs(model, list(pairs), collate=text_batches(tokenizer)).numpy()


def scores(probs_of, *, seed: int, count: int = TEST_PAIRS) -> dict[str, float]:
    """Accuracy of one solver on the held-out pairs of every task."""
    tests = {task: pairs(task, count, seed=seed) for task in TASKS}
    return {task: accuracy(probs_of(test), labels_of(test)) for task, test in tests.items()}


def exact_scores(*, seed: int, count: int = TEST_PAIRS) -> dict[str, float]:
    """Accuracy of the best possible answer on the same pairs."""
    return {
        task: accuracy(exact_probs(task, count, seed=seed), labels_of(pairs(task, count, seed=seed))) for task in TASKS
    }


def says_next(probs) -> float:
    """Share of pairs that are called consecutive."""
    return float((np.asarray(probs)[:, IS_NEXT] > 0.5).mean())


def tuned(model, tokenizer, task: str, *, seed: int, recipe: Recipe = RECIPE, count: int = TRAINING_PAIRS):
    """A copy of a next-sentence classifier, fine-tuned for one task on training documents."""
    examples = pairs(task, count, split="train", seed=seed)
    generator = torch.Generator().manual_seed(seed)
    return finetune(model, examples, collate=text_batches(tokenizer), generator=generator, recipe=recipe)[0]
