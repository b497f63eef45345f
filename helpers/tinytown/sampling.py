"""Writing documents: draw a scene, its facts, a walk through its sentence kinds, and a word for each slot."""

import bisect
import functools
import zlib
from dataclasses import dataclass, replace
from itertools import accumulate, islice

import numpy as np

from helpers.tinytown.arguments import language_of, one_of, random_source, seed_of, whole_number
from helpers.tinytown.compiled import Language
from helpers.tinytown.language import full_language, training_language
from helpers.tinytown.texts import flat_words

SPLITS = {"validation": (0,), "test": (1,), "train": tuple(range(2, 20))}
PATIENCE = 10_000  # draws in a row without a new text before a language is taken to have no more


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

    def first(self, sentences: int) -> "Document":
        """The document cut after so many sentences, or whole where it has no more.

        >>> document = documents(1, seed=0)[0]
        >>> document.first(1).tokens == document.sentences[0]
        True
        """
        kept = self.sentences[:sentences]
        words = sum(map(len, kept))
        return replace(
            self,
            tokens=self.tokens[:words],
            kinds=self.kinds[:sentences],
            sentences=kept,
            slots=self.slots[:words],
            entities=self.entities[:words],
        )


def cumulative(weights) -> list[float]:
    """Running sum of weights, normalised to end at 1."""
    total = list(accumulate(float(w) for w in weights))
    return [value / total[-1] for value in total]


class Sampler:
    """Draws documents of a language from a stream of uniform numbers."""

    def __init__(self, language: Language):
        self.language = language
        self.scenes = cumulative(scene.weight for scene in language.scenes)
        self.choices = [self.scene_choices(scene) for scene in language.scenes]

    def scene_choices(self, scene):
        """World, first node, next node (last column: the end) and template choice as cumulative lists."""
        following = np.concatenate([scene.step, scene.end[:, None]], axis=1)
        return cumulative(scene.prior), cumulative(scene.start), [cumulative(row) for row in following]

    @functools.cache  # noqa: B019 - one sampler lives as long as its language
    def template_choice(self, scene_index: int, kind: str, world: int):
        templates = self.language.scenes[scene_index].templates_of[kind]
        return cumulative(t.prior if np.isscalar(t.prior) else t.prior[world] for t in templates)

    @functools.cache  # noqa: B019
    def word_choice(self, emission, row: int):
        used = np.flatnonzero(emission.probs[row])
        return cumulative(emission.probs[row, used]), [self.language.words[emission.word_ids[i]] for i in used]

    def uniforms_of(self, scene: str, world: int) -> tuple[float, float]:
        """Two uniform numbers by which `draw` takes this scene and this world: the middles of their intervals."""
        index = [s.name for s in self.language.scenes].index(scene)
        edges = [0.0, *self.scenes], [0.0, *self.choices[index][0]]
        return tuple((edge[place] + edge[place + 1]) / 2 for edge, place in zip(edges, (index, world), strict=True))

    def draw(self, uniform) -> Document:
        """One document; ``uniform()`` gives the next number in [0, 1): the first two choose the scene and the world."""
        index = bisect.bisect_right(self.scenes, uniform())
        scene, (worlds, first, following) = self.language.scenes[index], self.choices[index]
        world, node = bisect.bisect_right(worlds, uniform()), bisect.bisect_right(first, uniform())
        sentences, slots, kinds = [], [], []
        while node < len(scene.kinds):
            kind = scene.kinds[node]
            template = scene.templates_of[kind][
                bisect.bisect_right(self.template_choice(index, kind, world), uniform())
            ]
            sentence = []
            for emission in template.emissions:
                bounds, options = self.word_choice(emission, 0 if emission.row is None else int(emission.row[world]))
                sentence.append(options[0] if len(options) == 1 else options[bisect.bisect_right(bounds, uniform())])
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


def sample_document(rng: np.random.Generator = None, *, language: Language | None = None) -> Document:
    """Draw one document from the full language (or the one given).

    Raises: TypeError without a generator.
    """
    return sampler(language_of(language, full_language)).draw(random_source(rng).random)


def split_of(text) -> str:
    """The split a text belongs to, by a checksum of its words, so that no text is in two splits.

    Raises: TypeError for anything but a string or a flat list of words; ValueError for a text with a gap.
    """
    words = flat_words(text, full_language())
    if None in words:
        raise ValueError(f"word {words.index(None)} is a gap, and only a whole text has a split; write every word")
    return _split_of(words)


def _split_of(words) -> str:
    bucket = zlib.crc32(" ".join(words).encode()) % 20
    return next(name for name, buckets in SPLITS.items() if bucket in buckets)


def documents(count: int, *, split: str = "train", seed=0, language: Language | None = None) -> list[Document]:
    """``count`` documents of a split; the same seed (an int or a sequence of ints) gives the same documents.

    Source language: the training language, so held-out constructions never occur, in any split.

    Raises: TypeError, ValueError for a count, split, seed or language that is none, or a split without a text.
    """
    whole_number(count, "count", least=0)
    return list(islice(_stream(split, seed, language), count))


def distinct_documents(count: int, *, split: str = "test", seed=0, language: Language | None = None) -> list[Document]:
    """``count`` documents with different texts: those of `documents` without the repetitions.

    Rare texts weigh more in them than in the language; so a mean over them is a mean over texts, not over draws.

    Raises: ValueError where the language does not have so many texts; otherwise as `documents`.
    """
    whole_number(count, "count", least=0)
    found: dict[tuple[str, ...], Document] = {}
    repeated = 0
    for document in _stream(split, seed, language) if count else ():
        repeated = repeated + 1 if document.tokens in found else 0
        found.setdefault(document.tokens, document)
        if len(found) == count:
            break
        if repeated == PATIENCE:
            raise ValueError(f"count {count} is too many: only {len(found)} different texts were found; ask for fewer")
    return list(found.values())


def _stream(split: str, seed, language: Language | None):
    """Documents of a split, without end."""
    one_of(split, "split", SPLITS)
    uniform = uniform_stream(np.random.default_rng(seed_of(seed)))
    draw, refused = sampler(language_of(language, training_language)).draw, 0
    while refused < PATIENCE:
        document = draw(uniform)
        refused = 0 if _split_of(document.tokens) == split else refused + 1
        if not refused:
            yield document
    raise ValueError(f"split {split!r} is empty: {PATIENCE} draws gave no text of it; use a language with more texts")
