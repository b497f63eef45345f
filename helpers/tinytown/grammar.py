"""How a Tinytown scene is written down: facts, tables of words, sentence kinds and the orders they come in.

A scene is plain data.  Its *facts* are drawn once for each document; a *kind* of sentence is a list of templates;
an *order* is a line of kinds, of which those marked ``?`` may be left out.  In a template, ``{dish}`` writes the
value of a fact or draws from a free word list, and ``{opinion(food)}`` draws from the row of a table that the fact
chooses.
"""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

Distribution = Mapping[str, float]


def words(text: str) -> dict[str, float]:
    """Uniform distribution over the words of ``text``; ``word*3`` weighs a word three times.

    >>> words("good*3 great")
    {'good': 0.75, 'great': 0.25}
    """
    if not isinstance(text, str) or not text.split():
        raise ValueError(f"a word list cannot be {text!r}; write the words in one string, as in 'good*3 great'")
    pairs = [_weighted(part, text) for part in text.split()]
    total = sum(weight for _, weight in pairs)
    return {word: weight / total for word, weight in pairs}


def _weighted(part: str, text: str) -> tuple[str, float]:
    """Word and weight of one part of a word list."""
    word, _, weight = part.partition("*")
    if not word:
        raise ValueError(f"{text!r} has a weight without a word; write word*3, with the word first")
    if weight and not re.fullmatch(r"\d+(\.\d+)?", weight):
        raise ValueError(f"{part!r} in {text!r} has a weight that is no positive number; write word*3 or word*0.5")
    return word, float(weight or 1)


def table(**rows: str) -> dict[str, Distribution]:
    """One distribution for each value of a fact.

    >>> table(good="fine*3 great", bad="poor")["bad"]
    {'poor': 1.0}
    """
    return {value: words(row) for value, row in rows.items()}


def lookup(pairs: Mapping[str, str]) -> dict[str, Distribution]:
    """A table in which each value of a fact has exactly one word.

    >>> lookup({"anna": "she"})
    {'anna': {'she': 1.0}}
    """
    return {value: {word: 1.0} for value, word in pairs.items()}


@dataclass(frozen=True)
class Given:
    """A fact drawn from a row that an earlier fact of the scene chooses."""

    fact: str
    rows: Mapping[str, Distribution]


@dataclass(frozen=True)
class Template:
    """One way to write a sentence: ``text`` with slots, a weight, and the facts under which it may be used."""

    text: str
    weight: float = 1.0
    when: Mapping[str, Sequence[str]] = field(default_factory=dict)


@dataclass(frozen=True)
class Scene:
    """One family of documents.

    facts: name -> distribution of its values, or a `Given`; drawn in the order written.
    tables: name -> a word list (`words`) or rows chosen by one fact (`table`) or by several ("a,b" as key).
    kinds: name -> templates (a string is a template of weight one).
    orders: (weight, "kind kind? kind?0.3 ..."): an optional step is taken with probability 0.5 or the one given.
    stop: probability that the document ends early after any sentence.
    held_out: kinds that exist in the language and never in the training documents.
    entities: slot name -> entity type (PER, ORG, LOC), the gold tags for named-entity recognition.
    """

    name: str
    facts: Mapping[str, Distribution | Given]
    kinds: Mapping[str, Sequence[str | Template]]
    orders: Sequence[tuple[float, str]]
    tables: Mapping[str, Mapping] = field(default_factory=dict)
    weight: float = 1.0
    stop: float = 0.08
    held_out: Sequence[str] = ()
    entities: Mapping[str, str] = field(default_factory=dict)


SLOT = re.compile(r"^\{(\w+)(?:\(([\w,]+)\))?\}$")
STEP = re.compile(r"^(\w+)(\?)?([\d.]+)?$")


def parse_slot(token: str) -> tuple[str, tuple[str, ...]] | None:
    """Name and facts of a slot, or None for a literal word.

    >>> parse_slot("{opinion(food)}"), parse_slot("{dish}"), parse_slot("the")
    (('opinion', ('food',)), ('dish', ()), None)
    """
    match = SLOT.match(token)
    if match is None:
        if "{" in token or "}" in token:
            raise ValueError(f"slot {token!r} is not of the form {{name}} or {{table(fact)}}; put spaces around it")
        return None
    return match[1], tuple(match[2].split(",")) if match[2] else ()


def parse_order(text: str) -> list[tuple[str, float]]:
    """Steps of an order with the probability that each is taken.

    >>> parse_order("opening? food verdict?0.3")
    [('opening', 0.5), ('food', 1.0), ('verdict', 0.3)]
    """
    steps = []
    for part in text.split():
        match = STEP.match(part)
        if match is None or (match[3] and not match[2]):
            raise ValueError(f"step {part!r} of order {text!r} is not kind, kind? or kind?0.3")
        steps.append((match[1], float(match[3] or 0.5) if match[2] else 1.0))
    return steps
