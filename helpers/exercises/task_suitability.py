"""Checks of the exercises on tasks and architectures, and the course's own versions of what is asked there.

Each check tells which mistake it sees. What is scored is graded beside chance and the exact optimum.
"""

from __future__ import annotations

from types import SimpleNamespace

import numpy as np
import pandas as pd
import torch
from scipy.stats import t
from torch.nn.functional import cross_entropy

from helpers.evaluation.intervals import new_run_interval
from helpers.exercises.checks import close, exercise, require, require_shape

SHARE = "how far the score is from chance, divided by how far the optimum is from chance; run by run"
LAST = "find the largest position whose mask is 1; counting the ones is right only where the padding is on the right"
ORDER = "for each wanted name look up which column carries it in this model, and take the columns in that order"
LABELS = "start from a tensor full of -100; write a tag only where word_ids gives a number for the first time"
HEAD = "hidden @ weight.T + bias; then cross_entropy over the flattened places, which skips -100 by itself"
F1 = "a set of (text number, entity) for the truth and one for the answers; what both have is found"
RUN = "t.ppf(0.975, n - 1) times the standard deviation (ddof=1) times sqrt(1 + 1/n) to both sides of the mean"
MEASURED = (
    "for each seed: train and test examples of that seed, fit on train, answer test; then three scores by task.metric"
)
IGNORED = -100


def share_of_way(score, chance, optimum):
    """Each run's share of the way from chance to the optimum: three arrays (runs,) -> (runs,)."""
    return (score - chance) / (optimum - chance)


def last_real(hidden, attention_mask):
    """The vector of each row's last real token: (batch, position, d_model), (batch, position) -> (batch, d_model)."""
    places = torch.arange(hidden.shape[1]) * attention_mask  # 0 at padding, the place itself at real tokens
    return hidden[torch.arange(len(hidden)), places.argmax(1)]


def in_order(probs, id2label, wanted):
    """A model's probabilities (batch, labels), their columns in the wanted order of names."""
    column = {label: number for number, label in id2label.items()}
    return probs[:, [column[label] for label in wanted]]


def tag_labels(word_ids, tags):
    """Labels (batch, position): a word's tag at its first token, -100 at its other tokens, special tokens, padding."""
    labels = torch.full((len(word_ids), len(word_ids[0])), -100)
    for row, words in enumerate(word_ids):
        for place, word in enumerate(words):
            if word is not None and word not in words[:place]:
                labels[row, place] = tags[row][word]
    return labels


def tag_head(hidden, weight, bias, labels):
    """One matrix on every token: logits (batch, position, tags), and the mean loss in nats where labels are asked."""
    logits = hidden @ weight.T + bias
    loss = cross_entropy(logits.flatten(0, 1), labels.flatten(), ignore_index=-100)
    return logits, loss


def entities(tags):
    """{(first word, past the last word, type)} of one text's tags.

    >>> sorted(entities(["B-PER", "I-PER", "O", "B-LOC"]))
    [(0, 2, 'PER'), (3, 4, 'LOC')]
    """
    found, start = set(), None
    for place, tag in enumerate([*tags, "O"]):
        if start is not None and tag != f"I-{tags[start][2:]}":  # an entity ends before this word
            found.add((start, place, tags[start][2:]))
            start = None
        if tag != "O" and start is None:
            start = place
    return found


def entity_f1(truth, answers):
    """F1 over the entities of all texts together; truth, answers: one list of tags a text."""
    pairs = [(entities(row), entities(said)) for row, said in zip(truth, answers)]
    tp = sum(len(true & told) for true, told in pairs)
    both = sum(len(true) + len(told) for true, told in pairs)
    return 2 * tp / both if both else 0.0


def measured(task, fit, *, seeds):
    """A row a seed: score, chance, optimum, share; fit(train, seed) gives a function from examples to answers."""
    found = []
    for seed in seeds:
        train, test = task.examples("train", seed=seed), task.examples("test", seed=seed)
        answer = fit(train, seed)
        scores = task.score(answer(test), test), task.chance(train, test), task.exact(test)
        found.append((seed, *(score[task.metric] for score in scores)))
    frame = pd.DataFrame(found, columns=["seed", "score", "chance", "optimum"])
    return frame.assign(share=share_of_way(frame["score"], frame["chance"], frame["optimum"]))


@exercise("share_of_way", hint=SHARE, ours=share_of_way)
def check_share_of_way(answer):
    """answer(score, chance, optimum) -> (runs,); three arrays (runs,)."""
    score, chance, optimum = np.array([0.8, 0.7, 0.3]), np.array([0.5, 0.4, 0.4]), np.array([0.9, 0.7, 0.8])
    value = answer(score.copy(), chance.copy(), optimum.copy())
    truth = (score - chance) / (optimum - chance)
    number = np.ndim(value) == 0
    require(not (number and abs(float(value) - truth.mean()) < 1e-9), "that is the mean: give one share for each run")
    of_means = (score.mean() - chance.mean()) / (optimum.mean() - chance.mean())
    require(
        not (number and abs(float(value) - of_means) < 1e-9),
        "one share of the three means: each seed has examples of its own, so compare run by run",
    )
    require_shape(value, (3,), hint="One share for each run.")
    for mistake, diagnosis in (
        (score / optimum, "that is the share of the optimum: whoever does not read at all would get half of it here"),
        ((score - chance) / (1 - chance), "the end of the way is the optimum, not 1: nobody can get to 1 here"),
        (score - chance, "that is the distance covered; divide by the length of the way"),
        ((optimum - score) / (optimum - chance), "that is what is still missing: chance must give 0, the optimum 1"),
        (truth.clip(0, 1), "do not clip: a run below chance is worth knowing (here -0.25)"),
    ):
        require(not close(value, mistake), diagnosis)
    require(close(value, truth), f"expected 0.75, 1.00 and -0.25; received {np.round(np.asarray(value), 2).tolist()}")


@exercise("last_real", hint=LAST, ours=last_real)
def check_last_real(answer):
    """answer(hidden, attention_mask) -> (batch, d_model); (batch, position, d_model), (batch, position)."""
    hidden = torch.arange(1.0, 13.0).reshape(3, 4, 1).repeat(1, 1, 2)
    mask = torch.tensor([[1, 1, 1, 1], [1, 1, 0, 0], [0, 0, 1, 1]])
    kept = hidden.clone(), mask.clone()
    value = answer(hidden, mask)
    require(torch.equal(hidden, kept[0]) and torch.equal(mask, kept[1]), "an argument was changed; build new tensors")
    require_shape(value, (3, 2), hint="One vector for each text.")
    rows = torch.arange(3)
    for places, diagnosis in (
        (torch.tensor([3, 3, 3]), "index -1 is padding where padding stands on the right: row 1 read a padding vector"),
        (torch.tensor([3, 1, 1]), "counting the ones fails with padding on the left: row 2 read a padding vector"),
        (torch.tensor([0, 0, 0]), "that is index 0: right for [CLS], and blind in a decoder"),
        (torch.tensor([0, 0, 2]), "that is the first real token; a decoder's first token has seen nothing but itself"),
        (torch.tensor([2, 0, 2]), "one too far to the left: the last real token itself is meant"),
    ):
        require(not close(value, hidden[rows, places]), diagnosis)
    mean = (hidden * mask[..., None]).sum(1) / mask.sum(1, keepdim=True)
    require(not close(value, mean), "that is the mean of the real tokens, not the last of them")
    require(close(value, hidden[rows, torch.tensor([3, 1, 3])]), f"expected places 3, 1, 3; received {value.tolist()}")


@exercise("in_order", hint=ORDER, ours=in_order)
def check_in_order(answer):
    """answer(probs, id2label, wanted) -> the columns in the wanted order: (batch, labels)."""
    probs = torch.tensor([[0.7, 0.2, 0.1], [0.1, 0.3, 0.6]])
    id2label, wanted = {0: "major", 1: "minor", 2: "moderate"}, ["minor", "moderate", "major"]
    kept, names = probs.clone(), dict(id2label)
    value = answer(probs, id2label, wanted)
    require(torch.equal(probs, kept) and id2label == names, "an argument was changed; build new ones")
    require_shape(value, (2, 3), hint="The same probabilities in other columns.")
    value = torch.as_tensor(value)
    for columns, diagnosis in (
        ([0, 1, 2], "nothing has moved: this model's column 0 is 'major', read as 'minor'"),
        ([2, 0, 1], "the inverse permutation: ask where each wanted name stands, not where each column goes"),
        ([2, 1, 0], "the columns are reversed; but the model's own order is alphabetical, not falling severity"),
    ):
        require(not close(value, probs[:, columns]), diagnosis)
    require(not close(value, probs.sort(-1, descending=True).values), "sorted by size: the rows lose their labels")
    require(close(value.sum(-1), [1.0, 1.0]), "the rows no longer sum to 1: a column was taken twice")
    require(close(value, probs[:, [1, 2, 0]]), f"expected columns 1, 2, 0 of the model; received {value.tolist()}")


WORD_IDS = [[None, 0, 1, 1, 2, None], [None, 0, 1, None, None, None]]  # [CLS] a text [SEP], then padding
WORD_TAGS = [[1, 0, 3], [0, 2]]
TRUE_LABELS = [[IGNORED, 1, 0, IGNORED, 3, IGNORED], [IGNORED, 0, 2, IGNORED, IGNORED, IGNORED]]


@exercise("tag_labels", hint=LABELS, ours=tag_labels)
def check_tag_labels(answer):
    """answer(word_ids, tags) -> labels (batch, position)."""
    value = answer([list(row) for row in WORD_IDS], [list(row) for row in WORD_TAGS])
    require(torch.is_tensor(value), f"give a tensor of integers (batch, position); received a {type(value).__name__}")
    require_shape(value, (2, 6), hint="One label for each token, special tokens and padding included.")
    require(not value.is_floating_point(), "labels are numbers of tags: give integers (torch.long)")
    asked, ahead = torch.tensor(TRUE_LABELS) != IGNORED, torch.tensor(TRUE_LABELS)[:, 1:]
    require(
        not torch.equal(value[:, 1:-1], ahead[:, 1:]),
        "the labels are shifted to the left: a tag stands at its own word, not before it",
    )
    piece, special = torch.tensor([0, 3]), torch.tensor([[1, 0, 0, 0, 0, 1], [1, 0, 0, 1, 1, 1]]).bool()
    require(
        not bool((value[special] == 0).any()),
        "special tokens or padding have label 0, and 0 is the tag O: the loss would ask for them; they need -100",
    )
    require(
        not bool((value[special] > 0).any()),
        "a special token or padding carries a word's tag: [CLS] is token 0, so words are not counted by position",
    )
    require(bool((value[special] == IGNORED).all()), "what is not asked has -100, the index that cross_entropy skips")
    require(int(value[tuple(piece)]) == IGNORED, "a word's second piece has a label too: ask once a word, at its first")
    truth = torch.tensor(TRUE_LABELS)
    require(torch.equal(value[asked], truth[asked]), f"expected {TRUE_LABELS}; received {value.tolist()}")


@exercise("tag_head", hint=HEAD, ours=tag_head)
def check_tag_head(answer):
    """answer(hidden, weight, bias, labels) -> logits (batch, position, tags), loss ()."""
    generator = torch.Generator().manual_seed(0)
    hidden, weight = (torch.randn(*shape, generator=generator) for shape in ((2, 6, 8), (4, 8)))
    bias, labels = torch.tensor([0.5, -1.0, 2.0, 0.0]), torch.tensor(TRUE_LABELS)
    value = answer(hidden, weight, bias, labels)
    require(isinstance(value, tuple) and len(value) == 2, "give two things: logits, loss")
    logits, loss = value
    require_shape(logits, (2, 6, 4), hint="A row of scores, one a tag, for every token.")
    require(not close(logits, hidden @ weight.T), "the bias is missing")
    truth = hidden @ weight.T + bias
    require(not close(logits, truth.softmax(-1)), "these are probabilities; give the logits, cross_entropy wants them")
    require(close(logits, truth), "the logits are not hidden @ weight.T + bias")
    require(torch.is_tensor(loss) and loss.dim() == 0, "the loss is one number: a tensor without dimensions")
    logs = truth.log_softmax(-1)
    asked = labels != IGNORED
    each = -logs.gather(-1, labels.clamp(min=0)[..., None])[..., 0]  # (batch, position)
    by_text = torch.stack([row[where].mean() for row, where in zip(each, asked)]).mean()
    for mistake, diagnosis in (
        ((each * asked).sum() / asked.numel(), "the mean runs over all places: divide by those that are asked"),
        (each.mean(), "special tokens and padding are asked for the tag O: skip the places with -100"),
        ((each * asked).sum(), "that is the sum; cross_entropy gives the mean over the places that are asked"),
        (by_text, "a mean of each text's mean: short texts weigh too much; take the mean over all places at once"),
        (cross_entropy(truth.softmax(-1).flatten(0, 1), labels.flatten()), "cross_entropy was given probabilities"),
        (cross_entropy(truth[:, :-1].flatten(0, 1), labels[:, 1:].flatten()), "shifted by one, as a language model"),
    ):
        require(abs(float(loss) - float(mistake)) > 1e-6, diagnosis)
    right = float(each[asked].mean())
    require(abs(float(loss) - right) < 1e-5, f"expected {right:.3f} nats, received {float(loss):.3f}")


F1_TRUTH = [["B-PER", "I-PER", "O", "B-LOC", "O"], ["O", "O"], ["B-ORG", "O", "B-PER", "B-LOC"]]
F1_SAID = [["B-PER", "I-PER", "O", "B-ORG", "O"], ["O", "B-PER"], ["B-ORG", "O", "O", "O"]]


@exercise("entity_f1", hint=F1, ours=entity_f1)
def check_entity_f1(answer):
    """answer(truth, answers) -> a number; `entities` of the notebook reads one text's tags."""
    value = float(answer(F1_TRUTH, F1_SAID))
    pairs = [(entities(true), entities(said)) for true, said in zip(F1_TRUTH, F1_SAID)]
    tp = sum(len(true & said) for true, said in pairs)
    told, true = sum(len(said) for _, said in pairs), sum(len(true) for true, _ in pairs)
    flat = [(a, b) for row, said in zip(F1_TRUTH, F1_SAID) for a, b in zip(row, said)]
    alone = [2 * len(a & b) / (len(a) + len(b)) if a or b else 0.0 for a, b in pairs]
    places = [({e[:2] for e in t}, {e[:2] for e in s}) for t, s in pairs]
    tags_ = sum(a == b != "O" for a, b in flat)
    some = sum(a != "O" for a, _ in flat) + sum(b != "O" for _, b in flat)
    for mistake, diagnosis in (
        (np.mean([a == b for a, b in flat]), "that is the accuracy of the tags: O is right most of the time"),
        (tp / told, "that is precision alone: what was missed costs nothing"),
        (tp / true, "that is recall alone: what was invented costs nothing"),
        ((tp / told + tp / true) / 2, "the harmonic mean is wanted: 2PR / (P + R)"),
        (np.mean(alone), "a mean of each text's F1: count over all texts together"),
        (2 * sum(len(one & two) for one, two in places) / (told + true), "right place, wrong type: that is not found"),
        (2 * tags_ / some, "tags are counted: an entity of two words is one entity"),
    ):
        require(abs(value - mistake) > 1e-9, diagnosis)
    truth = 2 * tp / (told + true)
    require(abs(value - truth) < 1e-9, f"expected {truth:.3f} (2 found, 4 told, 5 true); received {value:.3f}")
    require(abs(float(answer([["O"]], [["O"]]))) < 1e-9, "without any entity the field counts F1 as 0; do not divide")


@exercise("new_run", hint=RUN, ours=new_run_interval)
def check_new_run(answer):
    """answer(values) -> (low, high): where one more run falls with probability 0.95."""
    values = np.array([0.90, 0.94, 0.92, 0.96])
    kept = values.copy()
    low, high = (float(end) for end in answer(values))
    require(bool((values == kept).all()), "the argument was changed; build a new array")
    require(low < high, "give (low, high), in this order")
    n, mean, spread = 4, values.mean(), values.std(ddof=1)
    factor = t.ppf(0.975, n - 1)
    for half, diagnosis in (
        (factor * spread / n**0.5, "that is the interval of the mean; a single new run has a scatter of its own"),
        (1.96 * spread * (1 + 1 / n) ** 0.5, "1.96 is for many runs; with four, Student's t at n - 1 = 3 is 3.18"),
        (1.96 * spread, "1.96 standard deviations: too narrow for four runs, and the mean itself is uncertain"),
        (1.96 * spread / n**0.5, "that is the interval of the mean, and with 1.96 even for many runs"),
        (factor * spread, "the mean is uncertain too: the factor sqrt(1 + 1/n) is missing"),
        (factor * values.std() * (1 + 1 / n) ** 0.5, "the standard deviation needs ddof=1"),
        (t.ppf(0.95, n - 1) * spread * (1 + 1 / n) ** 0.5, "two sides: 2.5 % on each, so t.ppf(0.975, n - 1)"),
        (t.ppf(0.975, n) * spread * (1 + 1 / n) ** 0.5, "n - 1 degrees of freedom, not n"),
    ):
        require(abs((high - low) / 2 - half) > 1e-6, diagnosis)
    half = factor * spread * (1 + 1 / n) ** 0.5
    require(abs((high + low) / 2 - mean) < 1e-6, f"the middle must be the mean, {mean:.2f}")
    found = (high - low) / 2
    require(abs(found - half) < 1e-6, f"expected half a width of {half:.4f}, received {found:.4f}")


def toy_task():
    """A task of numbers whose scores tell which examples were used: an example is (split number, seed, place).

    A fitted answer is right where it was fitted on the same seed's training examples; chance knows its training set.
    """
    number = {"train": 0, "validation": 1, "test": 2}

    def examples(split, count=None, *, seed=0):
        return tuple((number[split], seed, place) for place in range(20))[:count]

    def score(answers, asked):
        right = [said == place % 5 for said, (_, _, place) in zip(answers, asked, strict=True)]
        return {"accuracy": float(np.mean(right)) / (4, 3, 1)[asked[0][0]] + 0.01 * asked[0][1], "other": 0.5}

    def chance(train, test):
        return {"accuracy": 0.2 + 0.03 * train[0][1] + 0.1 * train[0][0], "other": 0.1}

    def exact(test):
        return {"accuracy": 0.9 + 0.02 * test[0][1] - 0.15 * (test[0][0] != 2), "other": 0.9}

    return SimpleNamespace(metric="accuracy", examples=examples, score=score, chance=chance, exact=exact)


def toy_fit(train, seed):
    """A "model" that is right in three of four places when it was trained on examples of its seed, else in one."""
    split, drawn, _ = train[0]
    often = 4 if (split, drawn) == (0, seed) else 2

    def answer(examples):
        return [place % 5 if place % 5 < often else -1 for _, _, place in examples]

    return answer


@exercise("measured", hint=MEASURED, ours=measured)
def check_measured(answer):
    """answer(task, fit, seeds=) -> a DataFrame with seed, score, chance, optimum and share, a row a seed."""
    task, seeds = toy_task(), (0, 3)
    truth = measured(task, toy_fit, seeds=seeds)
    value = answer(task, toy_fit, seeds=seeds)
    require(isinstance(value, pd.DataFrame), f"give a pandas DataFrame; received a {type(value).__name__}")
    missing = [name for name in truth if name not in value]
    require(not missing, f"the column {missing[0] if missing else ''} is missing; wanted: {', '.join(truth)}")
    require(len(value) == 2, f"one row a seed: expected 2 rows, received {len(value)}")
    score, chance, optimum, share = (
        np.asarray(value[name], dtype=float) for name in ("score", "chance", "optimum", "share")
    )

    def scored(split, *, data=None, fitted="train"):
        at = [data if data is not None else seed for seed in seeds]
        fits = [toy_fit(task.examples(fitted, seed=drawn), seed) for drawn, seed in zip(at, seeds)]
        asked = [task.examples(split, seed=drawn) for drawn in at]
        return np.array([task.score(fit(some), some)["accuracy"] for fit, some in zip(fits, asked)])

    for mistake, diagnosis in (
        (scored("train"), "the answers were scored on training examples: the model has seen them; use the test split"),
        (scored("validation"), "validation chose the recipe, so it is used up; score on the test split"),
        (scored("test", data=0), "every row has the examples of seed 0: pass seed=seed when you draw them"),
        (scored("test", fitted="test"), "the model was fitted on the test examples"),
        (np.full(2, 0.5), "that is another metric: the task says which one counts, task.metric"),
    ):
        require(not close(score, mistake), diagnosis)
    leaked = np.array([0.4 + 0.03 * seed for seed in seeds])
    require(
        not close(chance, leaked), "chance was made from the test labels: whoever guesses knows training labels only"
    )
    require(close(chance, truth["chance"]), f"expected chance {truth['chance'].tolist()}; received {chance.tolist()}")
    require(
        close(optimum, truth["optimum"]),
        f"the optimum is task.exact(test): expected {truth['optimum'].tolist()}; received {optimum.tolist()}",
    )
    require(close(score, truth["score"]), f"expected scores {truth['score'].tolist()}; received {score.tolist()}")
    require(not close(share, np.full(2, share.mean())), "both rows have one share: compute it run by run")
    require(not close(share, score / optimum), "the share starts at chance: (score - chance) / (optimum - chance)")
    require(close(share, truth["share"]), f"expected shares {truth['share'].round(2).tolist()}")
    require(list(value["seed"]) == list(seeds), "the column seed must hold the seeds in their order")
