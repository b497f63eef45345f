"""Clinical notes with one of three labels: is the interaction of the two drugs minor, moderate or major?

A note is a text of the clinic that ends before it says how the drugs interact. Half of the notes name both drugs, so
that the answer is certain for whoever knows the drugs; the others name one drug or none, and the best answer is a
guess whose probabilities are known exactly.
"""

from __future__ import annotations

import functools
from dataclasses import dataclass

import numpy as np

from helpers import tinytown
from helpers.tasks.task import stream
from helpers.tinytown.scenes.clinic import DRUGS, interaction

LABELS = ("minor", "moderate", "major")
ID2LABEL = dict(enumerate(LABELS))
LABEL2ID = {label: number for number, label in ID2LABEL.items()}


@dataclass(frozen=True)
class Note:
    """A text, the number of its label, the two drugs (sorted), and whether the text names both."""

    text: str
    label: int
    drugs: tuple[str, str]
    names_both: bool


@functools.cache
def held_out_pairs(share: float = 0.2) -> frozenset:
    """Pairs of drugs that are kept out of the training notes: this share of the pairs of each severity."""
    pairs = [(one, two) for one in sorted(DRUGS) for two in sorted(DRUGS) if one < two]
    rng, held = np.random.default_rng(0), []
    for label in LABELS:
        of_label = [pair for pair in pairs if interaction(*pair) == label]
        held += [of_label[i] for i in rng.permutation(len(of_label))[: round(share * len(of_label))]]
    return frozenset(held)


@functools.cache
def notes(split: str, count: int, *, seed: int = 0, pairs: str = "seen") -> tuple[Note, ...]:
    """Notes by seed, every other one naming both drugs; `pairs`: those "seen" in training, or the "held out" ones.

    Raises ValueError for another kind of pairs.
    """
    if pairs not in ("seen", "held out"):
        raise ValueError(f"pairs {pairs!r} do not exist; choose 'seen' or 'held out'")
    drawn = stream("clinic", split=split, seed=[seed, 1100], keep=tells_nothing_yet, block=2_000)
    waiting = {True: [], False: []}
    while min(map(len, waiting.values())) < -(-count // 2):
        note = note_of(next(drawn))
        if (note.drugs in held_out_pairs()) == (pairs == "held out"):
            waiting[note.names_both].append(note)
    return tuple(note for both in zip(waiting[True], waiting[False]) for note in both)[:count]


def tells_nothing_yet(document) -> bool:
    """Whether a clinic document names both drugs before any interaction, or has no interaction at all."""
    kinds = document.kinds
    return "interaction" not in kinds or "combined" in kinds[: kinds.index("interaction")]


def note_of(document) -> Note:
    """A clinic document as a note, cut before its interaction sentence."""
    kinds, drugs = document.kinds, (document.facts["drug"], document.facts["second"])
    end = kinds.index("interaction") if "interaction" in kinds else len(kinds)
    text = " ".join(word for sentence in document.sentences[:end] for word in sentence)
    return Note(text, LABEL2ID[interaction(*drugs)], tuple(sorted(drugs)), "combined" in kinds)


def examples_of(found) -> list[tuple[str, int]]:
    """Notes as (text, label) for `finetuning`."""
    return [(note.text, note.label) for note in found]


def exact_probs(found) -> np.ndarray:
    """Exact probability of each label given each note's text, (notes, 3); which pairs were held out is not known to it.

    >>> clear = Note("the patient takes warfarin and ibuprofen .", 2, ("ibuprofen", "warfarin"), True)
    >>> exact_probs([clear]).round(2).tolist()
    [[0.0, 0.0, 1.0]]
    """
    return np.stack([_posterior(note.text) for note in found])


@functools.cache
def _severities() -> np.ndarray:
    """The label of each world of the clinic: (worlds,)"""
    facts = tinytown.only("clinic").scenes[0].facts
    return np.array([LABEL2ID[interaction(*pair)] for pair in zip(facts["drug"].tolist(), facts["second"].tolist())])


@functools.cache
def _posterior(text: str) -> np.ndarray:
    """Exact probability of each label given a whole text of the clinic: (3,)"""
    worlds = tinytown.world_probs(text, language=tinytown.only("clinic"))["clinic"]
    return np.bincount(_severities(), weights=worlds, minlength=len(LABELS))
