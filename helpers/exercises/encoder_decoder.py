"""Checks of the exercises on encoder-decoders; each tells which mistake it sees."""

from __future__ import annotations

import torch

from helpers.exercises.checks import exercise, require, require_shape
from helpers.methods import prefix_lm

SHIFT = "put start_id in front of every row, drop the last column, and write pad_id wherever a -100 came in"
SPANS = "walk along the words: the first hidden word of a run opens a sentinel on both sides, the others only go right"
PREFIX = "a query sees a key when the key is not later, or lies in the row's prefix; and padding is never seen"
ALIGN = "for every target word the source word with the largest weight; then precision, recall, 2 p r / (p + r)"
SENTINEL = "<extra_id_{}>"


@exercise("shift right", hint=SHIFT)
def check_shift_right(answer):
    """answer(labels, start_id, pad_id) -> decoder_input_ids; labels (batch, position), -100 where nothing is asked."""
    labels = torch.tensor([[5, 6, 2, -100, -100], [7, 8, 9, 4, 2]])
    kept = labels.clone()
    value = torch.as_tensor(answer(labels, 1, 0))
    require(torch.equal(labels, kept), "the labels were changed; build a new tensor")
    require(tuple(value.shape) != (2, 6), "one column too many: the last label is asked for and never read; drop it")
    require_shape(value, (2, 5), hint="One input for each label.")
    require(bool((value != -100).all()), "-100 is left: the embedding table has no such row; write pad_id")
    filled, column = labels.masked_fill(labels == -100, 0), torch.ones(2, 1, dtype=torch.long)
    right = torch.cat([column, filled[:, :-1]], 1)
    around = labels.roll(1, 1)
    for wrong, diagnosis in (
        (filled, "not shifted: the decoder reads the very word that it is asked for"),
        (around.masked_fill(around == -100, 0), "the last label came round to the front: write start_id there"),
        (torch.cat([filled[:, 1:], 0 * column], 1), "shifted to the left: it reads the word after the one asked for"),
        (torch.cat([0 * column, right[:, 1:]], 1), "pad_id stands in front: true of T5, whose start_id is its pad_id"),
        (torch.cat([column, right[:, :-1]], 1), "shifted twice: the word just before the one asked for is not read"),
    ):
        require(not torch.equal(value, wrong), diagnosis)
    require(torch.equal(value, right), f"expected {right.tolist()}, received {value.tolist()}")


def spans_of(words, hidden, *, per_word=False):
    """Source and target of span corruption; with `per_word` every hidden word has a sentinel of its own.

    >>> spans_of("a b c".split(), [False, True, False])
    (['a', '<extra_id_0>', 'c'], ['<extra_id_0>', 'b', '<extra_id_1>'])
    """
    source, target, count = [], [], 0
    for place, (word, out) in enumerate(zip(words, hidden)):
        if out and (per_word or not place or not hidden[place - 1]):
            source.append(SENTINEL.format(count))
            target.append(SENTINEL.format(count))
            count += 1
        (target if out else source).append(word)
    return source, [*target, SENTINEL.format(count)]


@exercise("span corruption", hint=SPANS)
def check_spans(answer):
    """answer(words, hidden) -> (source, target), lists of words; hidden is True where a word is hidden."""
    words = "thank you for inviting me to your party last week".split()
    for gone in (("for", "inviting", "last"), ("thank", "week")):
        hidden = [word in gone for word in words]
        given, asked = list(words), list(hidden)
        source, target = (list(side) for side in answer(words, hidden))
        require(words == given and hidden == asked, "an argument was changed; build new lists")
        require(not set(gone) & set(source), "a hidden word is still in the source")
        visible = {word for word in words if word not in gone} & set(target)
        require(not visible, "a visible word stands in the target: T5 asks for the hidden ones alone (BART for all)")
        _check_sentinels(source, target, spans_of(words, hidden), spans_of(words, hidden, per_word=True))


def _check_sentinels(source, target, right, per_word):
    """The right words are on both sides: are the sentinels?"""
    marks = [word for word in source if word.startswith("<extra_id_")]
    require(len(set(marks)) == len(marks), "one sentinel is used twice: the decoder could not tell the gaps apart")
    require(marks[:1] == [SENTINEL.format(0)], "count the sentinels from <extra_id_0>, in the order of the text")
    require(
        source == right[0] or source != per_word[0],
        "every hidden word has a sentinel of its own: neighbours are one span, and its length must not be seen",
    )
    require(target != right[1][:-1], "the last sentinel is missing: it tells the decoder that the last span has ended")
    require((source, target) == right, f"expected {right}, received {(source, target)}")


def prefix_mask(prefix, attention_mask):
    """Who sees whom when the first `prefix` tokens of each row are open to all; padding to nobody: booleans."""
    return prefix_lm.mask(attention_mask, prefix)


@exercise("prefix mask", hint=PREFIX)
def check_prefix_mask(answer):
    """answer(prefix, attention_mask) -> (batch, 1, query, key) booleans; prefix (batch,) counts the source's tokens."""
    prefix, attention_mask = torch.tensor([2, 3]), torch.tensor([[1, 1, 1, 1, 0], [1, 1, 1, 1, 1]])
    kept = prefix.clone(), attention_mask.clone()
    value = answer(prefix, attention_mask)
    unchanged = torch.equal(prefix, kept[0]) and torch.equal(attention_mask, kept[1])
    require(unchanged, "an argument was changed; build new tensors")
    require_shape(value, (2, 1, 5, 5), hint="The 1 is for the heads, which share a mask.")
    require(value.dtype == torch.bool, f"the mask holds {value.dtype}; True = may attend, so booleans")
    for wrong, diagnosis in _wrong_masks(prefix, attention_mask):
        require(not torch.equal(value, wrong), diagnosis)
    right = prefix_mask(prefix, attention_mask)
    require(torch.equal(value, right), f"row 0 should be {right[0, 0].int().tolist()}, is {value[0, 0].int().tolist()}")


def _wrong_masks(prefix, attention_mask):
    """Each mistake that the check knows, as the mask that it leads to."""
    right, real = prefix_mask(prefix, attention_mask), attention_mask.bool()[:, None, None, :]
    none = torch.zeros_like(prefix)
    places, size = torch.arange(right.shape[-1]), right.shape
    target_rows = (places[:, None] >= prefix[:, None, None])[:, None]
    source_columns = (places < prefix[:, None, None])[:, None]
    yield prefix_mask(none, attention_mask), "that is the causal mask: within the prefix both directions are open"
    yield real.expand(size), "everyone sees everything: behind the prefix a word must not see what is still to come"
    yield prefix_mask(prefix, torch.ones_like(attention_mask)), "the padding is seen: combine with the attention_mask"
    longest = prefix.max().expand_as(prefix)
    yield prefix_mask(longest, attention_mask), "both rows have the longer prefix: row 0 sees a word of its own target"
    yield prefix_mask(prefix + 1, attention_mask), "one too many: the source sees the first word of the target"
    yield prefix_mask(prefix - 1, attention_mask), "one too few: the source's last word is hidden from those before it"
    yield right & ~(target_rows & source_columns), "the target does not see the source, which it is to translate"
    yield right.transpose(-1, -2), "transposed: rows are queries, columns are keys"
    yield ~right, "turned round: True = may attend"


@exercise("alignment", hint=ALIGN)
def check_alignment(answer):
    """answer(weights, gold) -> F1; weights (target, source), gold a set of (target, source) places."""
    rows = [[5, 4, 8, 8, 9], [1, 2, 4, 9, 8], [5, 9, 2, 4, 8], [9, 5, 7, 3, 5]]
    gold = {(0, 2), (0, 4), (1, 1), (1, 3), (2, 1), (3, 0)}
    weights = torch.tensor(rows) / 40
    kept = weights.clone()
    value = float(answer(weights, set(gold)))
    require(torch.equal(weights, kept), "the weights were changed; build new tensors")
    links = {(t, int(s)) for t, s in enumerate(weights.argmax(-1))}
    by_column = {(int(t), s) for s, t in enumerate(weights.argmax(0))}
    precision, recall = len(links & gold) / len(links), len(links & gold) / len(gold)
    for wrong, diagnosis in (
        (precision, "that is precision alone: one link, found, would have a precision of 1"),
        (recall, "that is recall alone: who links everything has a recall of 1"),
        ((precision + recall) / 2, "the plain mean of precision and recall; F1 is their harmonic mean"),
        (f1(by_column, gold), "the largest weight of each column was taken: every *target* word chooses a source word"),
        (0.0, "no link was found: a link is (target, source), two plain whole numbers (int(...))"),
    ):
        require(abs(value - wrong) > 1e-4, diagnosis)
    require(abs(value - f1(links, gold)) < 1e-4, f"expected {f1(links, gold):.4f}, received {value:.4f}")


def f1(found, gold) -> float:
    """Harmonic mean of precision and recall of links.

    >>> f1({1, 2}, {2, 3})
    0.5
    """
    return 2 * len(found & gold) / (len(found) + len(gold))
