"""From scenes as data to a language as arrays."""

import functools
from dataclasses import replace

import numpy as np

from helpers.tinytown.compiled import CompiledScene, CompiledTemplate, Emission, Language
from helpers.tinytown.grammar import Given, Scene, Template, parse_order, parse_slot


def enumerate_worlds(scene: Scene) -> tuple[dict[str, np.ndarray], np.ndarray]:
    """Every assignment of the facts that has probability, with that probability."""
    worlds = [({}, 1.0)]
    for fact, law in scene.facts.items():
        worlds = [
            (world | {fact: value}, weight * probability)
            for world, weight in worlds
            for value, probability in (law.rows[world[law.fact]] if isinstance(law, Given) else law).items()
        ]
    facts = {fact: np.array([world[fact] for world, _ in worlds]) for fact in scene.facts}
    return facts, np.array([weight for _, weight in worlds])


def chain(orders, held_out=()) -> tuple[list[str], np.ndarray, np.ndarray, np.ndarray]:
    """The Markov chain over steps that a scene's orders describe: kinds, start, step, end (before early stopping)."""
    lines = [(weight, [s for s in parse_order(text) if s[0] not in held_out]) for weight, text in orders]
    lines = [(weight, steps) for weight, steps in lines if steps]
    kinds = [kind for _, steps in lines for kind, _ in steps]
    start, step, end = np.zeros(len(kinds)), np.zeros((len(kinds), len(kinds))), np.zeros(len(kinds))
    base, total = 0, sum(weight for weight, _ in lines)
    for weight, steps in lines:
        taken = np.array([p for _, p in steps])
        for here in range(-1, len(steps)):
            skipped = np.concatenate([[1.0], np.cumprod(1 - taken[here + 1 :])])
            reach = skipped[:-1] * taken[here + 1 :]
            if here < 0:
                start[base : base + len(steps)] = weight / total * reach / reach.sum()
            else:
                step[base + here, base + here + 1 : base + len(steps)] = reach
                end[base + here] = skipped[-1]
        base += len(steps)
    return kinds, start, step, end


class SceneCompiler:
    """Turns one `Scene` into arrays; emissions are shared between templates that use the same slot."""

    def __init__(self, scene: Scene, word_id: dict[str, int]):
        self.scene, self.word_id, self.cache = scene, word_id, {}
        self.facts, self.prior = enumerate_worlds(scene)

    def rows(self, token: str):
        """The distributions a slot chooses from, and the key of each world's row (None: always the same)."""
        slot = parse_slot(token)
        if slot is None:
            return None, {"": {token: 1.0}}, None
        name, given = slot
        if not given and name in self.facts:
            return name, {value: {value: 1.0} for value in np.unique(self.facts[name]).tolist()}, self.facts[name]
        if name not in self.scene.tables or any(fact not in self.facts for fact in given):
            raise ValueError(
                f"slot {token} of scene {self.scene.name!r}: no such fact or table; add it to the scene"
            )
        if not given:
            return name, {"": self.scene.tables[name]}, None
        keys = functools.reduce(
            lambda left, right: np.char.add(np.char.add(left, ","), right), [self.facts[f] for f in given]
        )
        return token.strip("{}"), self.scene.tables[name], keys

    def emission(self, token: str) -> Emission:
        if token not in self.cache:
            name, rows, keys = self.rows(token)
            used, row = (
                (list(rows), None)
                if keys is None
                else (lambda u, r: (u.tolist(), r))(*np.unique(keys, return_inverse=True))
            )
            missing = [key for key in used if key not in rows]
            if missing:
                raise ValueError(
                    f"table of slot {token} in scene {self.scene.name!r} has no row for {missing[0]!r}; add it"
                )
            options = sorted({word for key in used for word in rows[key]})
            probs = np.array([[rows[key].get(word, 0.0) for word in options] for key in used])
            self.cache[token] = Emission(name, np.array([self.word_id[w] for w in options]), probs, row)
        return self.cache[token]

    def templates(self, kind: str) -> list[CompiledTemplate]:
        """Templates of a kind, each with its probability given the world; a template may be ruled out by facts."""
        written = [t if isinstance(t, Template) else Template(t) for t in self.scene.kinds[kind]]
        weights = np.stack(
            [
                t.weight
                * np.prod(
                    [np.isin(self.facts[f], list(v)) for f, v in t.when.items()] or [np.ones(len(self.prior))], axis=0
                )
                for t in written
            ]
        )
        if not weights.sum(0).all():
            raise ValueError(
                f"kind {kind!r} of scene {self.scene.name!r} has no template for some facts; add one without `when`"
            )
        shares = weights / weights.sum(0)
        same = (shares == shares[:, :1]).all(1)
        return [
            CompiledTemplate(kind, tuple(self.emission(token) for token in t.text.split()), float(s[0]) if one else s)
            for t, s, one in zip(written, shares, same, strict=True)
        ]

    def compile(self, held_out) -> CompiledScene:
        scene = self.scene
        kinds, start, step, end = chain(scene.orders, held_out)
        step, end = step * (1 - scene.stop), end * (1 - scene.stop) + scene.stop
        templates = tuple(t for kind in scene.kinds if kind in kinds for t in self.templates(kind))
        return CompiledScene(
            scene.name,
            scene.weight,
            self.facts,
            self.prior,
            templates,
            tuple(kinds),
            start,
            step,
            end,
            dict(scene.entities),
        )


def scene_words(scene: Scene) -> set[str]:
    """Every word the scene can write."""
    compiler = SceneCompiler(scene, {})
    tokens = {
        token
        for kind in scene.kinds.values()
        for t in kind
        for token in (t.text if isinstance(t, Template) else t).split()
    }
    found = set()
    for token in tokens:
        _, rows, keys = compiler.rows(token)
        used = rows if keys is None else {key: rows[key] for key in np.unique(keys).tolist() if key in rows}
        found |= {word for row in used.values() for word in row}
    return found


def compile_language(scenes, *, held_out: bool = False) -> Language:
    """Compile scenes into a `Language`; with ``held_out`` the held-out kinds are left out of every order."""
    vocabulary = tuple(sorted(set().union(*(scene_words(scene) for scene in scenes))))
    word_id = {word: index for index, word in enumerate(vocabulary)}
    total = sum(scene.weight for scene in scenes)
    compiled = [SceneCompiler(scene, word_id).compile(scene.held_out if held_out else ()) for scene in scenes]
    scaled = [replace(c, weight=c.weight / total) for c in compiled]
    return Language(tuple(scaled), vocabulary)
