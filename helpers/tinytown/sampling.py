"""Writing documents: draw a scene, its facts, a walk through its sentence kinds, and a word for each slot."""

import bisect
import functools
import zlib
from dataclasses import dataclass
from itertools import accumulate

import numpy as np

from helpers.tinytown.compiled import Language
from helpers.tinytown.language import full_language, training_language

SPLITS = {"validation": (0,), "test": (1,), "train": tuple(range(2, 20))}


@dataclass(frozen=True)
class Document:
    """One text of Tinytown with everything that is true of it.

    sentences: one tuple of words for each step of the walk; slots: for each word the slot that wrote it, or None.
    """

    tokens: tuple[str, ...]
    scene: str
    facts: dict
    kinds: tuple[str, ...]
    sentences: tuple[tuple[str, ...], ...]
    slots: tuple[str | None, ...]
    entities: tuple[str, ...]

    @property
    def text(self) -> str:
        return " ".join(self.tokens).replace(" <nl>", "\n").replace("\n ", "\n")


def cumulative(weights) -> list[float]:
    """Running sum of weights, normalised to end at 1."""
    total = list(accumulate(float(w) for w in weights))
    return [value / total[-1] for value in total]


class Sampler:
    """Draws documents of a language from a stream of uniform numbers."""

    def __init__(self, language: Language):
        self.language = language
        self.scenes = cumulative(scene.weight for scene in language.scenes)
        self.laws = [self.scene_laws(scene) for scene in language.scenes]

    def scene_laws(self, scene):
        """World, first node, next node (last column: the end) and template choice as cumulative lists."""
        following = np.concatenate([scene.step, scene.end[:, None]], axis=1)
        return cumulative(scene.prior), cumulative(scene.start), [cumulative(row) for row in following]

    @functools.cache  # noqa: B019 - one sampler lives as long as its language
    def template_law(self, scene_index: int, kind: str, world: int):
        templates = self.language.scenes[scene_index].templates_of[kind]
        return cumulative(t.prior if np.isscalar(t.prior) else t.prior[world] for t in templates)

    @functools.cache  # noqa: B019
    def word_law(self, emission, row: int):
        used = np.flatnonzero(emission.probs[row])
        return cumulative(emission.probs[row, used]), [self.language.words[emission.word_ids[i]] for i in used]

    def draw(self, uniform) -> Document:
        """One document; ``uniform()`` gives the next number in [0, 1)."""
        index = bisect.bisect_right(self.scenes, uniform())
        scene, (worlds, first, following) = self.language.scenes[index], self.laws[index]
        world, node = bisect.bisect_right(worlds, uniform()), bisect.bisect_right(first, uniform())
        sentences, slots, kinds = [], [], []
        while node < len(scene.kinds):
            kind = scene.kinds[node]
            template = scene.templates_of[kind][bisect.bisect_right(self.template_law(index, kind, world), uniform())]
            sentence = []
            for emission in template.emissions:
                law, choices = self.word_law(emission, 0 if emission.row is None else int(emission.row[world]))
                sentence.append(choices[0] if len(choices) == 1 else choices[bisect.bisect_right(law, uniform())])
                slots.append(emission.name)
            sentences.append(tuple(sentence))
            kinds.append(kind)
            node = bisect.bisect_right(following[node], uniform())
        tokens = tuple(word for sentence in sentences for word in sentence)
        tags = tuple(scene.entities.get(slot, "O") for slot in slots)
        return Document(tokens, scene.name, scene.facts_of(world), tuple(kinds), tuple(sentences), tuple(slots), tags)


def uniform_stream(rng: np.random.Generator):
    """A function that hands out uniform numbers, drawn in blocks because single draws are slow."""

    def blocks():
        while True:
            yield from rng.random(4096).tolist()

    return blocks().__next__


@functools.cache
def sampler(language: Language) -> Sampler:
    return Sampler(language)


def sample_document(rng: np.random.Generator, *, language: Language | None = None) -> Document:
    """Draw one document from the full language (or the one given)."""
    return sampler(language or full_language()).draw(rng.random)


def split_of(tokens) -> str:
    """The split a text belongs to, by a checksum of its words, so that no text is in two splits."""
    bucket = zlib.crc32(" ".join(tokens).encode()) % 20
    return next(name for name, buckets in SPLITS.items() if bucket in buckets)


def documents(count: int, *, split: str = "train", seed=0, language: Language | None = None) -> list[Document]:
    """``count`` documents of a split; the same seed (an int or a sequence of ints) gives the same documents.

    Source language: the training language, so held-out constructions never occur, in any split.
    """
    if split not in SPLITS:
        raise ValueError(f"split {split!r} does not exist; use one of {', '.join(SPLITS)}")
    if count < 0:
        raise ValueError(f"count {count} is negative; ask for 0 documents or more")
    stream, found = uniform_stream(np.random.default_rng(seed)), []
    draw = sampler(language or training_language()).draw
    while len(found) < count:
        document = draw(stream)
        if split_of(document.tokens) == split:
            found.append(document)
    return found
