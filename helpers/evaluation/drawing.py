"""Problems drawn by numbers: what stands for them is checked by its name, in one place, and drawn only once."""

import functools
import inspect
from collections.abc import Mapping, Sized

from helpers import tinytown
from helpers.tinytown.arguments import language_of, seed_of
from helpers.tinytown.sampling import SPLITS
from helpers.transformer.checks import one_of, share, shown, whole


def a_language(value):
    """The language given, or the training language."""
    return language_of(value, tinytown.training_language)


def a_function(value, name: str):
    """Something that can be called."""
    if not callable(value):
        raise TypeError(f"{name} cannot be {shown(value)}; pass a function, such as gap_log_probs")
    return value


CHECKS = {
    "count": lambda value: whole(value, "count", least=1),
    "shots": lambda value: whole(value, "shots"),
    "longest": lambda value: whole(value, "longest", least=1),
    "block": lambda value: whole(value, "block", least=1),
    "seed": seed_of,
    "rate": lambda value: share(value, "rate", usual="BERT uses 0.15"),
    "language": a_language,
    "split": lambda value: one_of(value, "split", SPLITS),
    "keep": lambda value: a_function(value, "keep"),
    "read": lambda value: a_function(value, "read"),
}


def checked(function):
    """The function, with those of its arguments checked that `CHECKS` knows by their names.

    >>> checked(lambda count, seed: seed)(0, 0)
    Traceback (most recent call last):
    ...
    ValueError: count 0 is too small; pass 1 or more
    """
    signature = inspect.signature(function)

    @functools.wraps(function)
    def call(*args, **named):
        for name, value in signature.bind(*args, **named).arguments.items():
            if name in CHECKS:
                CHECKS[name](value)
        return function(*args, **named)

    return call


def drawn(function):
    """The function, its arguments checked, which draws the same problems only once."""
    return checked(functools.cache(function))


def a_batch(value, name: str) -> Mapping:
    """A mapping from names to tensors, as `encode` makes it."""
    if not isinstance(value, Mapping):
        raise TypeError(f"{name} cannot be {shown(value)}; pass a batch, encode(tokenizer, texts)")
    return value


def a_sequence(value, name: str):
    """Something that has a length and can be cut."""
    if not isinstance(value, Sized) or isinstance(value, Mapping | set):
        raise TypeError(f"{name} cannot be {shown(value)}; pass a list")
    return value
