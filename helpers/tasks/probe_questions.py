"""Four questions about a text, from easy to whole, for probes of a model's vectors; the best answer to each.

scene: what kind of document is this? sentiment: good or bad overall? agreement: does the verb fit its subject, in a
text in which it was changed in half of the cases? words: which words does the text hold?
"""

import functools

import numpy as np

from helpers import tinytown
from helpers.evaluation import gather

QUESTIONS = ("scene", "sentiment", "agreement", "words")
REVIEWS = ("film", "hotel", "book", "concert", "restaurant")
OTHER_NUMBER = {"is": "are", "was": "were", "has": "have"} | {"are": "is", "were": "was", "have": "has"}
COUNTS = {"train": 1_500, "test": 500}


@functools.cache
def documents_of(scenes: tuple, count: int, split: str, seed: int) -> tuple:
    """Documents of the scenes named (all scenes if none is), drawn by seed."""
    return gather(count, lambda d: not scenes or d.scene in scenes, split=split, seed=[seed, 950])


@functools.cache
def problems(question: str, split: str, *, count: int | None = None, seed: int = 0) -> tuple:
    """Texts and labels of one question: (texts as tuples of words, labels).

    Raises ValueError for an unknown question.
    """
    if question not in QUESTIONS:
        raise ValueError(f"no question is called {question!r}; choose one of {', '.join(QUESTIONS)}")
    scenes = {"sentiment": REVIEWS, "agreement": ("agreement",)}.get(question, ())
    documents = documents_of(scenes, count or COUNTS[split], split, seed)
    if question == "agreement":
        return disturbed(documents, np.random.default_rng([seed, 951, len(split)]))
    labels = {"scene": lambda d: d.scene, "sentiment": lambda d: d.facts["overall"], "words": lambda d: d.tokens}
    return tuple(d.tokens for d in documents), tuple(map(labels[question], documents))


def disturbed(documents, rng) -> tuple:
    """First sentences that hold a verb of either number; in half of them, by chance, the verb gets the other one."""
    texts, labels = [], []
    for sentence in (d.sentences[0] for d in documents):
        places = [t for t, word in enumerate(sentence) if word in OTHER_NUMBER]
        if len(places) == 1:
            wrong = bool(rng.integers(2))
            texts.append(tuple(OTHER_NUMBER[w] if wrong and t in places else w for t, w in enumerate(sentence)))
            labels.append("wrong" if wrong else "right")
    return tuple(texts), tuple(labels)


def optimum(question: str, *, seed: int = 0, count: dict | None = None) -> float:
    """The best possible score of a question on its test texts, by exact inference."""
    texts, labels = problems(question, "test", count=(count or COUNTS)["test"], seed=seed)
    if question == "words":
        return 1.0
    judge = {"scene": best_scene, "sentiment": best_sentiment, "agreement": best_agreement}[question]
    return float(np.mean([judge(text) == label for text, label in zip(texts, labels)]))


def best_scene(text) -> str:
    """The most probable scene of a text."""
    return next(iter(tinytown.scene_probs(text, language=tinytown.training_language())))


def best_sentiment(text) -> str:
    """The more probable overall sentiment of a review."""
    return tinytown.best_fact(text, "overall", language=tinytown.training_language())


def best_agreement(text) -> str:
    """Whether the language can write the text at all."""
    try:
        tinytown.log_prob(text, language=tinytown.training_language())
    except tinytown.ImpossibleTextError:
        return "wrong"
    return "right"
