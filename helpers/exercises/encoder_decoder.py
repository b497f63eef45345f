"""Checks of the exercises on encoder-decoders; each tells which mistake it sees."""

from __future__ import annotations

import functools
import math

import torch

from helpers import tinytown
from helpers.exercises.checks import close, exercise, require, require_shape
from helpers.experiments import two_gaps
from helpers.models.tokenizers import SENTINELS
from helpers.objectives import span_corruption

CROSS = (
    "queries from x, keys and values from memory; scale the scores, hide the padding with -inf, softmax over the source"
)
SHIFT = "put start_id in front of every row, drop the last column, and write pad_id wherever a -100 came in"
SPANS = (
    "copy the words up to a span, then its sentinel; the target gets the sentinel and the span, and one sentinel more"
)
NOISED = (
    "go through the sentences in the new order; each span becomes one mask, a span of length 0 too; write the old text"
)
PREFIX = "a query sees a key when the key is not later, or lies in the row's prefix; and padding is never seen"
ALIGN = "for every target word the source word with the largest weight; then precision, recall, 2 p r / (p + r)"
FILL = "number the gaps with SENTINELS, let write() answer, collect the words behind each sentinel, put them back"
GAP = "[MASK]"


def cross_attention(x, memory, w_q, w_k, w_v, *, scale, source_mask):
    """One head in which a decoder's vectors ask and an encoder's answer: (output, weights).

    Shapes: x (target, d_model), memory (source, d_model), w_q, w_k, w_v (d_model, d_head), source_mask (source,) with
    True = a word; output (target, d_head), weights (target, source).
    """
    q, k, v = x @ w_q, memory @ w_k, memory @ w_v
    scores = scale * (q @ k.T)  # (target, source)
    weights = scores.masked_fill(~source_mask, -torch.inf).softmax(-1)
    return weights @ v, weights


@exercise("cross_attention", hint=CROSS, ours=cross_attention)
def check_cross_attention(answer):
    """answer(x, memory, w_q, w_k, w_v, *, scale, source_mask) -> output (target, d_head), weights (target, source)."""
    draw = torch.Generator().manual_seed(3)
    x, memory = torch.randn(5, 6, generator=draw), torch.randn(5, 6, generator=draw)
    w = torch.randn(3, 6, 4, generator=draw)
    seen = torch.tensor([True, True, True, True, False])
    kept = x.clone(), memory.clone(), w.clone(), seen.clone()
    value = answer(x, memory, *w, scale=0.5, source_mask=seen)
    same = all(torch.equal(a, b) for a, b in zip((x, memory, w, seen), kept))
    require(same, "an argument was changed; build new tensors")
    require(isinstance(value, tuple) and len(value) == 2, "give back two things: the output, and the weights")
    output, weights = value
    require_shape(weights, (5, 5), hint="One row for each target word, one column for each source word.")
    require_shape(output, (5, 4), hint="The weights times the values.")
    require(
        not torch.isnan(weights).any(),
        "softmax over the target: each row, over the source, must sum to 1 (the closed column became nan)",
    )
    for wrong, diagnosis in _wrong_weights(x, memory, w, seen):
        require(not close(weights, wrong), diagnosis)
    right = cross_attention(x, memory, *w, scale=0.5, source_mask=seen)
    require(close(weights, right[1]), "other weights than softmax(scale * q k^T) over the source")
    require(not close(output, right[1] @ x @ w[2]), "the values come from x: the answers come from the memory")
    require(not close(output, right[1] @ memory @ w[1]), "the keys were mixed: weights times values, not keys")
    require(close(output, right[0]), "right weights, another output: it is weights @ values")


def _wrong_weights(x, memory, w, seen):
    """Each mistake that the check knows, as the weights that it leads to."""
    on = {"scale": 0.5, "source_mask": seen}
    scores = 0.5 * (x @ w[0]) @ (memory @ w[1]).T
    hidden = scores.masked_fill(~seen, -torch.inf)
    everything = torch.ones_like(seen)
    later = torch.ones(5, 5, dtype=torch.bool).triu(1)
    yield cross_attention(x, x, *w, **on)[1], "self-attention: the keys come from x, and must come from the memory"
    yield cross_attention(memory, x, *w, **on)[1], "turned round: x asks (queries), the memory answers (keys, values)"
    yield cross_attention(x, memory, *w, scale=1.0, source_mask=seen)[1], "the scale is missing: scores = scale * q k^T"
    yield cross_attention(x, memory, *w, scale=0.5, source_mask=everything)[1], "the padding is seen: use source_mask"
    yield cross_attention(x, memory, *w, scale=0.5, source_mask=~seen)[1], "the mask is turned round: True = a word"
    yield (
        scores.masked_fill(~seen, 0.0).softmax(-1),
        "a score of 0 is no refusal, its weight is above 0: hide with -inf",
    )
    yield hidden.masked_fill(later, -torch.inf).softmax(-1), "causal: every target word may see every source word"
    yield hidden, "these are scores: the softmax over the source is missing"


def shift_right(labels, start_id, pad_id):
    """What the decoder reads while it is asked for labels (batch, position); -100 (nothing asked) becomes padding."""
    start = torch.full_like(labels[:, :1], start_id)
    moved = torch.cat([start, labels[:, :-1]], dim=1)  # the last label is asked for, never read
    return moved.masked_fill(moved == -100, pad_id)


@exercise("shift_right", hint=SHIFT, ours=shift_right)
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


@exercise("corrupt", hint=SPANS, ours=span_corruption.corrupt)
def check_corrupt(answer):
    """answer(tokens, spans, *, sentinels) -> (source, target), lists of words; spans are (start, stop), in order."""
    words = "thank you for inviting me to your party last week".split()
    for spans in ([(2, 4), (8, 9)], [(0, 1), (7, 10)]):
        given, asked = list(words), list(spans)
        found = answer(words, spans, sentinels=SENTINELS)
        require(words == given and spans == asked, "an argument was changed; build new lists")
        require(isinstance(found, tuple) and len(found) == 2, "give back two lists: source and target")
        source, target = (list(side) for side in found)
        hidden = {word for start, stop in spans for word in words[start:stop]}
        right = span_corruption.corrupt(words, spans, sentinels=SENTINELS)
        require(not hidden & set(source), "a hidden word is still in the source")
        require(source != _without_tail(words, spans), "the words after the last span are missing from the source")
        visible = {word for word in words if word not in hidden} & set(target)
        require(not visible, "a visible word stands in the target: T5 asks for the hidden ones alone (BART for all)")
        _check_sentinels(source, target, right, per_word(words, spans))


def per_word(words, spans):
    """The source in which every hidden word has a sentinel of its own.

    >>> per_word("a b c".split(), [(0, 2)])
    ['<extra_id_0>', '<extra_id_1>', 'c']
    """
    names, hidden = iter(SENTINELS), {place for start, stop in spans for place in range(start, stop)}
    return [next(names) if place in hidden else word for place, word in enumerate(words)]


def _without_tail(words, spans):
    source = span_corruption.corrupt(words, spans, sentinels=SENTINELS)[0]
    tail = len(words) - spans[-1][1]
    return source[: len(source) - tail] if tail else None


def _check_sentinels(source, target, right, each):
    """The right words are on both sides: are the sentinels?"""
    marks = [word for word in source if word in SENTINELS]
    require(len(set(marks)) == len(marks), "one sentinel is used twice: the decoder could not tell the gaps apart")
    require(marks[:1] == [SENTINELS[0]], "count the sentinels from <extra_id_0>, in the order of the text")
    require(
        source == right[0] or source != each,
        "every hidden word has a sentinel of its own: a span is one sentinel, and its length must not be seen",
    )
    require(target != right[1][:-1], "the last sentinel is missing: it tells the decoder that the last span has ended")
    require((source, target) == right, f"expected {right}, received {(source, target)}")


def noised(sentences, spans, order, *, mask=GAP):
    """What BART reads and what it writes: the sentences in this order, each span behind one mask; the whole old text.

    spans[n] holds (start, length) of sentence n, numbered as in the old text; length 0 puts a mask between two words.

    >>> noised(["A B .".split(), "C .".split()], [[(1, 0)], []], [1, 0], mask="_")
    (['C', '.', 'A', '_', 'B', '.'], ['A', 'B', '.', 'C', '.'])
    """
    read = []
    for number in order:
        words, done = sentences[number], 0
        for start, length in spans[number]:
            read += [*words[done:start], mask]  # one mask, however long the span was
            done = start + length
        read += words[done:]
    return read, [word for sentence in sentences for word in sentence]


@exercise("noised", hint=NOISED, ours=noised)
def check_noised(answer):
    """answer(sentences, spans, order, *, mask) -> (what BART reads, what it writes), two lists of words."""
    sentences = ["a b c d .".split(), "e f g .".split(), "h i .".split()]
    spans, order = [[(0, 2), (3, 0)], [(2, 1)], []], [2, 0, 1]
    kept = [list(sentence) for sentence in sentences], [list(row) for row in spans], list(order)
    found = answer(sentences, spans, order, mask="_")
    require((sentences, spans, order) == kept, "an argument was changed; build new lists")
    require(isinstance(found, tuple) and len(found) == 2, "give back two lists: what it reads and what it writes")
    read, written = (list(side) for side in found)
    right = noised(sentences, spans, order, mask="_")
    each = [[(start + i, 1) for start, length in row for i in range(length)] for row in spans]
    swallowed = [[(start, max(1, length)) for start, length in row] for row in spans]
    no_empty = [[span for span in row if span[1]] for row in spans]
    by_new_number = [spans[order.index(number)] for number in range(3)]
    for wrong, diagnosis in (
        (
            noised(sentences, each, order, mask="_")[0],
            "a mask for each word: that is token masking, and shows the length",
        ),
        (noised(sentences, no_empty, order, mask="_")[0], "a span of length 0 puts a mask, too, and hides nothing"),
        (noised(sentences, swallowed, order, mask="_")[0], "a span of length 0 has swallowed a word"),
        (noised(sentences, spans, [1, 2, 0], mask="_")[0], "order turned round: order[0] is the sentence read first"),
        (noised(sentences, spans, range(3), mask="_")[0], "the sentences stand in their old order"),
        (noised(sentences, by_new_number, order, mask="_")[0], "the spans belong to the old numbers of the sentences"),
        ([word for word in right[0] if word != "_"], "the masks are missing: that is token deletion"),
    ):
        require(read != wrong, diagnosis)
    require(written != ["a", "b", "g"], "only the hidden words are written: that is T5; BART writes the whole text")
    require(written != [w for n in order for w in sentences[n]], "the text is written in the new order: undo that, too")
    require(written != right[0], "it writes what it reads: the target is the undamaged text")
    require((read, written) == right, f"expected {right}, received {(read, written)}")


def prefix_mask(prefix, attention_mask):
    """Who sees whom when the first `prefix` tokens of each row are open to all; padding to nobody: booleans.

    Shapes: prefix (batch,), attention_mask (batch, position) -> (batch, 1, query, key).
    """
    place = torch.arange(attention_mask.shape[1])
    causal = place[None, :] <= place[:, None]  # (query, key)
    source = place < prefix[:, None, None]  # (batch, 1, key): open to every query
    return ((causal | source) & attention_mask.bool()[:, None, :])[:, None]


@exercise("prefix_mask", hint=PREFIX, ours=prefix_mask)
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


@exercise("links_f1", hint=ALIGN)
def check_links_f1(answer):
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
    try:
        none = float(answer(weights, {(0, 0)}))
    except ZeroDivisionError:
        none = None
    require(none == 0, "where no link is right, F1 is 0: precision + recall is 0, too, so do not divide by it")


def f1(found, gold) -> float:
    """Harmonic mean of precision and recall of links.

    >>> f1({1, 2}, {2, 3})
    0.5
    """
    return 2 * len(found & gold) / (len(found) + len(gold))


def fill_gaps(write, text, *, gap=GAP):
    """A text with gaps, filled by a model that writes as T5 does: write(source) -> target, all three strings.

    >>> fill_gaps(lambda source: "<extra_id_0> warm <extra_id_1>", "it was [MASK] .")
    'it was warm .'
    """
    names, spans, name = iter(SENTINELS), {}, None
    source = [next(names) if word == gap else word for word in text.split()]
    for token in write(" ".join(source)).split():
        if token in SENTINELS:
            name = None if token in spans else token  # a sentinel that comes twice is not believed
            spans.setdefault(token, [])
        elif name is not None:
            spans[name].append(token)
    filled = [spans.get(word) or [gap] if word in SENTINELS else [word] for word in source]
    return " ".join(word for words in filled for word in words)


@functools.cache
def notes(count: int = 40, seed: int = 0) -> tuple:
    """Clinical notes with two gaps, a drug and its purpose: the texts, with [MASK] in both."""
    problems = two_gaps.problems("drug and purpose", count, seed)
    return tuple(" ".join(GAP if word is None else word for word in words) for words in problems)


def grade_fillings(fill, texts) -> dict[str, float]:
    """How good the answers fill(text) are: mean exact probability, of the best answer too, and the impossible ones.

    >>> grade_fillings(best_filling, notes(4))["impossible"]
    0.0
    """
    found, best = [], []
    for text in texts:
        words = [None if word == GAP else word for word in text.split()]
        found.append(_probability(fill(text).split(), words))
        best.append(two_gaps.best_pair(tuple(words))[1])
    count = len(found)
    impossible = sum(p < 1e-9 for p in found) / count
    return {"exact probability": sum(found) / count, "best possible": sum(best) / count, "impossible": impossible}


def _probability(filled, words) -> float:
    """Exact probability of a filling, given the words around the gaps."""
    fits = len(filled) == len(words) and all(b in (None, a) for a, b in zip(filled, words))
    if not fits or GAP in filled:
        return 0.0
    language = tinytown.training_language()
    return tinytown.Reading(filled, language).probability() / tinytown.Reading(words, language).probability()


def best_filling(text: str) -> str:
    """The most probable way to fill a note's two gaps, by exact inference."""
    words = [None if word == GAP else word for word in text.split()]
    pair = iter(two_gaps.best_pair(tuple(words))[0])
    return " ".join(_word(next(pair)) if word is None else word for word in words)


def _word(number) -> str:
    return number if isinstance(number, str) else tinytown.vocabulary()[number]


def _perfect(source: str) -> str:
    """What a T5 that makes no mistake writes for a note, and some noise behind it, as a real one does."""
    text = " ".join(GAP if word in SENTINELS else word for word in source.split())
    pairs = zip(text.split(), best_filling(text).split())
    words = [filled for word, filled in pairs if word == GAP]
    parts = [f"{SENTINELS[i]} {word}" for i, word in enumerate(words)]
    return " ".join([*parts, SENTINELS[len(words)], "the", "the"])


@exercise("fill_gaps", hint=FILL, ours=fill_gaps)
def check_fill_gaps(answer):
    """answer(write, text) -> text without gaps; write(source) -> target as T5 writes it, both strings."""
    asked = []

    def write(source):
        asked.append(source)
        return {"a <extra_id_0> b <extra_id_1>": "<extra_id_0> x y <extra_id_1> z <extra_id_2>"}.get(
            source, "<extra_id_0> x <extra_id_0> w <extra_id_1>"
        )

    value = answer(write, "a [MASK] b [MASK]")
    require(isinstance(value, str), "give back one string: the whole text")
    require(asked, "write() was not called: the model has to be asked")
    require(GAP not in asked[0], "T5 knows no [MASK]: number the gaps, <extra_id_0>, <extra_id_1>, ...")
    require(asked[0] != "a <extra_id_0> b <extra_id_0>", "both gaps got one sentinel: number them")
    require(asked[0] == "a <extra_id_0> b <extra_id_1>", f"write() was asked for {asked[0]!r}")
    for wrong, diagnosis in (
        (
            "<extra_id_0> x y <extra_id_1> z <extra_id_2>",
            "that is the model's answer: put its spans back into the text",
        ),
        ("a x b y", "a span may hold several words: all of them up to the next sentinel"),
        ("a x b z", "a span may hold several words: all of them up to the next sentinel"),
        ("x y z", "only the spans came back: the words around the gaps are missing"),
        ("a z b x y", "the spans are in the wrong gaps"),
    ):
        require(value != wrong, diagnosis)
    require(not any(mark in value for mark in SENTINELS), f"a sentinel is left in {value!r}")
    require(value == "a x y b z", f"expected 'a x y b z', received {value!r}")
    twice = answer(write, "a [MASK] b [MASK] c")
    require(twice != "a x w b [MASK] c", "a sentinel that comes a second time must not add words to its gap")
    require(twice != "a w b [MASK] c", "a sentinel that comes a second time must not overwrite its gap")
    require(twice == "a x b [MASK] c", f"a gap that the model leaves empty stays [MASK]; received {twice!r}")
    grade = grade_fillings(functools.partial(answer, _perfect), notes(8))
    said = "a perfect T5 in your hands: {exact probability:.2f}; best possible {best possible:.2f}".format(**grade)
    close_to = math.isclose(grade["exact probability"], grade["best possible"], abs_tol=1e-6)
    require(close_to, f"{said}: words behind the last sentinel belong to no gap")
