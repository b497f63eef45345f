"""A cut-down grammar with every construct of the full one, and all of its documents by brute force."""

import functools
import itertools
import math
from collections import Counter

import numpy as np

from helpers.tinytown.compiling import compile_language
from helpers.tinytown.grammar import Given, Scene, Template, lookup, table, words

FOOD = Scene(
    "food",
    facts={
        "mood": words("good*2 bad"),
        "dish": Given("mood", table(good="soup pie*3", bad="soup")),
        "eater": words("ann bob"),
    },
    tables={
        "view": table(good="fine*3 tasty", bad="cold"),
        "pronoun": lookup({"ann": "she", "bob": "he"}),
        "when": words("today now*2"),
        "pair": {"good,soup": words("hot"), "good,pie": words("sweet"), "bad,soup": words("cold")},
    },
    kinds={
        "eat": [Template("{eater} ate {dish} .", 2), "{eater} ate {dish} {when} ."],
        "judge": [
            "it was {view(mood)} .",
            Template("it was {pair(mood,dish)} {when} .", 3, when={"mood": ["good"]}),
            "{pronoun(eater)} left .",
        ],
        "end": ["the {dish} was {view(mood)} ."],
    },
    orders=[(2, "eat judge?0.5 end?0.3"), (1, "judge? end")],
    stop=0.1,
    held_out=("end",),
)
MARKS = Scene(
    "marks",
    facts={"one": words("red blue")},
    tables={"item": words("soup it")},
    kinds={"first": ["{item} {one}"], "next": [". {item} {one}"]},
    orders=[(1, "first next next?")],
    weight=0.5,
    stop=0.0,
)
LANGUAGE = compile_language([FOOD, MARKS])
DAYS = 20  # sentences of the longest document, each of eight words or nine
DIARY = Scene(
    "diary",
    facts={"who": words("ann bob*2")},
    tables={"sky": words("dry wet*3")},
    kinds={
        "first": ["{who} says that the sky was very {sky} ."],
        **{f"day{n}": [f"on day {n} {{who}} was at home {'again' if n % 2 else 'today'} ."] for n in range(2, DAYS)},
        "last": ["on the last day {who} went out .", "on the last day {who} went out again ."],
    },
    orders=[(1, " ".join(["first", *(f"day{n}" + ("?" if n == 7 else "") for n in range(2, DAYS)), "last"]))],
    stop=0.0,
)
LONG_LANGUAGE = compile_language([DIARY, MARKS])


def sentences(scene, kind, world, language=LANGUAGE):
    """Every way to write one sentence of a kind in a world: (words, probability)."""
    for template in scene.templates_of[kind]:
        prior = template.prior if np.isscalar(template.prior) else template.prior[world]
        options = [
            [
                (language.words[w], p)
                for w, p in zip(e.word_ids, e.probs[0 if e.row is None else e.row[world]], strict=True)
                if p
            ]
            for e in template.emissions
        ]
        for choice in itertools.product(*options):
            yield tuple(w for w, _ in choice), prior * np.prod([p for _, p in choice])


def walks(scene, node=None):
    """Every path through the sentence kinds: (nodes, probability)."""
    following = scene.start if node is None else scene.step[node]
    if node is not None and scene.end[node]:
        yield (), scene.end[node]
    for n in np.flatnonzero(following):
        for rest, p in walks(scene, n):
            yield (n, *rest), following[n] * p


@functools.cache
def everything(language=LANGUAGE):
    """Every document as (words, sentences, scene, world, probability), one row for each way to write it."""
    rows = []
    for scene in language.scenes:
        for nodes, path in walks(scene):
            for world, prior in enumerate(scene.prior):
                for parts in itertools.product(
                    *[list(sentences(scene, scene.kinds[n], world, language)) for n in nodes]
                ):
                    split = tuple(part for part, _ in parts)
                    weight = scene.weight * path * prior * np.prod([p for _, p in parts])
                    if weight:
                        rows.append((tuple(w for s in split for w in s), split, scene, world, weight))
    return rows


@functools.cache
def distribution():
    """Probability of each distinct document."""
    found = {}
    for tokens, *_, weight in everything():
        found[tokens] = found.get(tokens, 0.0) + weight
    return found


def conditional(condition, answer) -> dict:
    """Distribution of answer(document) among the documents that meet a condition."""
    found = Counter()
    for tokens, p in distribution().items():
        if condition(tokens):
            found[answer(tokens)] += p
    total = sum(found.values())
    return {key: p / total for key, p in found.items()}


def close(left: dict, right: dict) -> bool:
    return left.keys() == right.keys() and all(
        math.isclose(left[k], right[k], rel_tol=1e-9, abs_tol=1e-12) for k in left
    )
