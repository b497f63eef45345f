"""The checks of notebook 08: right answers pass, mistakes get their diagnosis, an empty one its hint on request."""

import numpy as np
import pytest
import torch
from torch.nn.functional import cross_entropy, normalize

from helpers.exercises import sentence_embeddings as exercises
from helpers.methods.embeddings.contrastive import info_nce
from helpers.methods.embeddings.geometry import mean_cosine
from helpers.methods.embeddings.retrieval import recalls
from helpers.methods.pooling import pool


def table(first, second):
    return normalize(first, dim=-1) @ normalize(second, dim=-1).T


def rows(scores):
    return cross_entropy(scores, torch.arange(len(scores)))


RIGHT = [
    (exercises.check_mean, lambda hidden, mask: pool(hidden, mask, "mean")),
    (exercises.check_loss, lambda a, b, t: info_nce(a, b, temperature=t)),
    (exercises.check_recall, lambda scores, wanted, k: recalls(scores, wanted, (k,))[str(k)]),
    (exercises.check_mean_cosine, mean_cosine),
]


@pytest.mark.parametrize("check, answer", RIGHT)
def test_right_answers_pass(check, answer, capsys):
    assert check(answer)
    assert capsys.readouterr().out.strip().endswith(": correct")


def changed(hidden, mask):
    hidden *= mask[..., None]
    return hidden.sum(1) / mask.sum(1, keepdim=True)


def by_length(hidden, mask):
    return torch.stack([states[: int(m.sum())].mean(0) for states, m in zip(hidden, mask)])


def own(scores, wanted):
    return scores[np.arange(len(scores)), wanted][:, None]


WRONG = [
    (exercises.check_mean, changed, "changed in place"),
    (exercises.check_mean, lambda h, m: h, "One vector for each text"),
    (exercises.check_mean, lambda h, m: h.mean(1), "padding is averaged in"),
    (exercises.check_mean, lambda h, m: (h * m[..., None]).mean(1), "still counted"),
    (exercises.check_mean, lambda h, m: (h * m[..., None]).sum(1), "that is the sum"),
    (exercises.check_mean, by_length, "wrong on the left"),
    (exercises.check_mean, lambda h, m: h[:, 0], "wrong for texts with the padding on the right"),
    (exercises.check_loss, lambda a, b, t: -table(a, b).div(t).log_softmax(-1).diagonal(), "One number"),
    (exercises.check_loss, lambda a, b, t: rows(a @ b.T / t), "keep their length"),
    (exercises.check_loss, lambda a, b, t: rows(table(a, b) * t), "multiplied by the temperature"),
    (exercises.check_loss, lambda a, b, t: rows(table(a, b)), "temperature is not used"),
    (exercises.check_loss, lambda a, b, t: -table(a, b).diagonal().mean() / t, "nothing pushes strangers apart"),
    (exercises.check_loss, lambda a, b, t: rows(table(a, b).T / t), "runs over the first texts"),
    (exercises.check_loss, lambda a, b, t: 4 * rows(table(a, b) / t), "sum over the pairs"),
    (exercises.check_loss, lambda a, b, t: rows(table(a, b) / t) + 1, "expected"),
    (exercises.check_recall, lambda s, w, k: (s > own(s, w)).sum(1).__lt__(k).sum(), "cannot pass 1"),
    (exercises.check_recall, lambda s, w, k: np.mean((s > own(s, w)).sum(1) <= k), "too generous"),
    (exercises.check_recall, lambda s, w, k: np.mean((s >= own(s, w)).sum(1) < k), "too strict"),
    (exercises.check_recall, lambda s, w, k: np.mean((s < own(s, w)).sum(1) < k), "upside down"),
    (exercises.check_recall, lambda s, w, k: recalls(s, None, (k,))[str(k)], "not document i"),
    (exercises.check_recall, lambda s, w, k: 0.3, "expected"),
    (exercises.check_mean_cosine, lambda v: (v @ v.T).mean(), "with itself is counted"),
    (exercises.check_mean_cosine, lambda v: ((v.sum(0) ** 2).sum() - len(v)) / len(v) ** 2, "pairs left"),
    (exercises.check_mean_cosine, lambda v: (v.sum(0) ** 2).sum() / (len(v) * (len(v) - 1)), "still in the sum"),
    (exercises.check_mean_cosine, lambda v: 0.0, "expected"),
]


@pytest.mark.parametrize("check, answer, diagnosis", WRONG)
def test_named_mistakes_are_told(check, answer, diagnosis, capsys):
    assert not check(answer)
    assert diagnosis in capsys.readouterr().out


@pytest.mark.parametrize("check", [check for check, _ in RIGHT])
def test_an_empty_answer_gets_its_hint_on_request(check, capsys):
    def empty(*arguments):
        raise NotImplementedError

    assert not check(empty)
    assert capsys.readouterr().out.endswith("not attempted yet\n")
    check.hint()
    assert capsys.readouterr().out.startswith("hint: ")
