"""Semantic similarity of two texts: the share of their scene's facts that both of them tell, and tell alike.

What a text tells is decided by exact inference: a fact whose value is certain once the text has been read. Hence the
gold number follows from the two texts alone, and a perfect reader reaches a rank correlation of 1.

Source: Spearman's rank correlation as in the STS tasks (Cer et al. 2017, "SemEval-2017 Task 1").
"""

import itertools

import numpy as np
from scipy.stats import spearmanr

from helpers import tinytown
from helpers.tasks.task import LONGEST, Example, Task, same_number, stream

SCENES = ("story", "errand", "travel", "news")
POOL, CERTAIN = 300, 0.99


def told(text, scene: str) -> dict[str, str]:
    """The facts that a text makes certain.

    >>> told("anna bought bread at the bakery .", "errand")["goods"]
    'bread'

    Raises ImpossibleTextError for a text that the scene cannot write.
    """
    language, found = tinytown.only(scene), {}
    worlds = tinytown.world_probs(text, language=language)[scene]
    for fact, values in language.scenes[0].facts.items():
        best = max(np.unique(values).tolist(), key=lambda value: worlds[values == value].sum())
        if worlds[values == best].sum() >= CERTAIN:
            found[fact] = str(best)
    return found


def overlap(one: dict, two: dict, *, facts: int) -> float:
    """Share of a scene's facts that two texts tell alike.

    >>> overlap({"person": "anna", "shop": "bakery"}, {"person": "anna", "shop": "post"}, facts=4)
    0.25
    """
    return sum(one[fact] == two[fact] for fact in one.keys() & two.keys()) / facts


def draw(split, seed):
    """Pairs of texts of one scene out of a pool, every degree of overlap equally often where the pool has it."""
    for number in itertools.count():
        rng = np.random.default_rng([seed, 1040, number])
        pool = {scene: _pool(scene, split, seed, number) for scene in SCENES}
        for _ in range(10 * POOL):
            yield _pair(pool[SCENES[rng.integers(len(SCENES))]], rng)


def _pool(scene, split, seed, number):
    """(text, told facts) of some documents of a scene."""
    documents = stream(scene, split=split, seed=[seed, 1041, number], keep=lambda d: len(d.tokens) <= LONGEST)
    texts = dict.fromkeys(" ".join(d.tokens) for d in itertools.islice(documents, POOL // len(SCENES)))
    return len(tinytown.only(scene).scenes[0].facts), [(text, told(text, scene)) for text in texts]


def _pair(pool, rng):
    """One text, and another whose overlap with it is drawn uniformly among those that occur."""
    facts, texts = pool
    text, known = texts[rng.integers(len(texts))]
    by_overlap: dict[float, list] = {}
    for other, other_known in texts:
        if other != text:
            by_overlap.setdefault(overlap(known, other_known, facts=facts), []).append(other)
    degree = sorted(by_overlap)[rng.integers(len(by_overlap))]
    return Example(text, degree, by_overlap[degree][rng.integers(len(by_overlap[degree]))])


def score(answers, examples) -> dict[str, float]:
    """Spearman's rank correlation with the gold overlap; answers that are all alike count as 0."""
    same_number(answers, examples)
    truth = [example.target for example in examples]
    alike = len(set(answers)) < 2 or len(set(truth)) < 2
    return {"spearman": 0.0 if alike else float(spearmanr(answers, truth).statistic)}


def shared_words(example: Example) -> float:
    """Share of the words of two texts that stand in both: a reader that knows words and nothing else."""
    one, two = set(example.source.split()), set(example.second.split())
    return len(one & two) / len(one | two)


def chance(train, test) -> dict[str, float]:
    """0 for an answer that does not look, as "lookup" the score of counting shared words."""
    return {"spearman": 0.0, "lookup": score(list(map(shared_words, test)), test)["spearman"]}


def exact(test) -> dict[str, float]:
    """The gold number follows from the texts."""
    return score([example.target for example in test], test)


TASK = Task("similarity", "semantic similarity", "pair", "spearman", draw, score, chance, exact, train=20_000)
