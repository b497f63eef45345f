"""What a text tells about what it does not say: which scene it is, which world, and the value of each fact.

A *world* is one assignment of all facts of a scene.  Its posterior is Bayes' rule, summed over everything else that the
grammar hides.
"""

import math

import numpy as np

from helpers.tinytown.arguments import language_of, one_of
from helpers.tinytown.backward import standing
from helpers.tinytown.compiled import GAP, Language
from helpers.tinytown.inference import possible
from helpers.tinytown.language import full_language
from helpers.tinytown.reading import Reading
from helpers.tinytown.texts import shown

SIDES = ("both", "left")
OUTSIDE = "O"


def world_prior(*, language: Language | None = None) -> dict[str, np.ndarray]:
    """Probability of each world before anything is read: for each scene (W,), all scenes together sum to 1.

    The facts of the worlds stand in `scene.facts` of `language.scenes`, which has the same scenes in the same order.
    """
    language = language_of(language, full_language)
    return {scene.name: scene.weight * scene.prior / scene.prior.sum() for scene in language.scenes}


def world_probs(text, *, language: Language | None = None) -> dict[str, np.ndarray]:
    """Posterior over worlds given a whole text: for each scene (W,), all scenes together sum to 1.

    Raises: ImpossibleTextError for a text that the language cannot write.
    """
    reading = possible(text, language)
    weights = {s.scene.name: s.scene.weight * s.world_weights() for s in reading.scenes}
    total = math.fsum(float(row.sum()) for row in weights.values())
    return {name: row / total for name, row in weights.items()}


def scene_probs(text, *, language: Language | None = None) -> dict[str, float]:
    """Posterior over scenes given a whole text, most probable first.

    Raises: ImpossibleTextError for a text that the language cannot write.
    """
    return _sorted({name: float(row.sum()) for name, row in world_probs(text, language=language).items()})


def fact_probs(text, fact: str, *, language: Language | None = None) -> dict[str, float]:
    """Posterior of a fact given a whole text *and that its scene has the fact*: the best a classifier can know.

    Scenes without the fact do not count: a text that might also be of another scene says nothing about it there.
    Values that the text rules out are listed with 0.

    Raises: ImpossibleTextError for an impossible text; ValueError when no scene that can write it has the fact.
    """
    language = language_of(language, full_language)
    if not isinstance(fact, str):
        raise TypeError(f"the name of a fact cannot be {shown(fact)}; look at document.facts")
    probs = world_probs(text, language=language)
    found: dict[str, float] = {}
    for scene in language.scenes:
        if fact in scene.facts and probs[scene.name].any():
            for value in np.unique(scene.facts[fact]).tolist():
                share = float(probs[scene.name][scene.facts[fact] == value].sum())
                found[value] = found.get(value, 0.0) + share
    if not found:
        raise ValueError(f"no scene that can write this text has a fact {fact!r}; {_facts_there(probs, language)}")
    total = math.fsum(found.values())
    return _sorted({value: share / total for value, share in found.items()})


def _facts_there(probs, language: Language) -> str:
    known = sorted({fact for scene in language.scenes if probs[scene.name].any() for fact in scene.facts})
    return f"choose from {', '.join(known)}"


def best_fact(text, fact: str, *, language: Language | None = None) -> str:
    """The most probable value of a fact, under the condition of `fact_probs`; the first in the alphabet of equals.

    >>> best_fact("The plot was not good. The author was dull.", "overall")
    'bad'
    """
    probs = fact_probs(text, fact, language=language)
    return min(probs, key=lambda value: (-probs[value], value))


def _sorted(probs: dict[str, float]) -> dict[str, float]:
    return dict(sorted(probs.items(), key=lambda pair: -pair[1]))


def entity_probs(text, *, side: str = "both", language: Language | None = None) -> list[dict[str, float]]:
    """Probability of each entity type at each word, "O" for none, given the whole text or, by ``side="left"``, the word
    and what stands before it.

    >>> [round(row["PER"], 2) for row in entity_probs("may laughed .", language=full_language())]
    [1.0, 0.0, 0.0]

    Raises: ValueError for another side; ImpossibleTextError for a text that the language cannot write.
    """
    reading = Reading(text, language)
    reading.require_possible(whole=one_of(side, "side", SIDES) == "both")
    types = [OUTSIDE, *sorted({entity for s in reading.scenes for entity in s.scene.entities.values()})]
    weights = np.zeros((len(reading.ids), len(types)))
    for s in reading.scenes:
        for i, template, mass in (_around if side == "both" else _before)(s):
            columns = [types.index(s.scene.entities.get(e.name, OUTSIDE)) for e in template.emissions[: len(mass)]]
            weights[np.arange(i, i + len(mass)), columns] += s.scene.weight * np.array(mass)
    return [dict(zip(types, (row / row.sum()).tolist())) for row in weights]


def _around(s):
    """Smoothing: (first word, template, its weight in the whole text once for each of its words)."""
    for i, template, around in standing(s.fit, s.left[0], s.right[1]):
        weight = float((around * template.likelihood(s.ids[i : i + len(template)])).sum())
        yield i, template, [weight] * len(template)


def _before(s):
    """Filtering: (first word, template, its weight once each of its words has been read)."""
    for i, starting in s.left[0].items():
        for template in s.scene.templates:
            weight, found = starting[s.scene.nodes_of[template.kind]].sum(0) * template.prior, []
            for emission, word in zip(template.emissions, s.ids[i:].tolist()):
                weight = weight if word == GAP else weight * emission.likelihood(word)
                found.append(float(weight.sum()))
            yield i, template, found
