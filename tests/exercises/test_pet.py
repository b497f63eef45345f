"""The checks of notebook 05: right answers pass, mistakes get their diagnosis, an empty one its hint on request."""

import copy

import numpy as np
import pytest
import torch
from torch.nn.functional import cross_entropy

from helpers import tinytown
from helpers.exercises import pet as exercises
from helpers.methods import cloze

REPAIRED = "{text} the hotel is [MASK] ."


def scores(change=lambda logits, gap, ids: logits[gap][0].log_softmax(-1)[ids], write=str.replace):
    """The solution of the cloze score, with what is read, or what is asked, changed."""

    def answer(model, tok, text, pattern, words):
        encoded = tok(write(pattern, "{text}", text), return_tensors="pt")
        gap = encoded["input_ids"][0] == tok.mask_token_id
        return change(model(**encoded).logits[0], gap, tok.convert_tokens_to_ids(words))

    return answer


def train(
    model,
    tok,
    examples,
    *,
    pattern,
    words,
    steps,
    rate,
    seed,
    pupil=copy.deepcopy,
    loss=exercises.pet_loss,
    weights=lambda pupil: pupil.parameters(),
    asked=lambda rows: rows,
    at=lambda logits, gap: logits[gap],
    cleared=True,
    stepped=True,
    done=lambda pupil: pupil.eval(),
):
    """The solution of the build, with parts changed."""
    word_ids, rng, pupil = tok.convert_tokens_to_ids(words), np.random.default_rng(seed), pupil(model).train()
    optimizer = torch.optim.AdamW(weights(pupil), lr=rate)
    for _ in range(steps):
        batch = [examples[i] for i in rng.integers(len(examples), size=8)]
        rows = tok([pattern.replace("{text}", text) for text, _ in batch], padding=True, return_tensors="pt")
        logits = at(pupil(**asked(rows)).logits, rows["input_ids"] == tok.mask_token_id)
        value = loss(logits, torch.tensor([label for _, label in batch]), word_ids)
        if cleared:
            optimizer.zero_grad()
        value.backward()
        if stepped:
            optimizer.step()
    return done(pupil)


def changed(**how):
    return lambda *args, **named: train(*args, **named, **how)


def label_scores(logs, ids):
    return {label: logs[row].exp().mean().log() for label, row in ids.items()}


def calibrated(scores, unlabelled):
    return np.exp(cloze.calibrated(scores, cloze.label_prior(unlabelled)))


def softmax(scores):
    return np.exp(cloze.normalised(scores))


RIGHT = [
    (exercises.check_cloze_scores, exercises.cloze_scores),
    (exercises.check_cloze_scores, scores()),
    (exercises.check_repaired, REPAIRED),
    (exercises.check_repaired, "{text} overall , i call it a [MASK] hotel !"),
    (exercises.check_label_scores, label_scores),
    (exercises.check_calibrate, calibrated),
    (exercises.check_calibrate, exercises.calibrate),
    (exercises.check_pet_loss, exercises.pet_loss),
    (exercises.check_pet_loss, lambda logits, labels, ids: cloze.pet_loss(logits, labels, [[i] for i in ids])),
]


@pytest.mark.parametrize("check, answer", RIGHT)
def test_right_answers_pass(check, answer, capsys):
    assert check(answer)
    assert capsys.readouterr().out.strip().endswith(": correct")


def test_a_trained_model_is_graded_beside_the_best_possible(capsys):
    assert exercises.check_pet_train(exercises.pet_train)
    said, line = capsys.readouterr().out.strip().split("\n")
    assert "of 100 new reviews are right; best possible 0." in said and line == "pet_train: correct"


def test_the_exact_reader_says_what_the_language_says():
    reader = exercises.exact_gap_reader()
    tok, text = reader.tok, "the pizza was fantastic ."
    exact = tinytown.cloze_probs([*text.split(), *"the restaurant is".split(), None, "."])[0]
    found = exercises.cloze_scores(reader, tok, text, exercises.QUESTION, ["good", "bad"])
    assert found.exp().tolist() == pytest.approx([exact["good"], exact["bad"]], abs=1e-4)


WRONG = [
    (exercises.check_cloze_scores, scores(lambda x, gap, ids: x[gap][0].softmax(-1)[ids]), "those are probabilities"),
    (exercises.check_cloze_scores, scores(lambda x, gap, ids: x[gap][0][ids]), "those are logits"),
    (
        exercises.check_cloze_scores,
        scores(lambda x, gap, ids: x[gap][0][ids].log_softmax(-1)),
        "over your words alone",
    ),
    (exercises.check_cloze_scores, scores(lambda x, gap, ids: -x[gap][0].log_softmax(-1)[ids]), "the sign is turned"),
    (exercises.check_cloze_scores, scores(lambda x, gap, ids: x[0].log_softmax(-1)[ids]), "another place than the gap"),
    (exercises.check_cloze_scores, scores(lambda x, gap, ids: x[-3].log_softmax(-1)[ids]), "in front of the review"),
    (
        exercises.check_cloze_scores,
        scores(lambda x, gap, ids: x[gap][0].log_softmax(-1)[ids].sort().values),
        "order was lost",
    ),
    (exercises.check_cloze_scores, scores(write=lambda pattern, *_: pattern), "never read the review"),
    (exercises.check_cloze_scores, lambda *asked: exercises.cloze_scores(*asked)[:2], "expected shape (3,)"),
    (
        exercises.check_cloze_scores,
        lambda *asked: dict(zip(asked[-1], exercises.cloze_scores(*asked).tolist())),
        "need a torch tensor (words,); received a dict",
    ),
    (exercises.check_cloze_scores, lambda *asked: exercises.cloze_scores(*asked).tolist(), "received a list"),
    (exercises.check_cloze_scores, lambda *asked: exercises.cloze_scores(*asked).numpy(), "received a ndarray"),
    (exercises.check_cloze_scores, lambda *asked: exercises.cloze_scores(*asked)[None], "received (1, 3)"),
    (exercises.check_cloze_scores, lambda *asked: torch.zeros(3), "never called"),
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
    (exercises.check_calibrate, lambda s, u: cloze.calibrated(s, cloze.label_prior(u)), "those are logarithms"),
    (exercises.check_calibrate, lambda s, u: softmax(s), "nothing was calibrated"),
    (exercises.check_calibrate, lambda s, u: softmax(s + np.log(cloze.label_prior(u))), "doubles the bias"),
    (exercises.check_calibrate, lambda s, u: softmax(s - np.log(np.exp(u).mean(0))), "normalise each text"),
    (exercises.check_calibrate, lambda s, u: softmax(s - cloze.normalised(u).mean(0)), "mean of logarithms"),
    (exercises.check_calibrate, lambda s, u: calibrated(s, s), "taken from the texts that are judged"),
    (exercises.check_calibrate, lambda s, u: np.exp(s) / cloze.label_prior(u), "do not sum to one"),
    (exercises.check_calibrate, lambda s, u: calibrated(s, u)[:, 0], "expected shape (3, 2)"),
    (exercises.check_pet_loss, lambda x, y, i: cross_entropy(x, torch.tensor(i)[y]), "the whole vocabulary"),
    (exercises.check_pet_loss, lambda x, y, i: cross_entropy(x, y), "taken for a token id"),
    (exercises.check_pet_loss, lambda x, y, i: cross_entropy(x[:, i], 1 - y), "the labels are exchanged"),
    (exercises.check_pet_loss, lambda x, y, i: cross_entropy(x[:, i], y, reduction="sum"), "this is the sum"),
    (exercises.check_pet_loss, lambda x, y, i: -cross_entropy(x[:, i], y), "the sign is turned"),
    (exercises.check_pet_loss, lambda x, y, i: -x[:, i].softmax(-1)[range(4), y].mean(), "the logarithm is missing"),
    (exercises.check_pet_loss, lambda x, y, i: cross_entropy(x[:, i], y, reduction="none"), "expected shape ()"),
    (exercises.check_pet_loss, lambda x, y, i: cross_entropy(x[:, i], y).item(), "no gradient can flow"),
    (exercises.check_pet_loss, lambda x, y, i: 1 / 0, "your code stopped with ZeroDivisionError"),
]


def whole_vocabulary(gap_logits, labels, ids):
    return cross_entropy(gap_logits, torch.tensor(ids)[labels])


BADLY_TRAINED = {
    "has changed: train a copy": changed(pupil=lambda model: model),
    "old gradients": changed(cleared=False),
    "no weight moved": changed(stepped=False),
    "the padding was read": changed(asked=lambda rows: {"input_ids": rows["input_ids"]}),
    "only the last weights": changed(weights=lambda pupil: pupil.cls.predictions.transform.parameters()),
    "in training mode": changed(done=lambda pupil: pupil),
    "other places than the gap": changed(at=lambda logits, gap: logits[:, 0]),
    "looks at 1092 words": changed(loss=whole_vocabulary),
    "1 training passes with steps=3": lambda *args, steps, **named: train(*args, steps=steps // 2, **named),
    "received a list": changed(done=lambda pupil: []),
    "the labels are exchanged": changed(loss=lambda logits, labels, ids: exercises.pet_loss(logits, 1 - labels, ids)),
}


@pytest.mark.parametrize("diagnosis", BADLY_TRAINED)
def test_each_mistake_of_a_training_loop_gets_its_diagnosis(diagnosis, capsys):
    assert not exercises.check_pet_train(BADLY_TRAINED[diagnosis])
    assert diagnosis in capsys.readouterr().out


@pytest.mark.parametrize("check, answer, diagnosis", WRONG)
def test_each_mistake_gets_its_diagnosis(check, answer, diagnosis, capsys):
    assert not check(answer)
    assert diagnosis in capsys.readouterr().out


CHECKS = {
    exercises.check_repaired: None,
    exercises.check_label_scores: None,
    exercises.check_cloze_scores: exercises.cloze_scores,
    exercises.check_calibrate: exercises.calibrate,
    exercises.check_pet_loss: exercises.pet_loss,
    exercises.check_pet_train: None,
}


@pytest.mark.parametrize("check", CHECKS)
def test_an_empty_answer_gets_its_hint_on_request_and_the_courses_version(check, capsys):
    found = check(...)
    assert found.status == "not attempted" and "not attempted yet" in capsys.readouterr().out
    assert CHECKS[check] in (None, found.answer)
    check.hint()
    assert capsys.readouterr().out.startswith("hint: ")
