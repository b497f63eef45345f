"""Checks of the exercises on cloze prompts; each tells which mistake it sees."""

from __future__ import annotations

import string

import numpy as np
import torch
from torch.nn.functional import cross_entropy

from helpers.exercises.checks import close, exercise, require, require_shape

PATTERN = "count the gaps and look at the name between the braces: {text} once, [MASK] once, the rest is yours"
SCORE = "take exp, average over the label's words, take the logarithm again"
CALIBRATE = "first make each text's two probabilities sum to one, then average them over the texts: that is the prior"
LOSS = "pick the columns of the labels' words first; the softmax then runs over these alone"


@exercise("a pattern repaired", hint=PATTERN)
def check_repaired(answer):
    """A pattern, as a string, that asks for the verdict on a hotel after its review."""
    require(isinstance(answer, str), f"a pattern is a string, received a {type(answer).__name__}")
    require("<mask>" not in answer, "<mask> is RoBERTa's; a pattern says [MASK], and is written with the model's own")
    gaps = answer.count("[MASK]")
    require(gaps > 0, "there is no [MASK]: where should the answer be read?")
    require(gaps == 1, f"{gaps} gaps: they would be filled independently of one another, and which is the verdict?")
    slots = [name for _, name, _, _ in string.Formatter().parse(answer) if name is not None]
    require(slots, "there is no {text}: every review would get the same answer")
    require(slots == ["text"], f"the slots are {slots}; the review's is called text, and stands once")
    words = answer.replace("[MASK]", " ").replace("{text}", " ").split()
    require("hotel" in words, "nothing says that a hotel is judged")
    verdicts = {"good", "bad", "great", "terrible"} & set(words)
    require(not verdicts, f"the pattern says {', '.join(verdicts)} itself: that answers the question for every review")
    require(
        answer.index("{text}") < answer.index("[MASK]"),
        "the gap stands in front of the review; that can work, but asked was the verdict after it",
    )


@exercise("scores of labels", hint=SCORE)
def check_label_scores(answer):
    """answer(logs, ids): log-probabilities (vocab,) at the gap, {label: [token ids]} -> {label: log of mean p}."""
    logs = torch.tensor([0.05, 0.25, 0.15, 0.3, 0.05, 0.2]).log()
    kept, ids = logs.clone(), {"good": [1, 4], "bad": [3]}
    found = answer(logs, ids)
    require(torch.equal(logs, kept), "the argument was changed; build new tensors")
    require(isinstance(found, dict) and set(found) == {"good", "bad"}, "give back a dict with the same labels")
    good, bad = (float(found[label]) for label in ("good", "bad"))

    def log(p):
        return float(torch.tensor(p).log())

    require(not close(bad, 0.3), "those are probabilities; a score is their logarithm")
    require(close(bad, log(0.3)), f"one word: its log-probability, {log(0.3):.3f}; received {bad:.3f}")
    for mistake, diagnosis in (
        (log(0.3), "the words' probabilities are added up: a label gains by having many words. Take their mean"),
        ((log(0.25) + log(0.05)) / 2, "the mean of the logarithms: one unlikely word pulls the whole label down"),
        (log(0.25) + log(0.05), "the sum of logarithms asks for both words at once, in one gap"),
        (log(0.25), "only the first, or the likeliest, of the label's words was read"),
    ):
        require(not close(good, mistake), diagnosis)
    require(close(good, log(0.15), tolerance=1e-4), f"expected {log(0.15):.3f} for good, received {good:.3f}")


@exercise("calibration", hint=CALIBRATE)
def check_calibrated(answer):
    """answer(scores, unlabelled): log-scores (texts, labels) of both -> calibrated probabilities (texts, labels)."""
    raw = np.array([[0.02, 0.18], [0.06, 0.06], [0.03, 0.05]])
    unlabelled = np.array([[0.01, 0.39], [0.09, 0.01], [0.10, 0.30], [0.02, 0.18]])
    scores, others = np.log(raw), np.log(unlabelled)
    copies = scores.copy(), others.copy()
    found = answer(scores, others)
    require(np.array_equal(scores, copies[0]) and np.array_equal(others, copies[1]), "the arguments were changed")
    require_shape(found, (3, 2), hint="One row a text, one column a label.")
    rows = unlabelled / unlabelled.sum(1, keepdims=True)

    def with_prior(prior, texts=raw):
        return texts / prior / (texts / prior).sum(1, keepdims=True)

    pooled = unlabelled.mean(0) / unlabelled.mean(0).sum()
    own = (raw / raw.sum(1, keepdims=True)).mean(0)
    geometric = np.exp(np.log(rows).mean(0))
    multiplied = raw * rows.mean(0)
    right = with_prior(rows.mean(0))
    for mistake, diagnosis in (
        (np.log(right), "those are logarithms; give back probabilities"),
        (with_prior(np.ones(2)), "nothing was calibrated: the prior is missing"),
        (multiplied / multiplied.sum(1, keepdims=True), "multiplied by the prior: that doubles the bias; divide"),
        (with_prior(pooled), "a text with large scores counted more: normalise each text before you average"),
        (with_prior(geometric), "the mean of logarithms: average the probabilities"),
        (with_prior(own), "the prior was taken from the texts that are judged, not from the unlabelled ones"),
        (raw / rows.mean(0), "the rows do not sum to one: normalise once more at the end"),
    ):
        require(not close(found, mistake), diagnosis)
    require(close(found, right), f"expected {right.round(3).tolist()}, received {np.round(found, 3).tolist()}")


@exercise("the loss of PET", hint=LOSS)
def check_pet_loss(answer):
    """answer(gap_logits, labels, ids): (batch, vocab), (batch,) label numbers, one token id a label -> mean nats."""
    draw = torch.Generator().manual_seed(0)
    logits, labels, ids = 2 * torch.randn(4, 9, generator=draw), torch.tensor([1, 0, 1, 1]), [7, 3]
    kept = logits.clone()
    value = answer(logits, labels, ids)
    require(torch.equal(logits, kept), "the argument was changed; build new tensors")
    require_shape(torch.as_tensor(value), (), hint="One number for the whole batch.")
    words = logits[:, ids]
    right = cross_entropy(words, labels)
    for mistake, diagnosis in (
        (
            cross_entropy(logits, torch.tensor(ids)[labels]),
            "the softmax ran over the whole vocabulary: every other word that fits the gap is punished as well",
        ),
        (cross_entropy(logits, labels), "the label's number was taken for a token id; look up the word's id"),
        (cross_entropy(words, 1 - labels), "the labels are exchanged: column 0 belongs to label 0"),
        (right * 4, "this is the sum over the batch; take the mean"),
        (-right, "the sign is turned: a loss is minus the log-probability"),
        (-words.softmax(-1)[range(4), labels].mean(), "the logarithm is missing"),
        (cross_entropy(logits[:, sorted(ids)], labels), "the columns were sorted: keep the labels' order"),
    ):
        require(not close(value, mistake), diagnosis)
    require(close(value, right), f"expected {float(right):.4f} nats, received {float(value):.4f}")
