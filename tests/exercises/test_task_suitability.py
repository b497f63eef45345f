"""Each likely mistake in the exercises on tasks and architectures is recognised and named."""

import numpy as np
import pandas as pd
import pytest
import torch
from scipy.stats import t
from torch.nn.functional import cross_entropy

from helpers.exercises import task_suitability as exercises

SHARES = {
    "that is the mean": lambda s, c, o: ((s - c) / (o - c)).mean(),
    "one share of the three means": lambda s, c, o: (s.mean() - c.mean()) / (o.mean() - c.mean()),
    "share of the optimum": lambda s, c, o: s / o,
    "not 1: nobody": lambda s, c, o: (s - c) / (1 - c),
    "distance covered": lambda s, c, o: s - c,
    "still missing": lambda s, c, o: (o - s) / (o - c),
    "do not clip": lambda s, c, o: ((s - c) / (o - c)).clip(0, 1),
}
LAST = {
    "index -1": lambda h, m: h[:, -1],
    "counting the ones": lambda h, m: h[range(len(h)), m.sum(1) - 1],
    "index 0": lambda h, m: h[:, 0],
    "first real token": lambda h, m: h[range(len(h)), m.argmax(1)],
    "mean of the real tokens": lambda h, m: (h * m[..., None]).sum(1) / m.sum(1, keepdim=True),
}
ORDERS = {
    "nothing has moved": lambda p, names, wanted: p,
    "inverse permutation": lambda p, names, wanted: p[:, [wanted.index(names[i]) for i in range(3)]],
    "columns are reversed": lambda p, names, wanted: p.flip(-1),
    "sorted by size": lambda p, names, wanted: p.sort(-1, descending=True).values,
    "taken twice": lambda p, names, wanted: p[:, [1, 1, 0]],
}


def labelled(*, rest=-100, pieces=False, shift=0):
    def answer(word_ids, tags):
        labels = torch.full((len(word_ids), len(word_ids[0])), rest)
        for row, words in enumerate(word_ids):
            for place, word in enumerate(words):
                if word is not None and (pieces or word not in words[:place]):
                    labels[row, place + shift] = tags[row][word]
        return labels

    return answer


def by_position(word_ids, tags):
    labels = torch.full((len(word_ids), len(word_ids[0])), -100)
    for row, known in enumerate(tags):
        labels[row, : len(known)] = torch.tensor(known) + 1
    return labels


def next_ones(word_ids, tags):
    labels = exercises.tag_labels(word_ids, tags)
    return torch.cat([labels[:, :1], labels[:, 2:], labels[:, :1]], 1)


LABELS = {
    "received a list": lambda word_ids, tags: tags,
    "0 is the tag O": labelled(rest=0),
    "not counted by position": by_position,
    "second piece has a label too": labelled(pieces=True),
    "the index that cross_entropy skips": labelled(rest=-1),
    "shifted to the left": next_ones,
    "give integers": lambda word_ids, tags: exercises.tag_labels(word_ids, tags).float(),
}


def with_loss(loss):
    def answer(hidden, weight, bias, labels):
        logits = hidden @ weight.T + bias
        each = -logits.log_softmax(-1).gather(-1, labels.clamp(min=0)[..., None])[..., 0]
        return logits, loss(logits, labels, each, labels != -100)

    return answer


HEADS = {
    "bias is missing": lambda h, w, b, labels: (h @ w.T, torch.tensor(0.0)),
    "these are probabilities": lambda h, w, b, labels: ((h @ w.T + b).softmax(-1), torch.tensor(0.0)),
    "give two things": lambda h, w, b, labels: h @ w.T + b,
    "divide by those that are asked": with_loss(lambda g, y, each, asked: (each * asked).mean()),
    "skip the places": with_loss(lambda g, y, each, asked: each.mean()),
    "that is the sum": with_loss(lambda g, y, each, asked: each[asked].sum()),
    "short texts weigh": with_loss(lambda g, y, each, asked: ((each * asked).sum(1) / asked.sum(1)).mean()),
    "was given probabilities": with_loss(
        lambda g, y, each, asked: cross_entropy(g.softmax(-1).flatten(0, 1), y.flatten())
    ),
    "shifted by one": with_loss(lambda g, y, each, asked: cross_entropy(g[:, :-1].flatten(0, 1), y[:, 1:].flatten())),
}


def counted(of):
    def answer(truth, answers):
        pairs = [(exercises.entities(a), exercises.entities(b)) for a, b in zip(truth, answers)]
        sums = [sum(map(len, sets)) for sets in zip(*((a & b, b, a) for a, b in pairs))]
        return of(*sums)

    return answer


def flat(truth, answers):
    return [(a, b) for row, said in zip(truth, answers) for a, b in zip(row, said)]


F1S = {
    "accuracy of the tags": lambda truth, said: np.mean([a == b for a, b in flat(truth, said)]),
    "precision alone": counted(lambda tp, told, true: tp / told),
    "recall alone": counted(lambda tp, told, true: tp / true),
    "harmonic mean is wanted": counted(lambda tp, told, true: (tp / told + tp / true) / 2),
    "each text's F1": lambda truth, said: np.mean([exercises.entity_f1([a], [b]) for a, b in zip(truth, said)]),
    "wrong type": lambda truth, said: exercises.entity_f1(
        *(
            [[tag[:1].replace("O", "") and f"{tag[:1]}-X" or "O" for tag in row] for row in side]
            for side in (truth, said)
        )
    ),
    "tags are counted": lambda truth, said: (
        2
        * sum(a == b != "O" for a, b in flat(truth, said))
        / sum((a != "O") + (b != "O") for a, b in flat(truth, said))
    ),
}


def around(half):
    return lambda values: (values.mean() - half(values), values.mean() + half(values))


RUNS = {
    "interval of the mean": around(lambda v: t.ppf(0.975, 3) * v.std(ddof=1) / 2),
    "1.96 is for many runs": around(lambda v: 1.96 * v.std(ddof=1) * 1.25**0.5),
    "sqrt(1 + 1/n) is missing": around(lambda v: t.ppf(0.975, 3) * v.std(ddof=1)),
    "ddof=1": around(lambda v: t.ppf(0.975, 3) * v.std() * 1.25**0.5),
    "two sides": around(lambda v: t.ppf(0.95, 3) * v.std(ddof=1) * 1.25**0.5),
    "in this order": lambda v: (1.0, 0.0),
}


def measuring(*, split="test", fitted="train", guessed="train", draw=lambda seed: seed, metric=None, share=None):
    def answer(task, fit, *, seeds):
        found = []
        for seed in seeds:
            said = fit(task.examples(fitted, seed=draw(seed)), seed)
            asked = task.examples(split, seed=draw(seed))
            chance = task.chance(task.examples(guessed, seed=draw(seed)), asked)
            scores = (task.score(said(asked), asked), chance, task.exact(asked))
            found.append((seed, *(each[metric or task.metric] for each in scores)))
        frame = pd.DataFrame(found, columns=["seed", "score", "chance", "optimum"])
        share_of = share or (lambda f: exercises.share_of_way(f["score"], f["chance"], f["optimum"]))
        return frame.assign(share=share_of(frame))

    return answer


def of_means(frame):
    return exercises.share_of_way(*(frame[name].mean() for name in ("score", "chance", "optimum")))


MEASURED = {
    "scored on training examples": measuring(split="train"),
    "validation chose the recipe": measuring(split="validation"),
    "examples of seed 0": measuring(draw=lambda seed: 0),
    "fitted on the test examples": measuring(fitted="test"),
    "made from the test labels": measuring(guessed="test"),
    "another metric": measuring(metric="other"),
    "compute it run by run": measuring(share=of_means),
    "the share starts at chance": measuring(share=lambda frame: frame["score"] / frame["optimum"]),
    "the column share is missing": lambda task, fit, *, seeds: measuring()(task, fit, seeds=seeds).drop(
        columns="share"
    ),
    "one row a seed": lambda task, fit, *, seeds: measuring()(task, fit, seeds=seeds[:1]),
}
WRONG = [
    (check, diagnosis, answer)
    for check, answers in (
        (exercises.check_share_of_way, SHARES),
        (exercises.check_last_real, LAST),
        (exercises.check_in_order, ORDERS),
        (exercises.check_tag_labels, LABELS),
        (exercises.check_tag_head, HEADS),
        (exercises.check_entity_f1, F1S),
        (exercises.check_new_run, RUNS),
        (exercises.check_measured, MEASURED),
    )
    for diagnosis, answer in answers.items()
]
OURS = {
    exercises.check_share_of_way: exercises.share_of_way,
    exercises.check_last_real: exercises.last_real,
    exercises.check_in_order: exercises.in_order,
    exercises.check_tag_labels: exercises.tag_labels,
    exercises.check_tag_head: exercises.tag_head,
    exercises.check_entity_f1: exercises.entity_f1,
    exercises.check_new_run: exercises.new_run_interval,
    exercises.check_measured: exercises.measured,
}


@pytest.mark.parametrize("check, diagnosis, answer", WRONG, ids=[diagnosis for _, diagnosis, _ in WRONG])
def test_a_wrong_answer_is_told_what_is_wrong_with_it(check, diagnosis, answer, capsys):
    check(answer)
    said = capsys.readouterr().out
    assert "not yet right" in said and diagnosis in said


@pytest.mark.parametrize("check", OURS, ids=lambda check: check.__name__)
def test_ours_is_right_and_stands_in_for_what_is_undone(check, capsys):
    assert check(OURS[check]).answer is OURS[check]
    assert check(...).answer is OURS[check]
    right, undone = capsys.readouterr().out.splitlines()
    assert right.endswith("correct") and undone.endswith("not attempted yet; the course's own version is used below")
