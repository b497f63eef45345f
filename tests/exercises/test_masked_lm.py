"""Checks on masked language modelling: right answers pass, each known mistake is named, undone is quiet."""

import re

import pytest
import torch
from torch.nn import functional as F

from helpers import tinytown
from helpers.exercises import masked_lm as exercises

mask_tokens = exercises.objective.mask_tokens
loss = exercises.masked_lm_loss


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


def one_draw(input_ids, special_tokens_mask, *, generator, mask_id, word_ids, rate=0.15, mix=(0.8, 0.1, 0.1)):
    """Right in another way: one uniform number decides everything."""
    u = torch.rand(input_ids.shape, generator=generator) / rate
    chosen = (u < 1) & ~special_tokens_mask.bool()
    words = torch.randint(*word_ids, input_ids.shape, generator=generator)
    shown = torch.where(chosen & (u < mix[0]), torch.tensor(mask_id), input_ids)
    shown = torch.where(chosen & (u >= mix[0]) & (u < mix[0] + mix[1]), words, shown)
    return shown, torch.where(chosen, input_ids, -100)


def masking(change=None, **fixed):
    """mask_tokens with fixed arguments, its result passed through change(ids, shown, labels)."""

    def answer(input_ids, special_tokens_mask, **how):
        shown, labels = mask_tokens(input_ids, special_tokens_mask, **{**how, **fixed})
        return change(input_ids, shown, labels) if change else (shown, labels)

    return answer


def specials_too(input_ids, special_tokens_mask, **how):
    return mask_tokens(input_ids, torch.zeros_like(special_tokens_mask), **how)


def own_generator(input_ids, special_tokens_mask, *, generator, **how):
    return mask_tokens(input_ids, special_tokens_mask, generator=torch.Generator().manual_seed(torch.seed()), **how)


def mask_in_place(input_ids, special_tokens_mask, **how):
    shown, labels = mask_tokens(input_ids, special_tokens_mask, **how)
    input_ids.copy_(shown)
    return shown, labels


def over_all(model, shown, labels, mask):
    logits = model(input_ids=shown, attention_mask=mask).logits
    return F.cross_entropy(logits.flatten(0, 1), labels.flatten(), reduction="none").mean()


def summed(model, shown, labels, mask):
    return F.cross_entropy(model(shown, mask).logits.flatten(0, 1), labels.flatten(), reduction="sum")


def shifted(model, shown, labels, mask):
    return F.cross_entropy(model(shown, mask).logits[:, :-1].flatten(0, 1), labels[:, 1:].flatten())


def clamped(model, shown, labels, mask):
    return F.cross_entropy(model(shown, mask).logits.flatten(0, 1), labels.clamp(min=0).flatten())


def leaking(model, shown, labels, mask):
    return loss(model, torch.where(labels != -100, labels, shown), labels, mask)


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


joint = exercises.joint_of


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


def once(tokens, cloze):
    best = iter(max(found, key=found.get) for found in cloze(tokens))
    return [next(best) if word is None else word for word in tokens]


def left_first(tokens, cloze):
    tokens = list(tokens)
    while None in tokens:
        found = cloze(tokens)[0]
        tokens[tokens.index(None)] = max(found, key=found.get)
    return tokens


def only_one(tokens, cloze):
    found = cloze(tokens)[0]
    return [max(found, key=found.get) if i == list(tokens).index(None) else word for i, word in enumerate(tokens)]


def fill_in_place(tokens, cloze):
    tokens[:] = exercises.fill_in_turn(tokens, cloze)
    return tokens


RIGHT = [
    ("check_mask_tokens", mask_tokens),
    ("check_mask_tokens", one_draw),
    ("check_masked_lm_loss", loss),
    (
        "check_masked_lm_loss",
        lambda m, x, y, mask: F.cross_entropy(m(x, mask).logits.flatten(0, 1), y.flatten()),
    ),
    ("check_whole_words", whole_words),
    ("check_pll", pll),
    ("check_pll", pll_one_by_one),
    ("check_joint_of", joint),
    ("check_joint_of", second_gap_first),
    ("check_fill_in_turn", exercises.fill_in_turn),
]
WRONG = [
    ("check_mask_tokens", specials_too, "special token was chosen"),
    ("check_mask_tokens", own_generator, "same generator gave another"),
    ("check_mask_tokens", mask_in_place, "input_ids was changed"),
    ("check_mask_tokens", masking(lambda ids, x, y: x), "return two tensors"),
    ("check_mask_tokens", masking(lambda ids, x, y: (x, y.clamp(min=0))), "labels are 0"),
    ("check_mask_tokens", masking(lambda ids, x, y: (x, torch.where(y >= 0, x, y))), "the true words"),
    ("check_mask_tokens", masking(lambda ids, x, y: (x, torch.where(x == 4, y, -100))), "shown changed"),
    ("check_mask_tokens", masking(rate=0.1875), "80 % of those hidden"),
    ("check_mask_tokens", masking(rate=0.3), "not 15 %"),
    ("check_mask_tokens", masking(mix=(1.0, 0.0, 0.0)), "no chosen word stays"),
    ("check_mask_tokens", masking(mix=(0.8, 0.02, 0.18)), "not of what"),
    ("check_mask_tokens", masking(mix=(0.8, 0.18, 0.02)), "not nine tenths"),
    ("check_mask_tokens", masking(mix=(0.6, 0.2, 0.2)), "80, 10 and 10"),
    ("check_mask_tokens", masking(word_ids=(0, 1019)), "no word: draw from"),
    ("check_mask_tokens", masking(word_ids=(30, 31)), "random words are few"),
    ("check_mask_tokens", masking(rate=0.15), "0.15 is written"),
    ("check_mask_tokens", masking(mix=(0.8, 0.1, 0.1)), "use mix"),
    ("check_masked_lm_loss", over_all, "divided by all positions"),
    ("check_masked_lm_loss", summed, "that is the sum"),
    ("check_masked_lm_loss", lambda *a: -loss(*a), "sign is wrong"),
    ("check_masked_lm_loss", shifted, "labels were shifted"),
    ("check_masked_lm_loss", clamped, "-100 was used"),
    ("check_masked_lm_loss", lambda m, x, y, mask: loss(m, x, y, None), "pass attention_mask on"),
    ("check_masked_lm_loss", leaking, "shown the answers"),
    ("check_masked_lm_loss", lambda *a: float(loss(*a).detach()), "no gradient"),
    ("check_masked_lm_loss", lambda *a: loss(*a).expand(3), "one number is wanted"),
    ("check_masked_lm_loss", lambda *a: loss(*a) + 0.5, "best possible 1.39"),
    ("check_whole_words", lambda chosen, word_of: chosen.clone(), "nothing changed"),
    ("check_whole_words", only_to_the_right, "look left and right"),
    ("check_whole_words", over_all_rows, "go row by row"),
    ("check_whole_words", marks_too, "special token was hidden"),
    ("check_whole_words", lambda c, w: whole_words(c, w) | (torch.arange(7) == 5), "word without a chosen piece"),
    ("check_whole_words", widen_in_place, "argument was changed"),
    ("check_whole_words", lambda chosen, word_of: whole_words(chosen, word_of).int(), "use booleans"),
    ("check_whole_words", lambda chosen, word_of: whole_words(chosen, word_of)[0], "expected shape"),
    ("check_pll", pll_unhidden, "nothing is hidden"),
    ("check_pll", pll_all_hidden, "all words are hidden at once"),
    ("check_pll", lambda *a: pll(*a) / 4, "the mean"),
    ("check_pll", lambda *a: -pll(*a), "sign is wrong"),
    ("check_pll", pll_first_place, "read row i at place i"),
    ("check_pll", pll_in_place, "argument was changed"),
    ("check_joint_of", product, "aspirin for depression"),
    ("check_joint_of", lambda t, c: {(b, a): p for (a, b), p in joint(t, c).items()}, "wrong way round"),
    ("check_joint_of", unweighted, "not 1"),
    ("check_joint_of", skewed, "its own probability"),
    ("check_joint_of", joint_in_place, "argument was changed"),
    ("check_joint_of", lambda t, c: {a + b: p for (a, b), p in joint(t, c).items()}, "keys are pairs"),
    ("check_joint_of", lambda t, c: list(joint(t, c)), "expected a dict"),
    ("check_fill_in_turn", once, r"\d of 12 texts cannot be.*best possible 0\.\d{3}"),
    ("check_fill_in_turn", left_first, r"0\.\d{3} on average; best possible 0\.\d{3}: fill the gap first"),
    ("check_fill_in_turn", only_one, "a gap is left open"),
    ("check_fill_in_turn", fill_in_place, "argument was changed"),
    ("check_fill_in_turn", lambda t, c: " ".join(exercises.fill_in_turn(t, c)), "as a list of"),
    ("check_fill_in_turn", lambda t, c: ["the", *exercises.fill_in_turn(t, c)[1:]], "no gap has changed"),
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
    def undone(*args, **how):
        raise NotImplementedError

    assert getattr(exercises, check)(undone).status == "not attempted"
    assert capsys.readouterr().out.count("\n") == 1


def test_the_joint_that_is_asked_for_is_the_languages_own():
    gap = [None if word == "_" else word for word in "the patient was prescribed _ for _ .".split()]
    whole = tinytown.log_prob(gap)
    for (drug, purpose), p in joint(gap, tinytown.cloze_probs).items():
        filled = tinytown.log_prob(f"the patient was prescribed {drug} for {purpose} .")
        assert p == pytest.approx(pow(2.718281828459045, filled - whole), rel=1e-9)
