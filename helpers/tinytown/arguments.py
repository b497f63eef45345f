"""What the public functions accept beside a text, checked in one place: languages, places, counts, rates, sources."""

import numbers

import numpy as np

from helpers.tinytown.compiled import Language
from helpers.tinytown.texts import shown


def language_of(language, default) -> Language:
    """The language itself, or ``default()`` for None.

    Raises: TypeError for anything else, such as the name of a scene.
    """
    if language is None:
        return default()
    if not isinstance(language, Language):
        raise TypeError(
            f"language cannot be {shown(language)}; pass tinytown.only('news') or another compiled language"
        )
    return language


def whole_number(value, name: str, *, least: int) -> int:
    """The value as an int.

    Raises: TypeError for another type, ValueError below ``least``.
    """
    if isinstance(value, bool) or not isinstance(value, numbers.Integral):
        raise TypeError(f"{name} cannot be {shown(value)}; pass a whole number, {least} or more")
    if value < least:
        raise ValueError(f"{name} {value} is {'negative' if least == 0 else 'too small'}; pass {least} or more")
    return int(value)


def share(value, name: str) -> float:
    """The value as a number between 0 and 1, both excluded.

    Raises: TypeError for another type, ValueError outside.
    """
    if isinstance(value, bool) or not isinstance(value, numbers.Real):
        raise TypeError(f"{name} cannot be {shown(value)}; pass a number between 0 and 1, such as 0.15")
    if not 0 < value < 1:
        raise ValueError(f"{name} {value} is not between 0 and 1; a usual value is 0.15")
    return float(value)


def places(gaps, length: int) -> list[int]:
    """Positions of gaps in a text of ``length`` words, in the order given.

    Raises: TypeError for anything but a list of whole numbers; ValueError for none, for one twice or beyond the text.
    """
    if not isinstance(gaps, (list, tuple, set, frozenset, range, np.ndarray)):
        raise TypeError(f"gaps cannot be {shown(gaps)}; pass a list of positions, such as [3]")
    found = [whole_number(place, "a gap", least=0) for place in gaps]
    if not found:
        raise ValueError("gaps are empty; name at least one position, counted from 0")
    if len(set(found)) < len(found) or max(found) >= length:
        raise ValueError(f"gaps {found} do not lie in a text of {length} words, each once; positions count from 0")
    return found


def random_source(rng) -> np.random.Generator:
    """The generator itself.

    Raises: TypeError for None, a seed or anything else.
    """
    if not isinstance(rng, np.random.Generator):
        raise TypeError(f"rng cannot be {shown(rng)}; pass np.random.default_rng(0)")
    return rng


def seed_of(seed):
    """A seed: a whole number or a sequence of them.

    Raises: TypeError for None and other types, ValueError for a negative number.
    """
    many = isinstance(seed, (list, tuple))
    found = [whole_number(part, "seed", least=0) for part in (seed if many else [seed])]
    return found if many else found[0]


def function(value, name: str):
    """The value, if it can be called.

    Raises: TypeError otherwise.
    """
    if not callable(value):
        raise TypeError(f"{name} cannot be {shown(value)}; pass a function")
    return value


def one_of(value, name: str, choices):
    """The value, if it is one of the choices.

    Raises: ValueError otherwise, naming them.
    """
    if not isinstance(value, str) or value not in choices:
        raise ValueError(f"{name} {value!r} does not exist; use one of {', '.join(map(repr, choices))}")
    return value
