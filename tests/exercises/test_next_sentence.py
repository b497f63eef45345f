"""The checks of notebook 03: right answers pass, each named mistake is diagnosed, an empty answer gets a quiet line."""

import copy

import numpy as np
import pytest
import torch
from torch.nn.functional import cross_entropy

from helpers.exercises import next_sentence as exercises
from helpers.methods import pair_classifiers
from helpers.objectives import next_sentence

RIGHT = [
    (exercises.check_write_pair, exercises.write_pair),
    (exercises.check_make_pairs, exercises.make_pairs),
    (exercises.check_elsewhere, exercises.elsewhere),
    (exercises.check_follows, exercises.follows),
    (exercises.check_follows, lambda logits: (logits[:, 0] - logits[:, 1]).sigmoid()),
    (exercises.check_follows, lambda logits: torch.softmax(logits.double(), -1)[:, 0]),
    (exercises.check_topic_features, pair_classifiers.topic_features),
    (
        exercises.check_topic_features,
        lambda pair: [" ".join(sorted((x, y))) for x in pair[0].split() for y in pair[1].split()],
    ),
]


@pytest.mark.parametrize("check, answer", RIGHT)
def test_right_answers_pass(check, answer, capsys):
    assert check(answer)
    assert capsys.readouterr().out.strip().endswith(": correct")


def write(first, second, *, segments=lambda a, b: [0] * (a + 2) + [1] * (b + 1), end=("[SEP]",)):
    """A pair with one thing changed."""
    return ["[CLS]", *first, "[SEP]", *second, *end], segments(len(first), len(second))


def appends(first, second):
    tokens, segments = exercises.write_pair(first, second)
    first.append("[SEP]")
    return tokens, segments


def paired(documents, draw, *, cut=None, other=None, label=None, keep=lambda a, b, label: (a, b, label)):
    """`make_pairs` with one step changed."""
    cut = cut or (lambda document: 1 + draw(len(document) - 1))
    other = other or (lambda number: (number + 1 + draw(len(documents) - 1)) % len(documents))
    cuts = [cut(document) for document in documents]
    halves = [(sum(d[:at], ()), sum(d[at:], ())) for d, at in zip(documents, cuts)]
    made = []
    for number, (first, second) in enumerate(halves):
        chosen = (label or (lambda: draw(2)))()
        made.append(keep(first, halves[other(number)][1] if chosen else second, chosen))
    return made


def changed(**how):
    return lambda documents, draw: paired(documents, draw, **how)


def whole_strangers(documents, draw):
    made = exercises.make_pairs(documents, draw)
    return [(a, b if not label else documents[b[0][0]][0], label) for a, b, label in made]


def biased(documents, draw):
    return paired(documents, draw, label=lambda: int(draw(4) == 0))


def own_too(documents, draw):
    return paired(documents, draw, other=lambda number: draw(2) * draw(len(documents)) or number)


def middle(documents, draw):
    return paired(documents, draw, cut=lambda document: len(document) // 2)


def elsewhere(document, at, draw):
    return exercises.elsewhere(document, at, draw)


def later(document, at, draw):
    places = document[at + 2 :] or document[:at]
    return places[int(draw * len(places))]


def sided(pair):
    return [f"A {word}" for word in pair[0].split()] + [f"B {word}" for word in pair[1].split()]


WRONG = [
    (exercises.check_write_pair, lambda a, b: write(a, b, end=()), "the last [SEP] is missing"),
    (exercises.check_write_pair, lambda a, b: (exercises.write_pair(a, b)[0][1:], []), "the row starts with [CLS]"),
    (
        exercises.check_write_pair,
        lambda a, b: write(a, b, segments=lambda a, b: [0] * (a + 1) + [1] * (b + 2)),
        "the first [SEP] closes A",
    ),
    (
        exercises.check_write_pair,
        lambda a, b: write(a, b, segments=lambda a, b: [0] * (a + 2) + [1] * b + [0]),
        "the second [SEP] closes B",
    ),
    (
        exercises.check_write_pair,
        lambda a, b: write(a, b, segments=lambda a, b: [1] * (a + 2) + [0] * (b + 1)),
        "[CLS] belongs to segment 0",
    ),
    (exercises.check_write_pair, lambda a, b: write(a, b, segments=lambda a, b: [0] * a + [1] * b), "tokens need"),
    (
        exercises.check_write_pair,
        lambda a, b: write(a, b, segments=lambda a, b: [1] * (a + 2) + [2] * (b + 1)),
        "segments are 0 for A and 1 for B",
    ),
    (exercises.check_write_pair, appends, "were changed"),
    (exercises.check_write_pair, lambda a, b: exercises.write_pair(a, b)[0], "return two lists"),
    (exercises.check_make_pairs, changed(keep=lambda a, b, label: (a, b, 1 - label)), "flipped"),
    (exercises.check_make_pairs, own_too, "come from A's own document"),
    (exercises.check_make_pairs, whole_strangers, "the *end* of another document"),
    (exercises.check_make_pairs, changed(keep=lambda a, b, label: (a, b[:1], label)), "the whole document"),
    (exercises.check_make_pairs, biased, "toss a fair coin"),
    (exercises.check_make_pairs, changed(label=lambda: 0), "all labels are alike"),
    (exercises.check_make_pairs, middle, "draw the cut uniformly"),
    (exercises.check_make_pairs, changed(cut=len), "a side is empty"),
    (exercises.check_make_pairs, lambda documents, draw: exercises.make_pairs(documents, draw)[:5], "one pair for"),
    (exercises.check_elsewhere, lambda d, at, u: d[int(u * len(d))], "the sentence after A is among the negatives"),
    (exercises.check_elsewhere, lambda d, at, u: [s for s in d if s != d[at + 1]][int(u * 4)], "A itself"),
    (exercises.check_elsewhere, later, "only later sentences"),
    (exercises.check_elsewhere, lambda d, at, u: elsewhere(d, at, u * u), "not uniform"),
    (exercises.check_elsewhere, lambda d, at, u: elsewhere(d, at, 0.0), "never drawn"),
    (exercises.check_elsewhere, lambda d, at, u: ("rain",), "no sentence of this document"),
    (exercises.check_follows, lambda logits: logits.softmax(-1)[:, 1], "flipped"),
    (exercises.check_follows, lambda logits: logits[:, 0].sigmoid(), "one column alone"),
    (exercises.check_follows, lambda logits: logits.softmax(0)[:, 0], "over the batch"),
    (exercises.check_follows, lambda logits: logits.argmax(-1).float(), "winning label"),
    (exercises.check_follows, lambda logits: logits.softmax(-1), "expected shape (3,)"),
    (exercises.check_topic_features, sided, "know a side"),
    (exercises.check_topic_features, lambda pair: set(f"{pair[0]} {pair[1]}".split()), "only the union"),
    (exercises.check_topic_features, lambda pair: [len(pair) > 0], "the same features"),
    (exercises.check_topic_features, lambda pair: [], "no features at all"),
    (exercises.check_topic_features, lambda pair: [{"a": 1}], "hashable"),
    (exercises.check_topic_features, lambda pair: [f"label {pair[2]}"], "the answer itself"),
    (exercises.check_write_pair, lambda a, b: 1 / 0, "your code stopped with ZeroDivisionError"),
]


@pytest.mark.parametrize("check, answer, diagnosis", WRONG)
def test_each_mistake_gets_its_diagnosis(check, answer, diagnosis, capsys):
    assert not check(answer)
    assert diagnosis in capsys.readouterr().out


def trained(bert, batches, *, names=exercises.INPUTS, flip=False, copied=True, step=True, at=0, end=True):
    """The build's solution with one thing changed."""
    body = (copy.deepcopy(bert) if copied else bert).train()
    head = torch.nn.Linear(bert.config.hidden_size, 2)
    optimizer = torch.optim.AdamW([*head.parameters(), *body.parameters()], lr=5e-4)

    def logits(batch):
        hidden = body(**{name: batch[name] for name in names}).last_hidden_state
        return head(hidden[:, at])

    for batch in batches if step else ():
        optimizer.zero_grad()
        cross_entropy(logits(batch), 1 - batch["labels"] if flip else batch["labels"]).backward()
        optimizer.step()
    if end:
        body.eval()
    return logits


def test_the_build_passes_and_is_graded_beside_the_best_possible(capsys):
    assert exercises.check_train_order(trained)
    assert "best possible 0.9" in capsys.readouterr().out


BUILDS = [
    ({"flip": True}, "the columns are flipped"),
    ({"step": False}, "nothing was learned"),
    ({"copied": False}, "train a copy"),
    ({"names": ("input_ids", "attention_mask"), "step": False}, "pass token_type_ids"),
    ({"names": ("input_ids", "token_type_ids"), "step": False}, "pass attention_mask"),
    ({"at": -1, "step": False}, "pass attention_mask"),
]


@pytest.mark.parametrize("how, diagnosis", BUILDS)
def test_each_mistake_of_the_build_gets_its_diagnosis(how, diagnosis, capsys):
    assert not exercises.check_train_order(lambda bert, batches: trained(bert, batches, **how))
    assert diagnosis in capsys.readouterr().out


def test_a_build_that_returns_its_logits_alone_is_told_what_to_return(capsys):
    assert not exercises.check_train_order(lambda bert, batches: torch.zeros(2))
    assert "return a function" in capsys.readouterr().out


CHECKS = [
    exercises.check_write_pair,
    exercises.check_make_pairs,
    exercises.check_follows,
    exercises.check_elsewhere,
    exercises.check_topic_features,
    exercises.check_train_order,
]


@pytest.mark.parametrize("check", CHECKS)
def test_an_empty_answer_gets_one_quiet_line_without_a_hint(check, capsys):
    assert check(lambda *args: ...).status == "not attempted"
    lines = capsys.readouterr().out.strip().splitlines()
    assert len(lines) == 1 and "not attempted yet" in lines[0] and "hint" not in lines[0]
    check.hint()
    assert capsys.readouterr().out.startswith("hint: ")


def test_what_is_taught_in_place_falls_back_on_the_courses_own_version():
    for check, ours in (
        (exercises.check_write_pair, exercises.write_pair),
        (exercises.check_make_pairs, exercises.make_pairs),
        (exercises.check_follows, exercises.follows),
        (exercises.check_elsewhere, exercises.elsewhere),
        (exercises.check_topic_features, pair_classifiers.topic_features),
    ):
        assert check(lambda *args: ...).answer is ours


def test_its_pairs_are_made_as_the_objective_makes_them():
    """Both keep the beginning, cut uniformly, and replace half of the rests by other documents' rests."""
    documents = [tuple(((d, s),) for s in range(4)) for d in range(4_000)]
    by_objective = next_sentence.make_pairs(documents, torch.Generator().manual_seed(0))
    for pairs in (
        exercises.make_pairs(documents, exercises.drawer(0)),
        [(pair.first, pair.second, pair.label) for pair in by_objective],
    ):
        assert abs(np.mean([label for *_, label in pairs]) - 0.5) < 0.03
        assert all((first[0][0] == second[0][0]) == (label == 0) for first, second, label in pairs)
        assert all(second[-1][1] == 3 for _, second, _ in pairs)
        cuts = [len(first) for first, *_ in pairs]
        assert min(cuts.count(cut) for cut in (1, 2, 3)) > 1_200
