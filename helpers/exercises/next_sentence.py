"""Checks of the exercises on pairs of sentences; each tells which mistake it sees."""

from __future__ import annotations

import copy
import functools

import torch
from transformers import BertModel

from helpers.evaluation.expected import best_accuracy, expected_accuracy
from helpers.exercises.checks import close, exercise, require, require_shape
from helpers.methods import pair_classifiers
from helpers.models import load_course
from helpers.tasks.sentence_pairs import exact_probs, pairs
from helpers.training.finetuning import text_batches

WRITE = "[CLS] and the first [SEP] belong to A, so A's segment has len(first) + 2 zeros; the last [SEP] belongs to B"
MAKE = "cut first, for all documents; then, for each, draw the label; another document has the number (own + 1 + d) % n"
ELSEWHERE = "list the places that are neither `at` nor `at + 1`, earlier ones included; take number int(draw * count)"
FOLLOWS = "softmax over the two columns, then the column whose label means 'B follows A': the cell above shows which"
SYMMETRIC = "sets know no side: the union of both, the words that are shared, the pairs of words sorted before joining"
TRAIN = "copy the body, put nn.Linear(hidden_size, 2) on last_hidden_state[:, 0], and step AdamW on both: 5e-4 is fine"
INPUTS = ("input_ids", "attention_mask", "token_type_ids")


def write_pair(first, second):
    """`[CLS] A [SEP] B [SEP]` and the segment of each token.

    >>> write_pair(["it", "rains"], ["stay"])
    (['[CLS]', 'it', 'rains', '[SEP]', 'stay', '[SEP]'], [0, 0, 0, 0, 1, 1])
    """
    tokens = ["[CLS]", *first, "[SEP]", *second, "[SEP]"]
    segments = [0] * (len(first) + 2) + [1] * (len(second) + 1)
    return tokens, segments


@exercise("write_pair", hint=WRITE, ours=write_pair)
def check_write_pair(answer):
    """answer(first, second), two lists of words -> (tokens, segments)."""
    for first, second in ((["a", "b"], ["c"]), (["a"], ["b", "c", "d"])):
        given = list(first), list(second)
        found = answer(first, second)
        require(len(found) == 2, "return two lists: tokens and segments")
        tokens, segments = map(list, found)
        require((first, second) == given, "the lists of words were changed; build new ones")
        require(tokens[:1] == ["[CLS]"], "the row starts with [CLS]: the answer is read from its vector")
        require(tokens[-1:] == ["[SEP]"], "the last [SEP] is missing: B is closed like A")
        right, ids = write_pair(first, second)
        require(tokens == right, f"expected {' '.join(right)}, received {' '.join(map(str, tokens))}")
        require(len(segments) == len(tokens), f"{len(tokens)} tokens need {len(tokens)} ids, received {len(segments)}")
        require(set(segments) == {0, 1}, f"segments are 0 for A and 1 for B, received {sorted(set(segments))}")
        require(segments[0] == 0, "[CLS] belongs to segment 0")
        require(segments[len(first) + 1] == 0, "the first [SEP] closes A: it belongs to segment 0, B starts after it")
        require(segments[-1] == 1, "the second [SEP] closes B: it belongs to segment 1")
        require(segments == ids, f"expected {ids}, received {segments}")


def make_pairs(documents, draw):
    """A pair for each document: (A, B, label); 0: B is its rest, 1: B is the rest of another one.

    documents: lists of sentences, each a tuple of words; draw(n): a whole number from 0 to n - 1.
    """
    halves = []
    for document in documents:
        cut = 1 + draw(len(document) - 1)
        halves.append((sum(document[:cut], ()), sum(document[cut:], ())))
    made = []
    for number, (first, second) in enumerate(halves):
        if label := draw(2):
            other = (number + 1 + draw(len(halves) - 1)) % len(halves)  # any document but this one
            second = halves[other][1]
        made.append((first, second, label))
    return made


def drawer(seed):
    """A function from n to a whole number from 0 to n - 1, drawn from a generator of its own.

    >>> draw = drawer(0)
    >>> {draw(2) for _ in range(20)}
    {0, 1}
    """
    generator = torch.Generator().manual_seed(seed)
    return lambda n: int(torch.randint(n, (1,), generator=generator))


@exercise("make_pairs", hint=MAKE, ours=make_pairs)
def check_make_pairs(answer):
    """answer(documents, draw) -> [(A, B, label)], a pair for each document."""
    documents = [tuple(((d, s),) for s in range(2 + d % 4)) for d in range(2_000)]
    made = [tuple(pair) for pair in answer(documents, drawer(0))]
    require(len(made) == len(documents), f"one pair for each document: expected {len(documents)}, got {len(made)}")
    require(all(len(pair) == 3 for pair in made), "each pair is (A, B, label)")
    require(all(first and second for first, second, _ in made), "a side is empty: cut after sentence 1 to n - 1")
    share = sum(label for *_, label in made) / len(made)
    own = [first[0][0] == second[0][0] for first, second, _ in made]
    labels = [label == 0 for *_, label in made]
    require(set(labels) == {True, False}, f"all labels are alike; half of the pairs get label 1, here {share:.0%}")
    require(own != [not label for label in labels], "the labels are flipped: 0 means that B follows")
    stray = sum(same and not label for same, label in zip(own, labels))
    require(
        not stray, f"{stray} random B come from A's own document: true continuations get label 1; skip the document"
    )
    require(own == labels, "B does not come from where its label says")
    require(0.46 < share < 0.54, f"{share:.0%} of the labels are 1; toss a fair coin for each pair")
    whole = all(first + second == sum(documents[first[0][0]], ()) for first, second, label in made if label == 0)
    require(whole, "A and B together must be the whole document: B is all that is left after the cut")
    ends = all(second[-1][1] == len(documents[second[0][0]]) - 1 for _, second, _ in made)
    require(ends, "a random B must be the *end* of another document, cut like a true one: else its place tells")
    cuts = [len(first) for first, *_ in made if len(documents[first[0][0]]) == 5]
    counts = [cuts.count(cut) for cut in (1, 2, 3, 4)]
    require(min(counts) > 80, f"five sentences were cut after 1, 2, 3, 4 in {counts} cases; draw the cut uniformly")


def follows(logits):
    """Probability that B follows A, (batch,), from a pair head's logits (batch, 2).

    >>> follows(torch.tensor([[2.0, 2.0]])).tolist()
    [0.5]
    """
    return logits.softmax(-1)[:, 0]


@exercise("follows", hint=FOLLOWS, ours=follows)
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


def elsewhere(document, at, draw):
    """A sentence of the document that is neither number `at` nor the one after it; draw: a number in [0, 1).

    >>> elsewhere(["one", "two", "three", "four"], 1, 0.9)
    'four'
    """
    places = [place for place in range(len(document)) if place not in (at, at + 1)]
    return document[places[int(draw * len(places))]]


@exercise("elsewhere", hint=ELSEWHERE, ours=elsewhere)
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


@exercise("topic_features", hint=SYMMETRIC, ours=pair_classifiers.topic_features)
def check_topic_features(answer):
    """A function of a pair (A, B, label) of texts: features that cannot know which text came first."""
    first, second, other = "the cat sat on the mat .", "the cat purred .", "we paid the cook ."
    try:
        one, two, far = (set(answer((*pair, 0))) for pair in ((first, second), (second, first), (first, other)))
        told = set(answer((first, second, 1)))
    except TypeError as error:
        require("unhashable" not in str(error), "the features must be hashable: strings, say, in a list or a set")
        raise
    require(one, "no features at all; start with the words that the two texts share")
    require(one == told, "the features change with the label: that is the answer itself")
    require(
        one == two, "the features change when A and B change places: they know a side, so they could learn the order"
    )
    require(one != far, "two texts of one topic and two of different ones have the same features")
    met, apart = (set(answer((a, b, 0))) for a, b in (("a b", "a c"), ("a b", "c")))
    require(
        met != apart,
        "only the union of the words counts: {a b} + {a c} looks like {a b} + {c}. Say which words are shared, or meet",
    )


STEPS, BATCH, TESTED = 60, 32, 300  # of the build


@functools.cache
def order_problem():
    """What the build starts from: (the body of course-bert, its collate, training batches of sentence order)."""
    bert, tokenizer = load_course("course-bert", model_class=BertModel)
    collate = text_batches(tokenizer)
    examples = pairs("swapped", STEPS * BATCH, split="train", seed=5)
    return bert, collate, [collate(examples[at : at + BATCH]) for at in range(0, len(examples), BATCH)]


@exercise("train_order", hint=TRAIN)
def check_train_order(answer):
    """answer(bert, batches) -> a function from a batch to logits (batch, 2); graded on sentence order."""
    bert, collate, batches = order_problem()
    before = copy.deepcopy(bert.state_dict())
    test = pairs("swapped", TESTED, seed=5)
    with torch.random.fork_rng(devices=[]):
        torch.manual_seed(0)
        judge = answer(bert, [dict(batch) for batch in batches])
    same = all(torch.equal(before[name], weight) for name, weight in bert.state_dict().items())
    if not same:
        bert.load_state_dict(before)
    require(same, "the BertModel that was handed in has changed; train a copy (copy.deepcopy)")
    require(callable(judge), f"return a function from a batch to logits, not a {type(judge).__name__}")
    with torch.no_grad():
        found = judge(some := collate(test[:8]))
        require_shape(found, (8, 2), hint="One row a pair, one column a label.")
        require(close(found, judge(some)), "two calls differ: dropout is still on; end with .eval()")
        turned = judge({**some, "token_type_ids": 1 - some["token_type_ids"]})
        require(not close(found, turned), "the segment ids make no difference: pass token_type_ids to the body")
        alone = torch.cat([judge(collate([pair])) for pair in test[:8]])
        require(close(found, alone, tolerance=1e-3), "padding changes the answer: pass attention_mask, read [CLS]")
        said = torch.cat([judge(collate(test[at : at + 100])) for at in range(0, TESTED, 100)])
    exact = exact_probs("swapped", TESTED, seed=5)
    score, best = expected_accuracy(said.softmax(-1).numpy(), exact), best_accuracy(exact)
    grade = f"sentence order {score:.2f}; best possible {best:.2f}, chance 0.50"
    require(score > 0.35, f"{grade}: the columns are flipped; label 0 means that B follows")
    require(
        score > 0.6, f"{grade}: nothing was learned. zero_grad, backward and step in each batch? body and head both?"
    )
    require(score > 0.75, f"{grade}: too little. Are the body's weights in the optimizer? One step a batch at 5e-4?")
    print(grade)
