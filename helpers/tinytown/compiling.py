"""From scenes as data to a language as arrays."""

from dataclasses import replace

import numpy as np

from helpers.tinytown.compiled import CompiledScene, CompiledTemplate, Emission, Language
from helpers.tinytown.grammar import Given, Scene, Template, parse_order, parse_slot
from helpers.tinytown.spelling import split_words


def enumerate_worlds(scene: Scene) -> tuple[dict[str, np.ndarray], np.ndarray]:
    """Every assignment of the facts that has probability, with that probability."""
    worlds = [({}, 1.0)]
    for fact, source in scene.facts.items():
        worlds = [
            (world | {fact: value}, weight * probability)
            for world, weight in worlds
            for value, probability in _values(source, world).items()
        ]
    facts = {fact: np.array([world[fact] for world, _ in worlds]) for fact in scene.facts}
    return facts, np.array([weight for _, weight in worlds])


def _values(source, world: dict) -> dict:
    """Distribution of a fact in a world that has the facts before it."""
    return source.rows[world[source.fact]] if isinstance(source, Given) else source


def chain(orders, held_out=()) -> tuple[list[str], np.ndarray, np.ndarray, np.ndarray]:
    """The Markov chain over steps that a scene's orders describe: kinds, start, step, end (before early stopping).

    Steps are numbered order by order, so every sentence leads to a later one: `step` is strictly upper triangular.
    """
    lines = [(weight, [step for step in parse_order(text) if step[0] not in held_out]) for weight, text in orders]
    lines = [(weight, steps) for weight, steps in lines if steps]
    kinds = [kind for _, steps in lines for kind, _ in steps]
    start, step, end = np.zeros(len(kinds)), np.zeros((len(kinds), len(kinds))), np.zeros(len(kinds))
    total, first = sum(weight for weight, _ in lines), 0
    for weight, steps in lines:
        taken = np.array([probability for _, probability in steps])
        here = slice(first, first + len(steps))
        opening = _next_step(taken)[:-1]  # an order is never skipped as a whole
        start[here] = weight / total * opening / opening.sum()
        for node in range(len(steps)):
            *following, end[first + node] = _next_step(taken[node + 1 :])
            step[first + node, first + node + 1 : here.stop] = following
        first = here.stop
    return kinds, start, step, end


def _next_step(taken: np.ndarray) -> np.ndarray:
    """Probability that each of these steps is the next one taken; last, that none of them is.

    >>> _next_step(np.array([0.5, 1.0])).tolist()
    [0.5, 0.5, 0.0]
    """
    skipped = np.concatenate([[1.0], np.cumprod(1 - taken)])
    return np.append(skipped[:-1] * taken, skipped[-1])


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
            values = self.facts[name]
            return name, {value: {value: 1.0} for value in np.unique(values).tolist()}, values
        if name not in self.scene.tables or any(fact not in self.facts for fact in given):
            raise ValueError(f"slot {token} of scene {self.scene.name!r}: no such fact or table; add it to the scene")
        if not given:
            return name, {"": self.scene.tables[name]}, None
        keys = self.facts[given[0]]
        for fact in given[1:]:
            keys = np.char.add(np.char.add(keys, ","), self.facts[fact])
        return token.strip("{}"), self.scene.tables[name], keys

    def used_rows(self, token: str):
        """Name of a slot, the rows that some world chooses, and the number of each world's row (None: one for all)."""
        name, rows, keys = self.rows(token)
        if keys is None:
            return name, list(rows.values()), None
        used, row = np.unique(keys, return_inverse=True)
        missing = [key for key in used.tolist() if key not in rows]
        if missing:
            raise ValueError(
                f"table of slot {token} in scene {self.scene.name!r} has no row for {missing[0]!r}; add it"
            )
        return name, [rows[key] for key in used.tolist()], row

    def words(self) -> set[str]:
        """Every word the scene can write."""
        tokens = {token for kind in self.scene.kinds for t in self.written(kind) for token in t.text.split()}
        return {word for token in tokens for row in self.used_rows(token)[1] for word in row}

    def written(self, kind: str) -> list[Template]:
        """Templates of a kind as the scene has them."""
        if kind not in self.scene.kinds:
            raise ValueError(
                f"an order of scene {self.scene.name!r} names kind {kind!r}, which has no templates; add it"
            )
        return [t if isinstance(t, Template) else Template(t) for t in self.scene.kinds[kind]]

    def emission(self, token: str) -> Emission:
        """What a slot or a literal word can write."""
        if token not in self.cache:
            name, rows, row = self.used_rows(token)
            options = sorted({word for distribution in rows for word in distribution})
            probs = np.array([[distribution.get(word, 0.0) for word in options] for distribution in rows])
            self.cache[token] = Emission(name, np.array([self.word_id[w] for w in options]), probs, row)
        return self.cache[token]

    def allowed(self, template: Template) -> np.ndarray:
        """Whether a template may be used, in each world: (W,)."""
        found = np.ones(len(self.prior), dtype=bool)
        for fact, values in template.when.items():
            found &= np.isin(self.facts[fact], list(values))
        return found

    def templates(self, kind: str) -> list[CompiledTemplate]:
        """Templates of a kind, each with its probability given the world; a template may be ruled out by facts."""
        written = self.written(kind)
        weights = np.stack([t.weight * self.allowed(t) for t in written])
        if not weights.sum(0).all():
            raise ValueError(
                f"kind {kind!r} of scene {self.scene.name!r} has no template for some facts; add one without `when`"
            )
        found = []
        for template, share in zip(written, weights / weights.sum(0), strict=True):
            emissions = tuple(self.emission(token) for token in template.text.split())
            same = (share == share[0]).all()
            found.append(CompiledTemplate(kind, emissions, float(share[0]) if same else share))
        return found

    def compile(self, held_out) -> CompiledScene:
        """The scene as arrays, without the held-out kinds."""
        scene = self.scene
        kinds, start, step, end = chain(scene.orders, held_out)
        if not kinds:
            raise ValueError(f"no order of scene {scene.name!r} is left without {tuple(held_out)}; add one")
        for kind in kinds:
            self.written(kind)
        return CompiledScene(
            name=scene.name,
            weight=scene.weight,
            facts=self.facts,
            prior=self.prior,
            templates=tuple(t for kind in scene.kinds if kind in kinds for t in self.templates(kind)),
            kinds=tuple(kinds),
            start=start,
            step=step * (1 - scene.stop),
            end=end * (1 - scene.stop) + scene.stop,
            entities=dict(scene.entities),
        )


def compile_language(scenes, *, held_out: bool = False) -> Language:
    """Compile scenes into a `Language`; with ``held_out`` the held-out kinds are left out of every order.

    Raises: ValueError for no scene, two of one name, a weight that is not positive, or a word that is not spelled as
    Tinytown spells words.
    """
    scenes = list(scenes)
    _check(scenes)
    vocabulary = tuple(sorted(set().union(*(SceneCompiler(scene, {}).words() for scene in scenes))))
    _check_spelling(vocabulary)
    word_id = {word: index for index, word in enumerate(vocabulary)}
    total = sum(scene.weight for scene in scenes)
    compiled = [SceneCompiler(scene, word_id).compile(scene.held_out if held_out else ()) for scene in scenes]
    return Language(tuple(replace(c, weight=c.weight / total) for c in compiled), vocabulary)


def _check(scenes):
    if not scenes or not all(isinstance(scene, Scene) for scene in scenes):
        raise ValueError("a language needs a list of scenes; pass [Scene(...), ...]")
    names = [scene.name for scene in scenes]
    twice = [name for name in names if names.count(name) > 1]
    if twice:
        raise ValueError(f"two scenes are called {twice[0]!r}; give each a name of its own")
    for scene in scenes:
        _check_scene(scene)
    light = [scene for scene in scenes if scene.weight <= 0]
    if light:
        raise ValueError(f"scene {light[0].name!r} has weight {light[0].weight}; give it one above 0")


def _check_scene(scene: Scene):
    """Refuse orders and kinds of another form than `Scene` asks for."""
    if not scene.orders or not all(isinstance(o, (list, tuple)) and len(o) == 2 for o in scene.orders):
        raise ValueError(f"orders of scene {scene.name!r} are {scene.orders!r}; write [(1, 'kind kind?0.3')]")
    single = [kind for kind, templates in scene.kinds.items() if isinstance(templates, str) or not templates]
    if single:
        raise ValueError(f"kind {single[0]!r} of scene {scene.name!r} needs a list of templates: ['the cat sat .']")


def _check_spelling(words: tuple[str, ...]):
    """Refuse words that a text in ordinary spelling could not hold."""
    for word in words:
        if split_words(word, words) != [word]:
            raise ValueError(
                f"word {word!r} of the grammar would never be read; write it in small letters, without spaces"
            )
