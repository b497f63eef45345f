"""Which source word a decoder looks at when it writes a word, beside the gold alignment of Tinytown's translations.

Source: Och and Ney 2003, "A Systematic Comparison of Various Statistical Alignment Models": sure and possible links,
precision over the possible and recall over the sure ones; our F1 is their harmonic mean.
"""

from __future__ import annotations

from collections.abc import Set
from dataclasses import dataclass

import torch

from helpers.evaluation import in_batches
from helpers.methods.fine_tuned import BATCH
from helpers.methods.text_to_text import source_target_batches
from helpers.models.checks import require_text, require_text_to_text_model
from helpers.tasks.task import Example
from helpers.tasks.translation import ENGLISH, TONGUE
from helpers.tinytown.scenes import tinytongue
from helpers.transformer.checks import finite, listed, shown

STOP, THE = ".", "the"
NOUNS = tinytongue.WORD | {thing: both.split()[1] for thing, both in tinytongue.THINGS.items()}
LEXICON = NOUNS | tinytongue.ADJECTIVES | tinytongue.VERBS | tinytongue.GOOD | tinytongue.BAD | {"was": "estis"}
ARTICLES = frozenset(both.split()[0] for both in (tinytongue.NOUNS | tinytongue.THINGS).values())


@dataclass(frozen=True)
class Links:
    """Gold links (target word, source word), words counted from 0 in each text: a subset of the possible is sure."""

    sure: frozenset
    possible: frozenset


def sentences(words) -> list[list[int]]:
    """The places of each sentence's words, its full stop left out.

    >>> sentences("to vino estis . ta filla .".split())
    [[0, 1, 2], [4, 5]]
    """
    found = [[]]
    for place, word in enumerate(listed(words, "words", least=0, of="words")):
        if word == STOP:
            found.append([])
        else:
            found[-1].append(place)
    return [sentence for sentence in found if sentence]


def gold(source: str, target: str) -> Links:
    """The gold alignment of a translation example, sentence by sentence.

    >>> links = gold("english : the wine was bad . tinytongue :", "to vino mala estis .")
    >>> sorted(links.sure), sorted(links.possible - links.sure)
    ([(1, 3), (2, 5), (3, 4)], [(0, 2), (0, 3)])

    Sure: a word and its translation. Possible: an article with its noun, which decides its form, and with its "the".
    A full stop has no link. Raises ValueError when the sentences do not pair up, or a word has no counterpart.
    """
    require_text(target, "target")
    if not require_text(source, "source").startswith(ENGLISH) or not source.endswith(TONGUE):
        raise ValueError(f"source {source!r} is no translation task; write '{ENGLISH} the wine was bad . {TONGUE}'")
    begin = len(ENGLISH.split())
    english, tongue = source.split()[: -len(TONGUE.split())], target.split()
    sides = sentences(english), sentences(tongue)
    if len(sides[0]) != len(sides[1]):
        raise ValueError(f"{len(sides[0])} sentences in {source!r}, {len(sides[1])} in {target!r}; they must pair up")
    sure, possible = set(), set()
    for from_, to in zip(*sides):
        from_ = [place for place in from_ if place >= begin]
        for t in to:
            links = _links(t, from_, english, tongue)
            possible |= links
            sure |= set() if tongue[t] in ARTICLES else links
    return Links(frozenset(sure), frozenset(possible | sure))


def _links(t, places, english, tongue):
    """The links of one target word."""
    is_article = tongue[t] in ARTICLES
    wanted = tongue[t + 1] if is_article and t + 1 < len(tongue) else tongue[t]
    found = [s for s in places if LEXICON.get(english[s]) == wanted]
    if not found:
        raise ValueError(f"{tongue[t]!r} at place {t} has no counterpart in {' '.join(english)!r}; mend the example")
    articles = [s for s in places if english[s] == THE and s < found[0]][-1:] if is_article else []
    return {(t, s) for s in [*found, *articles]}


def cross_attention(model, tokenizer, examples) -> list:
    """For each example an array (layer, head, target word, source word): where the decoder looks in the source.

    The gold target is read (teacher forcing); row t is the step that writes target word t. The weight on the source's
    end mark is left out, so that a row may sum to less than 1.
    Raises ValueError for no examples.
    """
    require_text_to_text_model(model, tokenizer)
    _check_examples(examples)
    found, collate = [], source_target_batches(tokenizer, model.config)
    with _eager(model), torch.no_grad():
        for batch in in_batches(list(examples), BATCH):
            layers = torch.stack(model(**collate(batch), output_attentions=True).cross_attentions, 1)
            for example, weights in zip(batch, layers):  # (layer, head, target token, source token)
                rows, columns = len(example.target.split()), len(example.source.split())
                found.append(weights[:, :, :rows, :columns].numpy())
    return found


class _eager:
    """The implementation of attention that hands out its weights, for as long as it is needed."""

    def __init__(self, model):
        self.model, self.before = model, model.config._attn_implementation

    def __enter__(self):
        self.model.set_attn_implementation("eager")

    def __exit__(self, *error):
        self.model.set_attn_implementation(self.before)


def links(weights) -> set:
    """The most attended source word of each target word, as (target word, source word); weights (target, source).

    >>> import numpy as np
    >>> sorted(links(np.array([[0.1, 0.9], [0.6, 0.4]])))
    [(0, 1), (1, 0)]
    """
    weights = finite(weights, "weights", dims=2)
    if not weights.size:
        raise ValueError(f"weights have shape {weights.shape}, without a number; pass one map of cross_attention")
    return {(t, int(s)) for t, s in enumerate(weights.argmax(-1))}


def scores(found: Set, truth: Links) -> dict[str, float]:
    """Precision over the possible links, recall over the sure ones, and F1, their harmonic mean.

    >>> scores({(0, 2), (1, 0)}, Links(frozenset({(1, 1)}), frozenset({(0, 2), (1, 1)})))
    {'precision': 0.5, 'recall': 0.0, 'f1': 0.0}

    Raises ValueError for no links at all on either side.
    """
    if not isinstance(found, Set) or not isinstance(truth, Links):
        raise TypeError(f"found {shown(found)} and truth {shown(truth)} do not fit; pass links(weights) and gold(...)")
    if not found or not truth.sure:
        raise ValueError(f"{len(found)} links found, {len(truth.sure)} sure ones; both sides need at least one")
    precision = len(found & truth.possible) / len(found)
    recall = len(found & truth.sure) / len(truth.sure)
    f1 = 2 * precision * recall / (precision + recall) if precision + recall else 0.0
    return {"precision": precision, "recall": recall, "f1": f1}


def by_head(maps, examples) -> dict[tuple[int, int], dict[str, float]]:
    """Scores of every (layer, head), the links of all examples together; `maps` as `cross_attention` gives them."""
    _check_examples(examples)
    maps = [finite(each, "a map", dims=4) for each in listed(maps, "maps", of="arrays")]
    if len(maps) != len(examples):
        raise ValueError(f"{len(maps)} maps for {len(examples)} examples; pass what cross_attention gives for them")
    truths = [gold(e.source, e.target) for e in examples]
    sure = frozenset((i, *link) for i, truth in enumerate(truths) for link in truth.sure)
    together = Links(sure, frozenset((i, *link) for i, truth in enumerate(truths) for link in truth.possible))
    asked = [{t for t, _ in truth.possible} for truth in truths]  # full stops are not asked for
    layers, heads = maps[0].shape[:2]
    return {
        (layer, head): scores(
            {(i, t, s) for i, m in enumerate(maps) for t, s in links(m[layer, head]) if t in asked[i]}, together
        )
        for layer in range(layers)
        for head in range(heads)
    }


def best_head(model, tokenizer, examples) -> tuple[int, int]:
    """The (layer, head) whose links agree best with the gold alignment; choose on validation, score on test."""
    found = by_head(cross_attention(model, tokenizer, examples), examples)
    return max(found, key=lambda place: found[place]["f1"])


def agreement(model, tokenizer, examples, *, head: tuple[int, int]) -> dict[str, float]:
    """Precision, recall and F1 of one (layer, head) on examples.

    Raises ValueError for a head that the model does not have.
    """
    found = by_head(cross_attention(model, tokenizer, examples), examples)
    if not isinstance(head, tuple) or head not in found:
        raise ValueError(f"head {head} does not exist; choose (layer, head) up to {max(found)}")
    return found[head]


def _check_examples(examples):
    """Refuse a bare string, texts in the place of examples, and no examples."""
    if not listed(examples, "examples", least=0, of="examples"):
        raise ValueError("no examples to look at; give at least one")
    for example in examples:
        if not isinstance(example, Example):
            raise TypeError(f"an example cannot be {shown(example)}; pass examples of the task translation")
