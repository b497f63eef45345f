"""Tinytown itself: its scenes, compiled with and without the held-out constructions."""

import functools
import importlib
import itertools
from dataclasses import replace

from helpers.tinytown.compiled import Language
from helpers.tinytown.compiling import compile_language
from helpers.tinytown.grammar import Scene

SCENE_MODULES = (
    "reviews",
    "senses",
    "clinic",
    "errands",
    "animals",
    "weather",
    "news",
    "agreement",
    "dialogue",
    "code",
    "tinytongue",
    "story",
    "world",
    "lists",
)


def all_scenes() -> list[Scene]:
    """The scenes of Tinytown, in the order of their modules."""
    modules = [importlib.import_module(f"helpers.tinytown.scenes.{name}") for name in SCENE_MODULES]
    return list(itertools.chain.from_iterable(module.SCENES for module in modules))


@functools.cache
def full_language() -> Language:
    """Tinytown with every construction: the language that optima for held-out tests are computed in."""
    return compile_language(all_scenes())


@functools.cache
def training_language() -> Language:
    """Tinytown without its held-out constructions: the language that training documents are drawn from."""
    return compile_language(all_scenes(), held_out=True)


@functools.cache
def only(*scenes: str) -> Language:
    """The training language with these scenes alone, their weights scaled to sum to 1.

    Raises ValueError for a scene that does not exist.
    """
    language = training_language()
    kept = [scene for scene in language.scenes if scene.name in scenes]
    if unknown := set(scenes) - {scene.name for scene in kept}:
        known = ", ".join(scene.name for scene in language.scenes)
        raise ValueError(f"no scene is called {sorted(unknown)[0]!r}; choose from {known}")
    total = sum(scene.weight for scene in kept)
    return Language(tuple(replace(scene, weight=scene.weight / total) for scene in kept), language.words)


def vocabulary() -> list[str]:
    """All words of Tinytown, sorted."""
    return list(full_language().words)
