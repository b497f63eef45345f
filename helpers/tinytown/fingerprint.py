"""A language in twelve hexadecimal digits: whoever changes a weight or a word of the grammar changes them."""

import hashlib

import numpy as np

DIGITS = 12


def fingerprint(language) -> str:
    """A checksum of all scenes, tables, weights, orders and words of a compiled language.

    Numbers count with ten digits, so that the last bits of another processor or library do not matter.
    """
    checksum = hashlib.sha256()
    _add_texts(checksum, language.words)
    for scene in language.scenes:
        _add_scene(checksum, scene)
    return checksum.hexdigest()[:DIGITS]


def _add_scene(checksum, scene):
    _add_texts(checksum, [scene.name, *scene.kinds, *(part for pair in scene.entities.items() for part in pair)])
    for fact, values in scene.facts.items():
        _add_texts(checksum, [fact, *values.tolist()])
    for numbers in ([scene.weight], scene.prior, scene.start, scene.step, scene.end):
        _add_numbers(checksum, numbers)
    emissions = list({id(e): e for template in scene.templates for e in template.emissions}.values())
    number = {id(e): index for index, e in enumerate(emissions)}
    for template in scene.templates:
        _add_texts(checksum, [template.kind, *(str(number[id(e)]) for e in template.emissions)])
        _add_numbers(checksum, template.prior)
    for emission in emissions:
        _add_texts(checksum, [emission.name or "", *map(str, emission.word_ids.tolist())])
        _add_numbers(checksum, emission.probs)
        _add_texts(checksum, [] if emission.row is None else map(str, emission.row.tolist()))


def _add_texts(checksum, texts):
    checksum.update(("\x1f".join(texts) + "\x1e").encode())


def _add_numbers(checksum, numbers):
    flat = np.asarray(numbers, dtype=float).ravel().tolist()
    _add_texts(checksum, [str(np.shape(numbers)), *(format(number, ".9e") for number in flat)])
