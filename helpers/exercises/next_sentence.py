"""Checks of the exercises on pairs of sentences; each tells which mistake it sees."""

from __future__ import annotations

import torch

from helpers.exercises.checks import close, exercise, require, require_shape

SEGMENTS = "walk along the tokens and count the [SEP] passed; the first [SEP] still belongs to A, padding gets 0"
ELSEWHERE = "list the places that are neither `at` nor `at + 1`, earlier ones included; take number int(draw * count)"
FOLLOWS = "softmax over the two columns, then the column whose label means 'B follows A': section 2 shows which"
SYMMETRIC = "sets know no side: the union of both, the words that are shared, the pairs of words sorted before joining"


@exercise("segment ids", hint=SEGMENTS)
def check_segment_ids(answer):
    """A function from tokens, marks and padding included, to a list of 0 and 1."""
    cases = [
        ("[CLS] a b [SEP] c d [SEP]", [0, 0, 0, 0, 1, 1, 1]),
        ("[CLS] a [SEP] b c [SEP] [PAD] [PAD]", [0, 0, 0, 1, 1, 1, 0, 0]),
        ("[CLS] a b c [SEP]", [0, 0, 0, 0, 0]),
    ]
    for text, right in cases:
        tokens = text.split()
        given = list(tokens)
        found = list(answer(tokens))
        require(tokens == given, "the list of tokens was changed; build a new list")
        require(len(found) == len(tokens), f"{len(tokens)} tokens need {len(tokens)} ids, received {len(found)}")
        first = tokens.index("[SEP]")
        require(found[0] == 0, "[CLS] belongs to segment 0")
        require(found[first] == 0, "the first [SEP] closes A: it belongs to segment 0, B starts after it")
        if tokens.count("[SEP]") > 1:
            last = len(tokens) - 1 - tokens[::-1].index("[SEP]")
            require(found[last] == 1, "the second [SEP] closes B: it belongs to segment 1")
        padding = [i for i, token in enumerate(tokens) if token == "[PAD]"]
        require(not any(found[i] for i in padding), "padding is in segment 1 here; it belongs to no text and gets 0")
        require(found == right, f"for {text!r} expected {right}, received {found}")


@exercise("same-document negatives", hint=ELSEWHERE)
def check_elsewhere(answer):
    """A function of (document, at, draw) with draw in [0, 1): a sentence that is neither A nor the one after it."""
    document = [("one",), ("two",), ("three",), ("four",), ("five",)]
    for at in range(4):
        drawn = [tuple(answer(document, at, (step + 0.5) / 300)) for step in range(300)]
        right = [sentence for place, sentence in enumerate(document) if place not in (at, at + 1)]
        require(all(sentence in document for sentence in drawn), "B is no sentence of this document")
        require(
            document[at + 1] not in drawn,
            "the sentence after A is among the negatives: true continuations get the label 'not next'",
        )
        require(
            document[at] not in drawn, "A itself is among the negatives: whoever sees B = A knows the label (a leak)"
        )
        if at:
            require(
                any(document.index(sentence) < at for sentence in drawn),
                "only later sentences are drawn: 'B is a first sentence' never occurs, and early A get few partners",
            )
        counts = [drawn.count(sentence) for sentence in right]
        require(min(counts) > 0, f"some sentences are never drawn for at={at}; draw from all {len(right)}")
        require(
            max(counts) - min(counts) <= 2,
            f"the draw is not uniform for at={at}: counts {counts} of 300; take number int(draw * {len(right)})",
        )


@exercise("probability that B follows", hint=FOLLOWS)
def check_follows(answer):
    """A function from logits (batch, 2) of a next-sentence head to probabilities (batch,)."""
    logits = torch.tensor([[3.0, -1.0], [-2.0, 2.0], [0.3, 0.1]])
    right, found = logits.softmax(-1)[:, 0], answer(logits)
    require_shape(found, (3,), hint="One probability for each pair.")
    require(
        not close(found, 1 - right), "the labels are flipped: this is the probability of label 1, which means 'random'"
    )
    require(
        not close(found, logits[:, 0].sigmoid()),
        "one column alone is not enough: the two logits share a softmax, so only their difference counts",
    )
    require(not close(found, logits.softmax(0)[:, 0]), "the softmax ran over the batch; it runs over the two labels")
    require(not close(found, logits.argmax(-1)), "that is the winning label, not a probability")
    require(close(found, right), f"expected {right.tolist()}, received {found.tolist()}")


@exercise("topic features", hint=SYMMETRIC)
def check_topic_features(answer):
    """A function of (words of A, words of B) to a collection of features that cannot know which text came first."""
    first, second = "the cat sat on the mat .".split(), "the cat purred .".split()
    other = "we paid the cook .".split()
    try:
        one, two, far = (set(answer(*pair)) for pair in ((first, second), (second, first), (first, other)))
    except TypeError:
        require(False, "the features must be hashable: strings, say, or tuples, in a list or a set")
    require(one, "no features at all; start with the words that the two texts share")
    require(
        one == two, "the features change when A and B change places: they know a side, so they could learn the order"
    )
    require(one != far, "two texts of one topic and two of different ones have the same features")
    met, apart = (set(answer(list(a), list(b))) for a, b in (("ab", "ac"), ("ab", "c")))
    require(
        met != apart,
        "only the union of the words counts: {a b} + {a c} looks like {a b} + {c}. Say which words are shared, or meet",
    )
