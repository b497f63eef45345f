"""Tinytown itself: its scenes, compiled with and without the held-out constructions."""

import functools
import itertools
from dataclasses import replace

from helpers.tinytown.arguments import language_of
from helpers.tinytown.compiled import Language
from helpers.tinytown.compiling import compile_language
from helpers.tinytown.grammar import Scene
from helpers.tinytown.scenes import (
    agreement,
    animals,
    clinic,
    code,
    dialogue,
    errands,
    lists,
    news,
    reviews,
    senses,
    story,
    tinytongue,
    weather,
    world,
)
from helpers.tinytown.texts import ImpossibleTextError, shown, words_of

SCENE_MODULES = (
    reviews,
    senses,
    clinic,
    errands,
    animals,
    weather,
    news,
    agreement,
    dialogue,
    code,
    tinytongue,
    story,
    world,
    lists,
)


def all_scenes() -> list[Scene]:
    """The scenes of Tinytown, in the order of their modules."""
    return list(itertools.chain.from_iterable(module.SCENES for module in SCENE_MODULES))


@functools.cache
def full_language() -> Language:
    """Tinytown with every construction: the language that optima for held-out tests are computed in."""
    return replace(compile_language(all_scenes()), name="Tinytown")


@functools.cache
def training_language() -> Language:
    """Tinytown without its held-out constructions: the language that training documents are drawn from."""
    return replace(compile_language(all_scenes(), held_out=True), name="Tinytown's training language")


def only(*scenes: str) -> Language:
    """The training language with these scenes alone, their weights scaled to sum to 1.

    >>> only("news", "travel").name
    "Tinytown's scenes news and travel"

    Raises: TypeError for anything but names; ValueError for no name or a scene that does not exist.
    """
    known = [scene.name for scene in training_language().scenes]
    wrong = [name for name in scenes if not isinstance(name, str)]
    if wrong:
        raise TypeError(f"the name of a scene cannot be {shown(wrong[0])}; write only('news', 'travel')")
    unknown = sorted(set(scenes) - set(known))
    if unknown or not scenes:
        raise ValueError(f"no scene is called {unknown[0] if unknown else ''!r}; choose from {', '.join(known)}")
    return _only(tuple(name for name in known if name in scenes))


@functools.cache
def _only(names: tuple[str, ...]) -> Language:
    language = training_language()
    kept = [scene for scene in language.scenes if scene.name in names]
    total = sum(scene.weight for scene in kept)
    scaled = tuple(replace(scene, weight=scene.weight / total) for scene in kept)
    called = f"Tinytown's {'scenes' if len(names) > 1 else 'scene'} {' and '.join(names)}"
    return Language(scaled, language.words, name=called)


def vocabulary(language: Language | None = None) -> list[str]:
    """All words of Tinytown, or of the language given, sorted."""
    return list(language_of(language, full_language).words)


def unknown_words(text, *, language: Language | None = None) -> list[str]:
    """Words of a text that Tinytown, or the language given, does not have: each once, in order.

    >>> unknown_words("This is the worst pizza ever!")
    ['worst', 'ever', '!']
    """
    try:
        words_of(text, language_of(language, full_language))
    except ImpossibleTextError as error:
        return list(error.unknown)
    return []
