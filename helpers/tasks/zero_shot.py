"""Zero-shot: is the restaurant good or bad? No training at all, a word in a pattern's gap is the answer.

Verdicts on restaurants stand in no training text; the patterns' sentences occur for films, hotels, books and concerts.
An answer is one label for each pattern, and the score is the mean over the patterns: none of them is chosen.

Source: Schick and Schütze 2021, "Exploiting Cloze Questions for Few Shot Text Classification", sections 3 and 3.1.
"""

import functools

import numpy as np

from helpers import tinytown
from helpers.tasks.reviews import LABELS
from helpers.tasks.task import Example, Task, same_number, stream


def draw(split, seed):
    """Reviews of restaurants with their overall sentiment, drawn from the language in which no verdict is ever told."""
    for d in stream("restaurant", split=split, seed=[seed, 1090]):
        yield Example(" ".join(d.tokens), d.facts["overall"])


def score(answers, examples) -> dict[str, float]:
    """Share of right labels on average over the patterns, with the best and the worst of them; and the share that is
    expected on average, given the texts, which no answers can have higher than the best ones."""
    same_number(answers, examples)
    right = np.array([[a == e.target for a in answer] for answer, e in zip(answers, examples)]).mean(0)
    probs = np.array([[label_probs(e.source).get(a, 0.0) for a in answer] for answer, e in zip(answers, examples)])
    return {
        "accuracy": float(right.mean()),
        "best pattern": float(right.max()),
        "worst pattern": float(right.min()),
        "expected accuracy": float(probs.mean()),
    }


def chance(train, test) -> dict[str, float]:
    """The score of one label for all, the one that is more frequent."""
    counts = {label: sum(e.target == label for e in test) for label in LABELS}
    return score([(max(counts, key=counts.get),)] * len(test), test)


@functools.cache
def label_probs(text: str) -> dict[str, float]:
    """Exact probability of each overall sentiment of a review."""
    return tinytown.fact_probs(text, "overall")


def best(text: str) -> str:
    """The more probable overall sentiment, by exact inference."""
    return tinytown.best_fact(text, "overall")


def exact(test) -> dict[str, float]:
    """The score of the most probable sentiment."""
    return score([(best(example.source),) for example in test], test)


TASK = Task("zero-shot", "zero-shot", "cloze", "expected accuracy", draw, score, chance, exact, LABELS)
