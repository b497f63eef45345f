"""Translation: two English sentences into tinytongue, where adjectives follow their noun and the verb comes last.

In the texts that the models were pretrained on one sentence is translated at a time; two in a row are new to all.

Source: chrF as in Popovic 2015, by the library sacrebleu.
"""

import numpy as np
from sacrebleu.metrics import CHRF

from helpers.tasks.task import Example, Task, same_number, stream, unread

ENGLISH, TONGUE = "english :", "tinytongue :"
SCENES = ("translation", "tongue_review")


def halves(text: str) -> tuple[str, str]:
    """The English and the tinytongue side of a document that has both.

    >>> halves("english : the wine was bad . tinytongue : to vino mala estis .")
    ('the wine was bad .', 'to vino mala estis .')
    """
    english, tongue = text.removeprefix(ENGLISH).split(TONGUE)
    return english.strip(), tongue.strip()


def draw(split, seed):
    """`english : A B tinytongue :` with the sentences of two documents, and their translations in the same order."""
    both = stream(*SCENES, split=split, seed=[seed, 1080], keep=lambda d: d.kinds == ("both",))
    for one in both:
        (a, x), (b, y) = (halves(" ".join(d.tokens)) for d in (one, next(both)))
        yield Example(f"{ENGLISH} {a} {b} {TONGUE}", f"{x} {y}")


def score(answers, examples) -> dict[str, float]:
    """Share of exact matches, and chrF over all answers together, as a share of 1."""
    same_number(answers, examples)
    targets = [example.target for example in examples]
    return {
        "exact match": float(np.mean([a == t for a, t in zip(answers, targets)])),
        "chrf": CHRF().corpus_score(list(answers), [targets]).score / 100,
    }


def chance(train, test) -> dict[str, float]:
    """The score of the most frequent training translation."""
    return score(list(map(unread(train), test)), test)


def exact(test) -> dict[str, float]:
    """Every English sentence has one translation."""
    return score([example.target for example in test], test)


TASK = Task("translation", "translation", "text", "exact match", draw, score, chance, exact)
