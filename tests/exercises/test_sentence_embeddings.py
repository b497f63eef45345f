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


def loss(wrong):
    """A loss whose temperature is passed on by position."""
    return lambda first, second, temperature: wrong(first, second, temperature)


def rows(scores):
    return cross_entropy(scores, torch.arange(len(scores)))


RIGHT = [
    (exercises.check_mean_pool, lambda hidden, mask: pool(hidden, mask, "mean")),
    (exercises.check_info_nce, info_nce),
    (exercises.check_recall_at, lambda scores, wanted, k: recalls(scores, wanted, (k,))[str(k)]),
    (exercises.check_strangers_cosine, mean_cosine),
    (exercises.check_search, exercises.search),
]
OWN = [
    (exercises.check_mean_pool, exercises.mean_pool),
    (exercises.check_info_nce, info_nce),
    (exercises.check_recall_at, exercises.recall_at),
    (exercises.check_strangers_cosine, exercises.strangers_cosine),
]


@pytest.mark.parametrize("check, answer", [*RIGHT, *OWN])
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


def searched(change):
    """The course's search with one part exchanged."""

    def answer(queries, documents, vectors, pair_scores, *, fetched, k):
        found = np.argsort(-(vectors[0] @ vectors[1].T), axis=1)
        parts = {"found": found[:, :fetched], "pair": lambda q, d: (q, d), "sign": -1, "ask": pair_scores}
        parts |= change(found, fetched)
        short = parts["found"]
        pairs = [parts["pair"](q, documents[j]) for q, row in zip(queries, short) for j in row]
        order = np.argsort(parts["sign"] * np.reshape(parts["ask"](pairs), short.shape), axis=1, kind="stable")[:, :k]
        return order if parts.get("places") else np.take_along_axis(short, order, axis=1)

    return answer


def asked_in_vain(queries, documents, vectors, pair_scores, *, fetched, k):
    found = np.argsort(-(vectors[0] @ vectors[1].T), axis=1)[:, :fetched]
    pair_scores([(q, documents[j]) for q, row in zip(queries, found) for j in row])
    return found[:, :k]


WRONG = [
    (exercises.check_mean_pool, changed, "changed in place"),
    (exercises.check_mean_pool, lambda h, m: h, "One vector for each text"),
    (exercises.check_mean_pool, lambda h, m: h.mean(1), "padding is averaged in"),
    (exercises.check_mean_pool, lambda h, m: (h * m[..., None]).mean(1), "still counted"),
    (exercises.check_mean_pool, lambda h, m: (h * m[..., None]).sum(1), "that is the sum"),
    (exercises.check_mean_pool, by_length, "wrong on the left"),
    (exercises.check_mean_pool, lambda h, m: h[:, 0], "first position's vector"),
    (exercises.check_mean_pool, lambda h, m: h[:, -1], "wrong for texts with the padding on the right"),
    (
        exercises.check_info_nce,
        loss(lambda a, b, t: -table(a, b).div(t).log_softmax(-1).diagonal()),
        "One number",
    ),
    (exercises.check_info_nce, loss(lambda a, b, t: rows(a @ b.T / t)), "keep their length"),
    (
        exercises.check_info_nce,
        loss(lambda a, b, t: rows(table(a, b) * t)),
        "multiplied by the temperature",
    ),
    (exercises.check_info_nce, loss(lambda a, b, t: rows(table(a, b))), "temperature is not used"),
    (
        exercises.check_info_nce,
        loss(lambda a, b, t: -table(a, b).diagonal().mean() / t),
        "nothing pushes strangers apart",
    ),
    (
        exercises.check_info_nce,
        loss(lambda a, b, t: rows(table(a, b).T / t)),
        "runs over the first texts",
    ),
    (exercises.check_info_nce, loss(lambda a, b, t: 4 * rows(table(a, b) / t)), "sum over the pairs"),
    (exercises.check_info_nce, loss(lambda a, b, t: rows(table(a, b) / t) + 1), "nats; right are"),
    (exercises.check_info_nce, loss(lambda a, b, t: rows(table(a, b) / 0.1)), "use the argument"),
    (exercises.check_recall_at, lambda s, w, k: (s > own(s, w)).sum(1).__lt__(k).sum(), "cannot pass 1"),
    (exercises.check_recall_at, lambda s, w, k: np.mean((s > own(s, w)).sum(1) <= k), "too generous"),
    (exercises.check_recall_at, lambda s, w, k: np.mean((s >= own(s, w)).sum(1) < k), "too strict"),
    (exercises.check_recall_at, lambda s, w, k: np.mean((s < own(s, w)).sum(1) < k), "upside down"),
    (exercises.check_recall_at, lambda s, w, k: recalls(s, None, (k,))[str(k)], "not document i"),
    (exercises.check_recall_at, lambda s, w, k: 0.3, "expected"),
    (exercises.check_strangers_cosine, lambda v: (v @ v.T).mean(), "with itself is counted"),
    (exercises.check_strangers_cosine, lambda v: ((v.sum(0) ** 2).sum() - len(v)) / len(v) ** 2, "pairs left"),
    (exercises.check_strangers_cosine, lambda v: (v.sum(0) ** 2).sum() / (len(v) * (len(v) - 1)), "still in the sum"),
    (exercises.check_strangers_cosine, lambda v: v.mean(0).norm(), "length of the mean vector"),
    (exercises.check_strangers_cosine, lambda v: 0.0, "expected"),
    (exercises.check_search, searched(lambda found, n: {"found": -np.sort(-found)[:, :1]}), "expected shape"),
    (exercises.check_search, searched(lambda found, n: {"pair": lambda q, d: (d, q)}), "are \\(document, query\\)"),
    (exercises.check_search, searched(lambda found, n: {"ask": lambda pairs: range(len(pairs))}), "never asked"),
    (exercises.check_search, searched(lambda found, n: {"found": found}), "every document was scored"),
    (exercises.check_search, searched(lambda found, n: {"found": found[:, -n:]}), "lowest inner products"),
    (exercises.check_search, searched(lambda found, n: {"places": True}), "places in the shortlist"),
    (exercises.check_search, searched(lambda found, n: {"sign": 1}), "upside down"),
    (exercises.check_search, asked_in_vain, "still the vectors'"),
    (exercises.check_search, searched(lambda found, n: {"found": found[:, :2]}), "expected 4 x 3"),
]


@pytest.mark.parametrize("check, answer, diagnosis", WRONG)
def test_named_mistakes_are_told(check, answer, diagnosis, capsys):
    assert not check(answer)
    line = capsys.readouterr().out
    assert diagnosis.replace("\\", "") in line


@pytest.mark.parametrize("check", [check for check, _ in RIGHT])
def test_an_empty_answer_gets_its_hint_on_request(check, capsys):
    def empty(*arguments, **named):
        raise NotImplementedError

    assert not check(empty)
    line = capsys.readouterr().out
    assert "not attempted yet" in line and "hint" not in line
    check.hint()
    assert capsys.readouterr().out.startswith("hint: ")


@pytest.mark.parametrize("check, answer", OWN)
def test_the_course_goes_on_with_its_own_version_where_the_reader_has_none(check, answer, capsys):
    assert check(...).answer is answer
    assert capsys.readouterr().out.endswith("the course's own version is used below\n")


def test_a_search_is_told_how_much_it_finds_first():
    def flat(pairs):
        return [1.0] * len(pairs)

    found = [
        exercises.found_first(exercises.search, ("pqr", documents), (np.eye(3), vectors), flat, fetched=1)
        for documents, vectors in (("abc", np.eye(3)), ("abc", np.eye(3)[[1, 0, 2]]), ("aac", np.eye(3)[[1, 0, 2]]))
    ]
    assert found == pytest.approx([1, 1 / 3, 1])  # the third: the first two documents are one text
