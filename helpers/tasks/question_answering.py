"""Extractive question answering: the answer is a span of a passage that tells of two stories, errands or journeys.

Both halves of a passage could answer a question of this kind; the name in the question says which of them does.

Source: Rajpurkar et al. 2016, "SQuAD", section 6.1 (exact match and F1 over the words, articles and punctuation left
out).
"""

import re
import string
from collections import Counter
from dataclasses import dataclass, replace

import numpy as np

from helpers.tasks.task import LONGEST, Example, Task, same_number, stream, unread


@dataclass(frozen=True)
class Question:
    """A question about one fact: asked through `cue` (another fact, told in the text), answered by the first word that
    `slot` wrote in a sentence of one of `kinds`, with `before` words in front of it."""

    scene: str
    text: str
    cue: str
    slot: str
    kinds: tuple[str, ...]
    before: int = 0


QUESTIONS = (
    Question("story", "who lost the {} ?", "lost", "hero", ("go",)),
    Question("story", "what has {} lost ?", "hero", "lost", ("lose",), 1),
    Question("story", "where did {} go ?", "hero", "place", ("go",), 1),
    Question("story", "who found the {} ?", "lost", "finder", ("find",), 1),
    Question("errand", "where did {} go ?", "person", "place(shop)", ("go",), 1),
    Question("errand", "what has {} bought ?", "person", "goods", ("buy", "named")),
    Question("travel", "where did {} go ?", "person", "city", ("leave",)),
    Question("travel", "where did {} come from ?", "person", "origin", ("leave",)),
)
SCENES = ("story", "errand", "travel")


def span_of(document, question: Question):
    """First and last word of the answer in a document; None when answer or cue are not told."""
    if question.cue not in document.slots:
        return None
    start = 0
    for kind, sentence in zip(document.kinds, document.sentences):
        slots = document.slots[start : start + len(sentence)]
        if kind in question.kinds and question.slot in slots:
            last = start + slots.index(question.slot)
            return last - question.before, last
        start += len(sentence)
    return None


def draw(split, seed, *, between=()):
    """Two documents of one scene that differ in the cue, in either order, and a question about one of them.

    between: tokens that stand between the two, such as a mark; none in the task.
    """
    rng = np.random.default_rng([seed, 1030])

    def plain(document):
        return not {"ask", "summary"} & set(document.kinds) and len(document.tokens) <= LONGEST

    streams = {scene: stream(scene, split=split, seed=[seed, 1031], keep=plain) for scene in SCENES}
    while True:
        question = QUESTIONS[rng.integers(len(QUESTIONS))]
        about, other = next(streams[question.scene]), next(streams[question.scene])
        cue, span = about.facts[question.cue], span_of(about, question)
        if span is None or cue in other.tokens:
            continue
        first = bool(rng.integers(2))
        ahead, behind = (about.tokens, other.tokens) if first else (other.tokens, about.tokens)
        passage, moved = (*ahead, *between, *behind), 0 if first else len(ahead) + len(between)
        start, last = (place + moved for place in span)
        yield Example(question.text.format(cue), " ".join(passage[start : last + 1]), " ".join(passage), (start, last))


def turned(examples) -> tuple[Example, ...]:
    """The same examples with the question after the passage: the passage as `source`, the question as `second`."""
    return tuple(replace(e, source=e.second, second=e.source) for e in examples)


def content(text: str) -> list[str]:
    """The words of an answer that count: lower case, no punctuation, no articles.

    >>> content("The farmer.")
    ['farmer']
    """
    kept = "".join(c for c in text.lower() if c not in string.punctuation)
    return re.sub(r"\b(a|an|the)\b", " ", kept).split()


def token_f1(answer: str, truth: str) -> float:
    """Harmonic mean of precision and recall over the words of an answer.

    >>> round(token_f1("her red ring", "her ring"), 2)
    0.8
    """
    given, wanted = content(answer), content(truth)
    shared = sum((Counter(given) & Counter(wanted)).values())
    if not given or not wanted:
        return float(given == wanted)
    return 2 * shared / (len(given) + len(wanted))


def score(answers, examples) -> dict[str, float]:
    """Mean token F1, and the share of exact matches."""
    same_number(answers, examples)
    pairs = [(str(answer), str(e.target)) for answer, e in zip(answers, examples)]
    return {
        "f1": float(np.mean([token_f1(a, t) for a, t in pairs])),
        "exact match": float(np.mean([content(a) == content(t) for a, t in pairs])),
    }


def kind(example: Example) -> tuple[str, ...]:
    """What kind of answer a question asks for: its first two words.

    >>> kind(Example("who found the ring ?", "a child"))
    ('who', 'found')
    """
    return tuple(example.source.split()[:2])


def chance(train, test) -> dict[str, float]:
    """The score of the most frequent answer; as "lookup" the F1 of a reader that gives the first answer of the right
    kind in the passage, whichever half it stands in."""
    known: dict = {}
    for example in train:
        known.setdefault(kind(example), set()).add(example.target)
    first = [first_known(example.second, known.get(kind(example), ())) for example in test]
    return score(list(map(unread(train), test)), test) | {"lookup": score(first, test)["f1"]}


def first_known(passage: str, answers) -> str:
    """Whichever of some answers stands first in a passage; nothing when none does.

    >>> first_known("a child found the ring .", {"a farmer", "a child"})
    'a child'
    """
    places = {f" {passage} ".find(f" {answer} "): answer for answer in answers}
    return places[min(place for place in places if place >= 0)] if max(places, default=-1) >= 0 else ""


def exact(test) -> dict[str, float]:
    """The passage states the answer: a reader that understands it is always right."""
    return score([example.target for example in test], test)


TASK = Task("questions", "extractive QA", "span", "f1", draw, score, chance, exact, train=20_000)
