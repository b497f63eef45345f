"""Text classification: the overall sentiment of a review that never states its verdict, with "but", "although", "not".

The aspects agree with the overall sentiment nine times in ten, so that the best possible accuracy stays below 1.
"""

import functools

from sklearn.feature_extraction.text import CountVectorizer
from sklearn.linear_model import LogisticRegression
from sklearn.pipeline import make_pipeline

from helpers import tinytown
from helpers.tasks.reviews import LABELS
from helpers.tasks.task import Example, Task, same_number, stream, unread

SCENES = ("film", "hotel", "book", "concert", "restaurant")
TURNS = {"but", "although", "not"}


def draw(split, seed):
    """Reviews without a verdict sentence that hold one of the words that turn a judgement."""

    def keep(document):
        return "verdict" not in document.kinds and TURNS & set(document.tokens)

    for document in stream(*SCENES, split=split, seed=[seed, 1010], keep=keep):
        yield Example(" ".join(document.tokens), document.facts["overall"])


def score(answers, examples) -> dict[str, float]:
    """Share of right labels; and the share that is expected, given the texts, which no answers can have higher than
    the best ones."""
    same_number(answers, examples)
    return {
        "accuracy": sum(a == e.target for a, e in zip(answers, examples)) / len(examples),
        "expected accuracy": sum(label_probs(e.source).get(a, 0.0) for a, e in zip(answers, examples)) / len(examples),
    }


def chance(train, test) -> dict[str, float]:
    """The score of the most frequent training label; as "lookup" that of counting words, in no order."""
    counter = make_pipeline(CountVectorizer(token_pattern=r"\S+"), LogisticRegression(max_iter=1_000))
    counter.fit([example.source for example in train], [example.target for example in train])
    counted = score(list(counter.predict([example.source for example in test])), test)[TASK.metric]
    return score(list(map(unread(train), test)), test) | {"lookup": counted}


@functools.cache
def label_probs(text: str) -> dict[str, float]:
    """Exact probability of each overall sentiment of a review."""
    return tinytown.fact_probs(text, "overall", language=tinytown.only(*SCENES))


def best(text: str) -> str:
    """The more probable overall sentiment of a review, by exact inference.

    >>> best("the plot was not good . the author was dull .")
    'bad'
    """
    return tinytown.best_fact(text, "overall", language=tinytown.only(*SCENES))


def exact(test) -> dict[str, float]:
    """The score of the most probable sentiment."""
    return score([best(example.source) for example in test], test)


TASK = Task("classification", "text classification", "classes", "expected accuracy", draw, score, chance, exact, LABELS)
