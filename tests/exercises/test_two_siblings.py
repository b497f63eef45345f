"""The checks of notebook 00 pass right answers, name wrong ones, and are quiet about missing ones."""

import pytest
import torch

from helpers.exercises import two_siblings
from helpers.exercises.by_hand import attend, forward_pass, forward_step
from helpers.exercises.checks import CORRECT, UNDONE, WRONG
from helpers.transformer.positions import rotation, sinusoids


def cut(first, second, room):
    first, second = list(first), list(second)
    while len(first) + len(second) > room:
        (first if len(first) > len(second) else second).pop()
    return first, second


def write_pair(first, second, *, max_length):
    first, second = cut(first, second, max_length - 3)
    return ["[CLS]", *first, "[SEP]", *second, "[SEP]"], [0] * (len(first) + 2) + [1] * (len(second) + 1)


def block_parameters(d_model, d_ff, *, cross_attention):
    attention, norm = 4 * (d_model**2 + d_model), 2 * d_model
    feed_forward = 2 * d_model * d_ff + d_ff + d_model
    return attention + feed_forward + 2 * norm + cross_attention * (attention + norm)


RIGHT = {
    two_siblings.check_attend: attend,
    two_siblings.check_forward_step: forward_step,
    two_siblings.check_sinusoids: sinusoids,
    two_siblings.check_forward_pass: forward_pass,
    two_siblings.check_write_pair: write_pair,
    two_siblings.check_block_parameters: block_parameters,
    two_siblings.check_rotation: rotation,
}


def changed_pair(change):
    """write_pair with its result passed through `change(tokens, segments)`."""
    return lambda first, second, *, max_length: change(*write_pair(first, second, max_length=max_length))


def cut_after(first, second, *, max_length):
    tokens, segments = write_pair(first, second, max_length=1000)
    return tokens[:max_length], segments[:max_length]


def cut_second(first, second, *, max_length):
    return write_pair(first, second[: max(0, max_length - 3 - len(first))], max_length=1000)


def cut_in_place(first, second, *, max_length):
    first.append(first.pop())
    first.reverse()
    return write_pair(first[::-1], second, max_length=max_length)


def cut_first_on_ties(first, second, *, max_length):
    first, second = list(first), list(second)
    while len(first) + len(second) > max_length - 3:
        (first if len(first) >= len(second) else second).pop()
    return write_pair(first, second, max_length=1000)


def looser(missing):
    return lambda d, f, *, cross_attention: block_parameters(d, f, cross_attention=cross_attention) - missing(d, f)


def only_from_zero(offset, d_model):
    start, end = sinusoids(1, d_model)[0], sinusoids(abs(offset) + 1, d_model)[-1]
    return torch.outer(end, start) / (start @ start)


def weighed(change):
    """attend with its weights passed through `change(scores)`."""

    def answer(query, keys, values):
        weights = change(keys @ query)
        return weights, weights @ values

    return answer


def stepped(change):
    """forward_step with the unnormalised belief replaced by `change(belief, step, writes)`."""

    def answer(belief, step, writes):
        joint = change(belief, step, writes)
        return joint / joint.sum(), (belief @ step * writes).sum()

    return answer


def heads_merged(ids, weights, *, heads):
    return forward_pass(ids, weights, heads=1)


def without(name, put):
    """forward_pass with one part of its weights replaced by `put(part)`."""
    return lambda ids, weights, *, heads: forward_pass(ids, {**weights, name: put(weights[name])}, heads=heads)


def mistaken(mistake):
    """The forward pass with one of the mistakes that the check knows by name."""
    return lambda ids, weights, *, heads: two_siblings._with(ids, weights, mistake=mistake)


def halves(positions, d_model):
    table = sinusoids(positions, d_model)
    return torch.cat([table[:, 0::2], table[:, 1::2]], dim=1)


def slow(positions, d_model):
    angles = torch.arange(positions)[:, None] * 10_000.0 ** (-torch.arange(d_model // 2) / d_model)
    return torch.stack([angles.sin(), angles.cos()], dim=-1).flatten(1)


WRONG_ANSWERS = [
    ("check_attend", weighed(lambda s: s.softmax(-1)), "were not divided by the square root"),
    ("check_attend", weighed(lambda s: (s / 4).softmax(-1)), "divide by its square root"),
    ("check_attend", weighed(lambda s: s / 2), "these are scores"),
    ("check_attend", weighed(lambda s: (s / 2).exp()), "do not add up to 1"),
    ("check_attend", weighed(lambda s: s.abs() / s.abs().sum()), "expected weights"),
    ("check_attend", lambda q, k, v: attend(q, k, v)[1], "return two things: the weights"),
    ("check_attend", lambda q, k, v: (attend(q, k, v)[0], attend(q, k, v)[0] @ k), "averages the keys"),
    ("check_attend", lambda q, k, v: (attend(q, k, v)[0], v.mean(0)), "plain mean of the values"),
    ("check_attend", weighed(lambda s: (s / 2).exp() / (s / 2).exp().sum()), "overflow in exp"),
    ("check_forward_step", lambda b, s, w: (b @ s) * w, "return two things: the new belief"),
    ("check_forward_step", lambda b, s, w: (b @ s * w, (b @ s * w).sum()), "belief does not add up to 1"),
    ("check_forward_step", stepped(lambda b, s, w: b @ s), "word was not used yet"),
    ("check_forward_step", stepped(lambda b, s, w: b * w), "step was left out"),
    ("check_forward_step", stepped(lambda b, s, w: (b * w) @ s), "first the step, then the word"),
    ("check_forward_step", stepped(lambda b, s, w: (s @ b) * w), "from row to column"),
    ("check_forward_step", stepped(lambda b, s, w: b), "expected the belief"),
    ("check_forward_step", lambda b, s, w: (forward_step(b, s, w)[0], 1.0), "the sum *before* you divide"),
    ("check_forward_step", lambda b, s, w: (forward_step(b, s, w)[0], (b @ s * w).max()), "sums over all states"),
    ("check_forward_step", lambda b, s, w: (forward_step(b, s, w)[0], (b * w).sum()), "uses the old belief"),
    ("check_sinusoids", halves, "they take turns"),
    (
        "check_sinusoids",
        lambda n, d: sinusoids(n, d).unflatten(-1, (-1, 2)).flip(-1).flatten(1),
        "sine and cosine are swapped",
    ),
    ("check_sinusoids", lambda n, d: sinusoids(n + 1, d)[1:], "the first position is 0"),
    ("check_sinusoids", slow, "every pair of columns counts two"),
    ("check_sinusoids", lambda n, d: sinusoids(n, d).T, "expected shape (30, 8)"),
    ("check_sinusoids", lambda n, d: torch.zeros(n, d), "sine 0 and cosine 1"),
    ("check_sinusoids", lambda n, d: sinusoids(2 * n, d)[::2], "check the angle"),
    ("check_forward_pass", heads_merged, "heads were not split"),
    ("check_forward_pass", without("position", torch.zeros_like), "position vectors are missing"),
    ("check_forward_pass", mistaken("mask"), "no causal mask"),
    ("check_forward_pass", mistaken("scale"), "not divided by the square root"),
    ("check_forward_pass", mistaken("out"), "through the matrix `out`"),
    ("check_forward_pass", mistaken("norm"), "layer norm stands in front"),
    ("check_forward_pass", mistaken("residual"), "first residual is missing"),
    ("check_forward_pass", mistaken("last norm"), "last layer norm is missing"),
    ("check_forward_pass", mistaken("shift"), "labels are not shifted"),
    ("check_forward_pass", lambda i, w, *, heads: forward_pass(i, w, heads=heads).mean(), "this is the mean"),
    ("check_forward_pass", lambda i, w, *, heads: forward_pass(i, w, heads=heads).sum(), "this is the sum"),
    ("check_forward_pass", lambda i, w, *, heads: -forward_pass(i, w, heads=heads), "the sign"),
    ("check_forward_pass", lambda i, w, *, heads: forward_pass(i, w, heads=heads)[1:], "six of them are predicted"),
    ("check_forward_pass", without("word", lambda t: 2 * t), "largest gap"),
    (
        "check_write_pair",
        changed_pair(lambda tokens, segments: (tokens[:-1], segments[:-1])),
        "the second text ends with one too",
    ),
    ("check_write_pair", changed_pair(lambda tokens, segments: (tokens[1:], segments[1:])), "start with [CLS]"),
    ("check_write_pair", changed_pair(lambda tokens, segments: (tokens, segments[1:])), "one for each token"),
    (
        "check_write_pair",
        changed_pair(
            lambda tokens, segments: (
                tokens,
                [0] * (tokens.index("[SEP]")) + [1] * (len(tokens) - tokens.index("[SEP]")),
            )
        ),
        "its segment is 0",
    ),
    ("check_write_pair", changed_pair(lambda tokens, segments: (tokens, segments[:-1] + [0])), "its segment is 1"),
    (
        "check_write_pair",
        lambda first, second, *, max_length: write_pair(first, second, max_length=1000),
        "both [SEP] count too",
    ),
    ("check_write_pair", cut_after, "took the last [SEP] away"),
    ("check_write_pair", cut_second, "the shorter text was cut"),
    ("check_write_pair", cut_in_place, "caller's lists were changed"),
    ("check_write_pair", cut_first_on_ties, "equally long, cut the second"),
    ("check_block_parameters", looser(lambda d, f: 5 * d + f), "biases are missing"),
    ("check_block_parameters", looser(lambda d, f: 4 * d), "two layer norms are missing"),
    ("check_block_parameters", looser(lambda d, f: d * d + d), "four matrices"),
    ("check_block_parameters", looser(lambda d, f: d * d + 5 * d + f), "and every matrix has a bias"),
    ("check_block_parameters", lambda d, f, *, cross_attention: 12 * d * d, "the library's block holds"),
    (
        "check_block_parameters",
        lambda d, f, *, cross_attention: block_parameters(d, f, cross_attention=False),
        "changes nothing yet",
    ),
    (
        "check_block_parameters",
        lambda d, f, *, cross_attention: (
            block_parameters(d, f, cross_attention=cross_attention) - 2 * d * cross_attention
        ),
        "layer norm of its own",
    ),
    ("check_rotation", lambda offset, d_model: rotation(-offset, d_model), "turns backwards"),
    ("check_rotation", lambda offset, d_model: torch.eye(d_model), "is not PE(3)"),
    ("check_rotation", only_from_zero, "right at position 0 only"),
    ("check_rotation", lambda offset, d_model: rotation(abs(offset), d_model), "negative offset must turn back"),
    ("check_rotation", lambda offset, d_model: sinusoids(1, d_model)[0], "expected shape (16, 16)"),
]


@pytest.mark.parametrize("check", RIGHT, ids=lambda check: check.__name__)
def test_right_answers_are_correct(check, capsys):
    assert check(RIGHT[check]).status == CORRECT
    assert capsys.readouterr().out.endswith(": correct\n")


@pytest.mark.parametrize(("check", "answer", "diagnosis"), WRONG_ANSWERS, ids=[case[2] for case in WRONG_ANSWERS])
def test_wrong_answers_are_told_what_is_wrong(check, answer, diagnosis, capsys):
    result = getattr(two_siblings, check)(answer)
    assert result.status == WRONG
    assert diagnosis in result.message
    assert capsys.readouterr().out == result.message + "\n"


def unwritten(*arguments, **options):
    raise NotImplementedError


def failing(*arguments, **options):
    raise IndexError("index 7 is out of range")


@pytest.mark.parametrize("check", RIGHT, ids=lambda check: check.__name__)
def test_missing_answers_cost_one_quiet_line_and_failing_ones_are_named(check, capsys):
    for missing in (unwritten, lambda *arguments, **options: ..., None):
        result = check(missing)
        assert result.status == UNDONE
        assert not result
        assert "not attempted yet" in result.message and "hint" not in result.message
    assert capsys.readouterr().out.count("\n") == 3
    assert "your code stopped with IndexError: index 7 is out of range" in check(failing).message


def test_a_hint_comes_on_request_only(capsys):
    for check in RIGHT:
        check.hint()
    assert capsys.readouterr().out.count("hint: ") == len(RIGHT)


def test_the_notebook_goes_on_with_the_right_answer_or_the_courses():
    assert two_siblings.check_attend(unwritten).answer is attend
    assert two_siblings.check_forward_step(failing).answer is forward_step
    assert two_siblings.check_sinusoids(halves).answer is sinusoids
    mine = lambda *arguments: attend(*arguments)  # noqa: E731
    assert two_siblings.check_attend(mine).answer is mine
