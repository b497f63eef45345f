"""Checks of the causal-LM exercises accept what is right and name what is wrong."""

import pytest
import torch
from torch.nn.functional import cross_entropy

from helpers.exercises import causal_lm as exercises


def nats(logits, labels, **how):
    return cross_entropy(logits.flatten(0, 1), labels.flatten(), **how)


def top_p(probs, p, *, keep=lambda before, p: before < p, normalise=True, back=True):
    """The solution of the top-p exercise, with parts changed."""
    ordered, where = probs.sort(descending=True)
    kept = ordered * keep(ordered.cumsum(0) - ordered, p)
    kept = kept / kept.sum() if normalise else kept
    return torch.zeros_like(probs).scatter(0, where, kept) if back else kept


def short(probs, p):
    """The usual mistake: everything up to p is kept, without the token that crosses it."""
    ordered, where = probs.sort(descending=True)
    kept = ordered * (ordered.cumsum(0) <= p)
    return torch.zeros_like(probs).scatter(0, where, kept / kept.sum())


def cut(sequences, prompts, end, *, start=None, stop=True):
    rows = [
        row[prompts["input_ids"].shape[1] if start is None else start(i) :] for i, row in enumerate(sequences.tolist())
    ]
    return [row[: row.index(end)] if stop and end in row else row for row in rows]


def in_place(tensor, value):
    tensor.fill_(1)
    return value


RIGHT = [
    (exercises.check_shifted_loss, lambda logits, labels: nats(logits[:, :-1], labels[:, 1:])),
    (exercises.check_top_p, top_p),
    (exercises.check_perplexity, lambda losses, mask: losses[mask.bool()].mean().exp()),
    (exercises.check_new_tokens, cut),
]
WRONG = [
    (exercises.check_shifted_loss, nats, "not shifted"),
    (exercises.check_shifted_loss, lambda logits, labels: nats(logits[:, :-2], labels[:, 2:]), "shifted twice"),
    (exercises.check_shifted_loss, lambda logits, labels: nats(logits[:, 1:], labels[:, :-1]), "the wrong way"),
    (
        exercises.check_shifted_loss,
        lambda logits, labels: nats(logits[:, :-1], labels[:, 1:], reduction="none").mean(),
        "the padding was counted",
    ),
    (
        exercises.check_shifted_loss,
        lambda logits, labels: nats(logits[:, :-1], labels[:, 1:], reduction="sum"),
        "this is the sum",
    ),
    (
        exercises.check_shifted_loss,
        lambda logits, labels: torch.stack([nats(a[None, :-1], b[None, 1:]) for a, b in zip(logits, labels)]).mean(),
        "each row was averaged first",
    ),
    (exercises.check_shifted_loss, lambda logits, labels: in_place(labels, 1.0), "the labels were changed"),
    (exercises.check_shifted_loss, lambda logits, labels: logits, "expected shape ()"),
    (exercises.check_shifted_loss, lambda logits, labels: torch.tensor(0.5), "expected "),
    (exercises.check_top_p, lambda probs, p: short(probs, p), "off by one"),
    (exercises.check_top_p, lambda probs, p: top_p(probs, p, normalise=False), "divide by their sum"),
    (exercises.check_top_p, lambda probs, p: top_p(probs, p, back=False), "come back sorted"),
    (
        exercises.check_top_p,
        lambda probs, p: top_p(probs, p, keep=lambda before, p: before < p + 0.2),
        "one token too many",
    ),
    (
        exercises.check_top_p,
        lambda probs, p: top_p(probs, p, keep=lambda before, p: before <= p),
        "one token too many: 0.5",
    ),
    (exercises.check_top_p, lambda probs, p: in_place(probs, probs), "the argument was changed"),
    (
        exercises.check_top_p,
        lambda probs, p: top_p(probs, p, keep=lambda before, p: (before < p) & (p > 0.4)),
        "never empty",
    ),
    (
        exercises.check_top_p,
        lambda probs, p: top_p(probs, p, keep=lambda before, p: (before < p) & (before < 0.7)),
        "p = 1 must keep every token",
    ),
    (exercises.check_perplexity, lambda losses, mask: losses.mean().exp(), "its losses must not enter"),
    (exercises.check_perplexity, lambda losses, mask: (losses * mask).mean().exp(), "in the divisor"),
    (exercises.check_perplexity, lambda losses, mask: losses[mask.bool()].mean(), "its exponential"),
    (exercises.check_perplexity, lambda losses, mask: losses[mask.bool()].exp().mean(), "exp came first"),
    (
        exercises.check_perplexity,
        lambda losses, mask: ((losses * mask).sum(1) / mask.sum(1)).mean().exp(),
        "each text was averaged first",
    ),
    (
        exercises.check_perplexity,
        lambda losses, mask: ((losses * mask).sum(1) / mask.sum(1)).exp().mean(),
        "a perplexity for each text",
    ),
    (exercises.check_perplexity, lambda losses, mask: losses[mask.bool()].sum().exp(), "divide first"),
    (exercises.check_perplexity, lambda losses, mask: 2 ** losses[mask.bool()].mean(), "the base is e"),
    (exercises.check_perplexity, lambda losses, mask: (-losses[mask.bool()].mean()).exp(), "the sign is turned"),
    (exercises.check_perplexity, lambda losses, mask: losses.exp(), "expected shape ()"),
    (exercises.check_new_tokens, lambda s, prompts, end: s.tolist(), "the prompt is still there"),
    (
        exercises.check_new_tokens,
        lambda s, prompts, end: [[t for t in row if t != end] for row in s.tolist()],
        "the prompt is still there",
    ),
    (
        exercises.check_new_tokens,
        lambda s, prompts, end: cut(s, prompts, end, start=lambda i: int(prompts["attention_mask"][i].sum())),
        "the cut came too early",
    ),
    (
        exercises.check_new_tokens,
        lambda s, prompts, end: [
            [t for t in row if t not in prompt and t != end]
            for row, prompt in zip(s.tolist(), prompts["input_ids"].tolist())
        ],
        "cut by place",
    ),
    (exercises.check_new_tokens, lambda s, prompts, end: cut(s, prompts, end, stop=False), "stop at the first one"),
    (
        exercises.check_new_tokens,
        lambda s, prompts, end: [
            row[: row.index(end) + 1] if end in row else row for row in cut(s, prompts, end, stop=False)
        ],
        "the end mark itself",
    ),
    (
        exercises.check_new_tokens,
        lambda s, prompts, end: [
            row[: row.index(end) if end in row else -1] for row in cut(s, prompts, end, stop=False)
        ],
        "lost its last token",
    ),
    (exercises.check_new_tokens, lambda s, prompts, end: cut(s, prompts, end)[:1], "expected 2 lists"),
]


@pytest.mark.parametrize("check, answer", RIGHT)
def test_right_answers_pass(check, answer, capsys):
    assert check(answer), capsys.readouterr().out
    assert capsys.readouterr().out.strip().endswith("correct")


@pytest.mark.parametrize("check, answer, diagnosis", WRONG, ids=[f"{c.__name__}-{d}" for c, _, d in WRONG])
def test_wrong_answers_are_diagnosed(check, answer, diagnosis, capsys):
    assert not check(answer)
    assert diagnosis in capsys.readouterr().out


@pytest.mark.parametrize("check", [check for check, _ in RIGHT], ids=lambda check: check.__name__)
def test_an_empty_answer_gets_one_quiet_line_with_a_hint(check, capsys):
    def undone(*arguments):
        raise NotImplementedError

    assert not check(undone)
    lines = capsys.readouterr().out.splitlines()
    assert len(lines) == 1 and "not attempted yet - hint:" in lines[0]
