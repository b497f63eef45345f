"""Generation: a text is continued after its first sentence by drawing words; is the whole in the language?

Two numbers, since either can be had without the other: the share of texts that the grammar accepts, and how far the
words that are written diverge from the words that should be (Jensen-Shannon, in bits).
"""

import numpy as np
from scipy.spatial.distance import jensenshannon

from helpers import tinytown
from helpers.evaluation import is_valid
from helpers.tasks.task import LONGEST, Example, Task, same_number, stream


def scenes() -> tuple[str, ...]:
    """Every scene but the labelled lists, whose labels are drawn afresh in each text."""
    return tuple(scene.name for scene in tinytown.training_language().scenes if scene.name != "list")


def draw(split, seed):
    """The first sentence of a document, and the rest of it, at most `LONGEST` words."""
    for d in stream(*scenes(), split=split, seed=[seed, 1050], keep=lambda d: len(d.sentences) > 1):
        cut = len(d.sentences[0])
        if len(d.tokens) - cut <= LONGEST:
            yield Example(" ".join(d.tokens[:cut]), " ".join(d.tokens[cut:]))


def word_shares(texts) -> np.ndarray:
    """How often each word of the language is written, (words,), the last number for all other words."""
    known = {word: i for i, word in enumerate(tinytown.vocabulary())}
    counts = np.zeros(len(known) + 1)
    for text in texts:
        for word in text.split():
            counts[known.get(word, len(known))] += 1
    return counts / max(counts.sum(), 1)


def divergence(answers, targets) -> float:
    """Jensen-Shannon divergence between the words of two sets of texts, in bits: 0 alike, 1 without a common word.

    >>> divergence(["good"], ["good"]), divergence(["good"], ["bad"])
    (0.0, 1.0)
    """
    one, two = word_shares(answers), word_shares(targets)
    return float(jensenshannon(one, two, base=2) ** 2) if one.any() and two.any() else 1.0


def score(answers, examples) -> dict[str, float]:
    """Share of texts that the grammar accepts, first sentence and continuation together (an empty one counts as
    refused: no source is a whole text); divergence of the words; share of empty answers."""
    same_number(answers, examples)
    valid = [bool(a.strip()) and is_valid(f"{e.source} {a}") for a, e in zip(answers, examples)]
    return {
        "valid": float(np.mean(valid)),
        "divergence": divergence(answers, [e.target for e in examples]),
        "empty": float(np.mean([not a.strip() for a in answers])),
    }


def chance(train, test) -> dict[str, float]:
    """The score when every text is continued as its neighbour should be: right words in the wrong place."""
    return score([e.target for e in (*test[1:], test[0])], test)


def exact(test) -> dict[str, float]:
    """The language's own continuations: all valid; the divergence is that of as many others, drawn independently."""
    stranger = draw("test", 10_000 + len(test))
    others = [next(stranger).target for _ in test]
    return {
        "valid": score([e.target for e in test], test)["valid"],
        "divergence": divergence(others, [e.target for e in test]),
    }


TASK = Task("generation", "generation", "text", "valid", draw, score, chance, exact, sampled=True)
