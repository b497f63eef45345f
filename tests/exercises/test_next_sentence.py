"""The checks of notebook 03: right answers pass, each named mistake gets its diagnosis, an empty answer its hint."""

import pytest
import torch

from helpers.exercises import next_sentence as exercises


def segments(tokens):
    passed, found = 0, []
    for token in tokens:
        found.append(0 if token == "[PAD]" else passed)
        passed += token == "[SEP]"
    return found


def elsewhere(document, at, draw):
    others = [sentence for place, sentence in enumerate(document) if place not in (at, at + 1)]
    return others[int(draw * len(others))]


def topic(first, second):
    first, second = set(first), set(second)
    return {*(first | second), *(f"both {word}" for word in first & second)}


RIGHT = [
    (exercises.check_segment_ids, segments),
    (exercises.check_elsewhere, elsewhere),
    (exercises.check_follows, lambda logits: logits.softmax(-1)[:, 0]),
    (exercises.check_follows, lambda logits: (logits[:, 0] - logits[:, 1]).sigmoid()),
    (exercises.check_topic_features, topic),
    (exercises.check_topic_features, lambda a, b: [" ".join(sorted((x, y))) for x in a for y in b]),
]


@pytest.mark.parametrize("check, answer", RIGHT)
def test_right_answers_pass(check, answer, capsys):
    assert check(answer)
    assert capsys.readouterr().out.strip().endswith(": correct")


def after_first_separator(tokens):
    """B begins at the first [SEP] instead of after it."""
    at = tokens.index("[SEP]") if tokens.count("[SEP]") > 1 else len(tokens)
    return [int(place >= at and token != "[PAD]") for place, token in enumerate(tokens)]


def padding_in_b(tokens):
    return [int("[SEP]" in tokens[:place]) for place in range(len(tokens))]


def last_mark_in_a(tokens):
    found = segments(tokens)
    last = len(tokens) - 1 - tokens[::-1].index("[SEP]")
    return [0 if place == last else value for place, value in enumerate(found)]


def appends(tokens):
    tokens.append("[PAD]")
    return segments(tokens)


WRONG = [
    (exercises.check_segment_ids, after_first_separator, "the first [SEP] closes A"),
    (exercises.check_segment_ids, padding_in_b, "padding is in segment 1"),
    (exercises.check_segment_ids, last_mark_in_a, "the second [SEP] closes B"),
    (exercises.check_segment_ids, lambda tokens: [1 - s for s in segments(tokens)], "[CLS] belongs to segment 0"),
    (exercises.check_segment_ids, lambda tokens: segments(tokens)[1:], "tokens need"),
    (exercises.check_segment_ids, appends, "was changed"),
    (exercises.check_elsewhere, lambda d, at, u: d[int(u * len(d))], "the sentence after A is among the negatives"),
    (exercises.check_elsewhere, lambda d, at, u: [s for s in d if s != d[at + 1]][int(u * 4)], "A itself"),
    (
        exercises.check_elsewhere,
        lambda d, at, u: (d[at + 2 :] or d[:at])[int(u * len(d[at + 2 :] or d[:at]))],
        "only later sentences",
    ),
    (exercises.check_elsewhere, lambda d, at, u: elsewhere(d, at, u * u), "not uniform"),
    (exercises.check_elsewhere, lambda d, at, u: elsewhere(d, at, 0.0), "never drawn"),
    (exercises.check_elsewhere, lambda d, at, u: ("rain",), "no sentence of this document"),
    (exercises.check_follows, lambda logits: logits.softmax(-1)[:, 1], "flipped"),
    (exercises.check_follows, lambda logits: logits[:, 0].sigmoid(), "one column alone"),
    (exercises.check_follows, lambda logits: logits.softmax(0)[:, 0], "over the batch"),
    (exercises.check_follows, lambda logits: logits.argmax(-1).float(), "winning label"),
    (exercises.check_follows, lambda logits: logits.softmax(-1), "expected shape (3,)"),
    (exercises.check_topic_features, lambda a, b: [f"A {w}" for w in a] + [f"B {w}" for w in b], "know a side"),
    (exercises.check_topic_features, lambda a, b: set(a) | set(b), "only the union"),
    (exercises.check_topic_features, lambda a, b: [len(a) + len(b) > 0], "the same features"),
    (exercises.check_topic_features, lambda a, b: [], "no features at all"),
    (exercises.check_topic_features, lambda a, b: [{"a": 1}], "hashable"),
    (exercises.check_segment_ids, lambda tokens: 1 / 0, "your code stopped with ZeroDivisionError"),
]


@pytest.mark.parametrize("check, answer, diagnosis", WRONG)
def test_each_mistake_gets_its_diagnosis(check, answer, diagnosis, capsys):
    assert not check(answer)
    assert diagnosis in capsys.readouterr().out


CHECKS = [
    exercises.check_segment_ids,
    exercises.check_elsewhere,
    exercises.check_follows,
    exercises.check_topic_features,
]


@pytest.mark.parametrize("check", CHECKS)
def test_an_empty_answer_gets_its_hint(check, capsys):
    assert check(...).status == check(lambda *_: None).status == "not attempted"
    assert capsys.readouterr().out.count("not attempted yet\n") == 2


def test_checks_need_no_particular_tensor_type():
    assert exercises.check_follows(lambda logits: torch.softmax(logits.double(), -1)[:, 0])
