"""The checks of notebook 05: right answers pass, mistakes get their diagnosis, an empty one its hint on request."""

import numpy as np
import pytest
import torch
from torch.nn.functional import cross_entropy

from helpers.exercises import pet as exercises
from helpers.methods import cloze

REPAIRED = "{text} the hotel is [MASK] ."


def label_scores(logs, ids):
    return {label: logs[row].exp().mean().log() for label, row in ids.items()}


def calibrated(scores, unlabelled):
    return np.exp(cloze.calibrated(scores, cloze.label_prior(unlabelled)))


def softmax(scores):
    return np.exp(cloze.normalised(scores))


RIGHT = [
    (exercises.check_repaired, REPAIRED),
    (exercises.check_repaired, "{text} overall , i call it a [MASK] hotel !"),
    (exercises.check_label_scores, label_scores),
    (exercises.check_calibrated, calibrated),
    (exercises.check_pet_loss, lambda logits, labels, ids: cross_entropy(logits[:, ids], labels)),
    (exercises.check_pet_loss, lambda logits, labels, ids: cloze.pet_loss(logits, labels, [[i] for i in ids])),
]


@pytest.mark.parametrize("check, answer", RIGHT)
def test_right_answers_pass(check, answer, capsys):
    assert check(answer)
    assert capsys.readouterr().out.strip().endswith(": correct")


WRONG = [
    (exercises.check_repaired, "{text} the hotel is .", "no [MASK]"),
    (exercises.check_repaired, "{text} the [MASK] hotel is [MASK] .", "2 gaps"),
    (exercises.check_repaired, "the hotel is [MASK] .", "no {text}"),
    (exercises.check_repaired, "{review} the hotel is [MASK] .", "the slots are ['review']"),
    (exercises.check_repaired, "{text} {text} the hotel is [MASK] .", "stands once"),
    (exercises.check_repaired, "{text} the hotel is <mask> .", "RoBERTa's"),
    (exercises.check_repaired, "{text} it is [MASK] .", "a hotel is judged"),
    (exercises.check_repaired, "{text} the good hotel is [MASK] .", "says good itself"),
    (exercises.check_repaired, "the hotel is [MASK] . {text}", "in front of the review"),
    (exercises.check_repaired, ["{text} the hotel is [MASK] ."], "a pattern is a string"),
    (exercises.check_label_scores, lambda logs, ids: {k: logs[v].exp().mean() for k, v in ids.items()}, "logarithm"),
    (exercises.check_label_scores, lambda logs, ids: {k: logs[v].logsumexp(0) for k, v in ids.items()}, "added up"),
    (
        exercises.check_label_scores,
        lambda logs, ids: {k: logs[v].mean() for k, v in ids.items()},
        "mean of the logarithms",
    ),
    (exercises.check_label_scores, lambda logs, ids: {k: logs[v].sum() for k, v in ids.items()}, "both words at once"),
    (exercises.check_label_scores, lambda logs, ids: {k: logs[v].max() for k, v in ids.items()}, "only the first"),
    (exercises.check_label_scores, lambda logs, ids: [0.0, 0.0], "a dict with the same labels"),
    (exercises.check_calibrated, lambda s, u: cloze.calibrated(s, cloze.label_prior(u)), "those are logarithms"),
    (exercises.check_calibrated, lambda s, u: softmax(s), "nothing was calibrated"),
    (exercises.check_calibrated, lambda s, u: softmax(s + np.log(cloze.label_prior(u))), "doubles the bias"),
    (exercises.check_calibrated, lambda s, u: softmax(s - np.log(np.exp(u).mean(0))), "normalise each text"),
    (exercises.check_calibrated, lambda s, u: softmax(s - cloze.normalised(u).mean(0)), "mean of logarithms"),
    (exercises.check_calibrated, lambda s, u: calibrated(s, s), "taken from the texts that are judged"),
    (exercises.check_calibrated, lambda s, u: np.exp(s) / cloze.label_prior(u), "do not sum to one"),
    (exercises.check_calibrated, lambda s, u: calibrated(s, u)[:, 0], "expected shape (3, 2)"),
    (exercises.check_pet_loss, lambda x, y, i: cross_entropy(x, torch.tensor(i)[y]), "the whole vocabulary"),
    (exercises.check_pet_loss, lambda x, y, i: cross_entropy(x, y), "taken for a token id"),
    (exercises.check_pet_loss, lambda x, y, i: cross_entropy(x[:, i], 1 - y), "the labels are exchanged"),
    (exercises.check_pet_loss, lambda x, y, i: cross_entropy(x[:, i], y, reduction="sum"), "this is the sum"),
    (exercises.check_pet_loss, lambda x, y, i: -cross_entropy(x[:, i], y), "the sign is turned"),
    (exercises.check_pet_loss, lambda x, y, i: -x[:, i].softmax(-1)[range(4), y].mean(), "the logarithm is missing"),
    (exercises.check_pet_loss, lambda x, y, i: cross_entropy(x[:, i], y, reduction="none"), "expected shape ()"),
    (exercises.check_pet_loss, lambda x, y, i: 1 / 0, "your code stopped with ZeroDivisionError"),
]


@pytest.mark.parametrize("check, answer, diagnosis", WRONG)
def test_each_mistake_gets_its_diagnosis(check, answer, diagnosis, capsys):
    assert not check(answer)
    assert diagnosis in capsys.readouterr().out


@pytest.mark.parametrize(
    "check",
    [exercises.check_repaired, exercises.check_label_scores, exercises.check_calibrated, exercises.check_pet_loss],
)
def test_an_empty_answer_gets_its_hint_on_request(check, capsys):
    assert check(...).status == "not attempted"
    assert capsys.readouterr().out.endswith("not attempted yet\n")
    check.hint()
    assert capsys.readouterr().out.startswith("hint: ")
