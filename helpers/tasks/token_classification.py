"""Named entities: people, organisations and places in news and travel texts, where some names are shared.

"paris", "florence", "jordan", "may", "sydney" and "austin" are people, cities or companies; mostly the words that
follow tell which. Every example holds at least one of them.

Source: the F1 score is that of CoNLL (Tjong Kim Sang and De Meulder 2003), as the library seqeval computes it.
"""

import numpy as np
from seqeval.metrics import f1_score

from helpers import tinytown
from helpers.tasks.task import LONGEST, Example, Task, most_frequent, same_number, stream, unread

SCENES = ("news", "travel")
SHARED = {"paris", "florence", "jordan", "may", "sydney", "austin"}
TAGS = ("O", "B-PER", "B-ORG", "B-LOC")


def tag(entity: str) -> str:
    """The tag of a one-word entity; every name of Tinytown is one word, so that no I- tag is needed.

    >>> tag("PER"), tag("O")
    ('B-PER', 'O')
    """
    return entity if entity == "O" else f"B-{entity}"


def draw(split, seed):
    """News and travel texts that hold a shared name, with one tag for each word."""

    def keep(document):
        return SHARED & set(document.tokens) and len(document.tokens) <= LONGEST

    for d in stream(*SCENES, split=split, seed=[seed, 1020], keep=keep):
        yield Example(" ".join(d.tokens), tuple(map(tag, d.entities)))


def score(answers, examples) -> dict[str, float]:
    """F1 over entities (right when place and type are), and the share of right tags at the shared names."""
    same_number(answers, examples)
    truth = [list(e.target) for e in examples]
    shared = [
        a == t
        for answer, e in zip(answers, examples)
        for a, t, word in zip(answer, e.target, e.source.split())
        if word in SHARED
    ]
    return {
        "f1": float(f1_score(truth, [list(answer) for answer in answers], zero_division=0)),
        "shared names": float(np.mean(shared)) if shared else 0.0,
    }


def chance(train, test) -> dict[str, float]:
    """The score of the most frequent tag, no name; as "lookup" that of each word's most frequent training tag."""
    words = [Example(word, t) for e in train for word, t in zip(e.source.split(), e.target)]
    by_word = most_frequent(words, of=lambda example: example.source)
    tags = [[by_word(Example(word, None)) for word in e.source.split()] for e in test]
    same = unread(words)
    blind = [[same(Example(word, None)) for word in e.source.split()] for e in test]
    return score(blind, test) | {"lookup": score(tags, test)["f1"]}


def tag_probs(words, *, side: str = "both") -> list[dict[str, float]]:
    """Exact probability of each tag at each word: given the whole text, or the word itself and what stands left of it.

    >>> [round(row["B-PER"], 2) for row in tag_probs("may laughed .".split())]
    [1.0, 0.0, 0.0]
    >>> 0.2 < tag_probs("may laughed .".split(), side="left")[0]["B-PER"] < 0.9
    True

    Raises ValueError for an unknown side, ImpossibleTextError for a text that neither scene can write.
    """
    probs = tinytown.entity_probs(words, side=side, language=tinytown.only(*SCENES))
    return [{name: row[name.removeprefix("B-")] for name in TAGS} for row in probs]


def best_tags(text: str, *, side: str = "both") -> tuple[str, ...]:
    """The most probable tag of each word."""
    return tuple(max(row, key=row.get) for row in tag_probs(text.split(), side=side))


def exact(test, *, side: str = "both") -> dict[str, float]:
    """The score of the most probable tags; with side="left", the ceiling of a reader that never looks to the right."""
    return score([best_tags(example.source, side=side) for example in test], test)


TASK = Task("entities", "named entities", "tags", "f1", draw, score, chance, exact, TAGS)
