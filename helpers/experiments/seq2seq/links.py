"""Which links of cross-attention does a translation need? Hide a source word from some heads and see what is lost.

The model is that of `prefixes` with its doubled reviews. Changed: the word that is hidden from cross-attention, and
from which heads; the encoder still reads it. Damage is 1 - p(right word). Control: another content word of the
sentence. The head that is looked at is chosen on training texts.
Cost on one core: 5 seeds x 70 s, 6 minutes.
"""

from __future__ import annotations

import numpy as np

from helpers.experiments.seq2seq import prefixes
from helpers.methods import alignment, hidden_sources
from helpers.tinytown.scenes.tinytongue import VERBS
from helpers.training.finetuning import FineTuning

NAME = "links"
SEEDS = range(5)
SENTENCES, CHOOSING = 60, 100  # translations that are damaged, and those that the head is chosen on
HEADS = ("all heads", "the chosen one", "the others")


def grid():
    """A point for each seed."""
    recipe = prefixes.RECIPE.to_dict()
    yield from ({"experiment": NAME, "stage": "test", "seed": seed, "recipe": recipe} for seed in SEEDS)


def search(point: dict) -> None:
    """Nothing is chosen."""


def models(point: dict) -> tuple[str, ...]:
    """The course model that is fine-tuned."""
    return (prefixes.MODEL,)


def kind(target: str, source: str) -> str:
    """What kind of word a sure link joins.

    >>> kind("hunda", "dog"), kind("estis", "was"), kind("mala", "bad")
    ('noun', 'estis (was)', 'adjective')
    """
    if target == "estis":
        return "estis (was)"
    if source in alignment.NOUNS:
        return "noun"
    return "verb" if source in VERBS else "adjective"


def kinds(example, weights) -> dict[str, list[tuple[int, int]]]:
    """The places (target word, source word) of an example by kind of link; weights (target, source) of one head.

    A full stop has no gold link; its brightest word stands in its place.
    """
    links, source, target = (
        alignment.gold(example.source, example.target),
        example.source.split(),
        example.target.split(),
    )
    found = {}
    for t, s in sorted(links.sure):
        found.setdefault(kind(target[t], source[s]), []).append((t, s))
    for t, s in sorted(links.possible - links.sure):
        found.setdefault(f"article, its {'the' if source[s] == alignment.THE else 'noun'}", []).append((t, s))
    for t in (t for t, word in enumerate(target) if word == alignment.STOP):
        found.setdefault("full stop, its brightest word", []).append((t, int(weights[t].argmax())))
    return found


def run(point: dict) -> dict:
    """Damage by heads and by kind of link, and how often the brightest or the most damaging word is the right one."""
    solver = prefixes.solver("doubled", point["seed"], FineTuning(**point["recipe"]))
    model, tokenizer = solver.model, solver.tokenizer
    taught = prefixes.texts("train", CHOOSING, point["seed"])["translation"]
    examples = prefixes.texts("test", SENTENCES, point["seed"])["translation"]
    chosen = alignment.best_head(model, tokenizer, taught)
    maps = [each[chosen] for each in alignment.cross_attention(model, tokenizer, examples)]
    model.set_attn_implementation("eager")
    every = hidden_sources.heads_of(model)
    closed = dict(zip(HEADS, (every, [chosen], [head for head in every if head != chosen])))
    hurts = {
        name: [hidden_sources.damage(model, tokenizer, e, heads) for e in examples] for name, heads in closed.items()
    }
    return {"head": list(chosen), **measured(examples, maps, hurts)}


def measured(examples, maps, hurts) -> dict:
    """The scores from the head's maps and the damage, an array (target, source) for each example; by heads."""
    truth = [alignment.gold(e.source, e.target) for e in examples]
    sure = [(n, t, s) for n, links in enumerate(truth) for t, s in sorted(links.sure)]
    content = [{s for _, s in links.sure} for links in truth]
    every = hurts[HEADS[0]]
    others = [(n, t, s) for n, t, _ in sure for s in content[n] if (t, s) not in truth[n].possible]
    found = {}
    for n, (example, weights) in enumerate(zip(examples, maps)):
        for name, places in kinds(example, weights).items():
            found.setdefault(name, []).extend((n, *place) for place in places)
    return {
        "links": len(sure),
        "brightest": float(np.mean([maps[n][t].argmax() == s for n, t, s in sure])),
        "worst": float(np.mean([every[n][t].argmax() == s for n, t, s in sure])),
        "damage": {name: _told(each, sure) for name, each in hurts.items()}
        | {"another word, all heads": _told(every, others)},
        "kinds": {
            name: {"links": len(places), "weight": _mean(maps, places), "damage": _mean(every, places)}
            for name, places in found.items()
        },
    }


def _mean(maps, places):
    return float(np.mean([maps[n][t, s] for n, t, s in places]))


def _told(hurt, places):
    values = np.array([hurt[n][t, s] for n, t, s in places])
    return {"mean": float(values.mean()), "lost": float((values > 0.5).mean())}
