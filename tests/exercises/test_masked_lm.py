"""Checks on masked language modelling: right answers pass, each known mistake is named, undone is quiet."""

import re

import pytest
import torch
from torch.nn import functional as F

from helpers import tinytown
from helpers.exercises import masked_lm as exercises


def masked_loss(logits, labels):
    asked = labels != -100
    scores = logits[asked].log_softmax(-1)
    return -scores[torch.arange(len(scores)), labels[asked]].mean()


def whole_words(chosen, word_of):
    wide = torch.zeros_like(chosen)
    for row, words in enumerate(word_of):
        hit = {word for place, word in enumerate(words) if chosen[row, place] and word is not None}
        for place, word in enumerate(words):
            wide[row, place] = word in hit
    return wide


def over_all_rows(chosen, word_of):
    hit = {w for row, words in enumerate(word_of) for place, w in enumerate(words) if chosen[row, place]} - {None}
    return torch.tensor([[word in hit for word in words] for words in word_of])


def marks_too(chosen, word_of):
    return whole_words(chosen, word_of) | torch.tensor([[word is None for word in words] for words in word_of])


def only_to_the_right(chosen, word_of):
    wide = chosen.clone()
    for row, words in enumerate(word_of):
        for place in range(1, len(words)):
            wide[row, place] |= bool(wide[row, place - 1]) and words[place] == words[place - 1]
    return wide


def widen_in_place(chosen, word_of):
    chosen |= whole_words(chosen, word_of)
    return chosen


def rows_of(ids, mask_id):
    each, rows = torch.arange(len(ids)), ids.repeat(len(ids), 1)
    rows[each, each] = mask_id
    return rows


def pll(ids, model, mask_id):
    each = torch.arange(len(ids))
    return model(rows_of(ids, mask_id))[each, each, ids].sum()


def pll_one_by_one(ids, model, mask_id):
    """The same with one call for each word."""
    return sum(float(model(row[None])[0, i, ids[i]]) for i, row in enumerate(rows_of(ids, mask_id)))


def pll_unhidden(ids, model, mask_id):
    return model(ids[None])[0, torch.arange(len(ids)), ids].sum()


def pll_all_hidden(ids, model, mask_id):
    return model(torch.full_like(ids, mask_id)[None])[0, torch.arange(len(ids)), ids].sum()


def pll_first_place(ids, model, mask_id):
    return model(rows_of(ids, mask_id))[torch.arange(len(ids)), 0, ids].sum()


def pll_in_place(ids, model, mask_id):
    total = 0.0
    for place in range(len(ids)):
        word, ids[place] = int(ids[place]), mask_id
        total += float(model(ids[None])[0, place, word])
    return total


def joint(tokens, cloze):
    at, found = tokens.index(None), {}
    for first, p in cloze(tokens)[0].items():
        for second, q in cloze([*tokens[:at], first, *tokens[at + 1 :]])[0].items():
            found[first, second] = p * q
    return found


def second_gap_first(tokens, cloze):
    mirrored = joint(tokens[::-1], lambda t: cloze(t[::-1])[::-1])
    return {(a, b): p for (b, a), p in mirrored.items()}


def product(tokens, cloze):
    first, second = cloze(tokens)
    return {(a, b): p * q for a, p in first.items() for b, q in second.items()}


def unweighted(tokens, cloze):
    at = tokens.index(None)
    return {(a, b): q for a in cloze(tokens)[0] for b, q in cloze([*tokens[:at], a, *tokens[at + 1 :]])[0].items()}


def skewed(tokens, cloze):
    found = {(a, b): p * (2 if a < "h" else 1) for (a, b), p in joint(tokens, cloze).items()}
    return {pair: p / sum(found.values()) for pair, p in found.items()}


def joint_in_place(tokens, cloze):
    found = joint(tokens, cloze)
    tokens[tokens.index(None)] = "aspirin"
    return found


RIGHT = [
    ("check_masked_loss", masked_loss),
    ("check_masked_loss", lambda logits, labels: F.cross_entropy(logits.flatten(0, 1), labels.flatten())),
    ("check_whole_words", whole_words),
    ("check_pseudo_log_likelihood", pll),
    ("check_pseudo_log_likelihood", pll_one_by_one),
    ("check_joint", joint),
    ("check_joint", second_gap_first),
]
WRONG = [
    ("check_masked_loss", lambda z, y: masked_loss(z, y) * 3 / 15, "divided by all positions"),
    ("check_masked_loss", lambda z, y: masked_loss(z, y) * 3, "sum over the hidden words"),
    ("check_masked_loss", lambda z, y: -masked_loss(z, y), "sign is wrong"),
    ("check_masked_loss", lambda z, y: masked_loss(z[:, :-1], y[:, 1:]), "labels were shifted"),
    ("check_masked_loss", lambda z, y: F.cross_entropy(z.flatten(0, 1), y.clamp(min=0).flatten()), "-100 was used"),
    ("check_masked_loss", lambda z, y: torch.zeros(3), "one number is wanted"),
    ("check_masked_loss", lambda z, y: masked_loss(z, y) + 0.5, "expected"),
    ("check_whole_words", lambda chosen, word_of: chosen.clone(), "nothing changed"),
    ("check_whole_words", only_to_the_right, "look left and right"),
    ("check_whole_words", over_all_rows, "go row by row"),
    ("check_whole_words", marks_too, "special token was hidden"),
    ("check_whole_words", lambda c, w: whole_words(c, w) | (torch.arange(7) == 5), "word without a chosen piece"),
    ("check_whole_words", widen_in_place, "argument was changed"),
    ("check_whole_words", lambda chosen, word_of: whole_words(chosen, word_of).int(), "use booleans"),
    ("check_whole_words", lambda chosen, word_of: whole_words(chosen, word_of)[0], "expected shape"),
    ("check_pseudo_log_likelihood", pll_unhidden, "nothing is hidden"),
    ("check_pseudo_log_likelihood", pll_all_hidden, "all words are hidden at once"),
    ("check_pseudo_log_likelihood", lambda *a: pll(*a) / 4, "the mean"),
    ("check_pseudo_log_likelihood", lambda *a: -pll(*a), "sign is wrong"),
    ("check_pseudo_log_likelihood", pll_first_place, "read row i at place i"),
    ("check_pseudo_log_likelihood", pll_in_place, "argument was changed"),
    ("check_joint", product, "aspirin for depression"),
    ("check_joint", lambda t, c: {(b, a): p for (a, b), p in joint(t, c).items()}, "wrong way round"),
    ("check_joint", unweighted, "not 1"),
    ("check_joint", skewed, "its own probability"),
    ("check_joint", joint_in_place, "argument was changed"),
    ("check_joint", lambda t, c: {a + b: p for (a, b), p in joint(t, c).items()}, "keys are pairs"),
    ("check_joint", lambda t, c: list(joint(t, c)), "expected a dict"),
]


@pytest.mark.parametrize(("check", "answer"), RIGHT)
def test_right_answers_pass(check, answer, capsys):
    assert getattr(exercises, check)(answer)
    assert capsys.readouterr().out.strip().endswith("correct")


@pytest.mark.parametrize(("check", "answer", "diagnosis"), WRONG)
def test_each_mistake_gets_its_diagnosis(check, answer, diagnosis, capsys):
    assert not getattr(exercises, check)(answer)
    assert re.search(diagnosis, capsys.readouterr().out)


@pytest.mark.parametrize("check", sorted({check for check, _ in RIGHT}))
def test_undone_is_one_quiet_line(check, capsys):
    def undone(*args):
        raise NotImplementedError

    assert getattr(exercises, check)(undone).status == "not attempted"
    assert capsys.readouterr().out.count("\n") == 1


def test_the_joint_that_is_asked_for_is_the_languages_own():
    gap = [None if word == "_" else word for word in "the patient was prescribed _ for _ .".split()]
    whole = tinytown.log_prob(gap)
    for (drug, purpose), p in joint(gap, tinytown.cloze_probs).items():
        filled = tinytown.log_prob(f"the patient was prescribed {drug} for {purpose} .")
        assert p == pytest.approx(pow(2.718281828459045, filled - whole), rel=1e-9)
