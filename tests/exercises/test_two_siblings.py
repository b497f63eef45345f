"""The checks of notebook 00 pass right answers, name wrong ones, and are quiet about missing ones."""

import pytest
import torch

from helpers.exercises import two_siblings
from helpers.exercises.checks import CORRECT, UNDONE, WRONG
from helpers.transformer.positions import rotation, sinusoids


def embed(ids, segments, *, word_table, position_table, segment_table):
    return word_table[ids] + position_table[: len(ids)] + segment_table[segments]


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
    two_siblings.check_embed: embed,
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


WRONG_ANSWERS = [
    (
        "check_embed",
        lambda i, s, *, word_table, position_table, segment_table: word_table[i] + position_table[i] + segment_table[s],
        "by token id",
    ),
    (
        "check_embed",
        lambda i, s, *, word_table, position_table, segment_table: word_table[i] + position_table[0] + segment_table[s],
        "every token got position 0",
    ),
    (
        "check_embed",
        lambda i, s, *, word_table, position_table, segment_table: word_table[i] + position_table[: len(i)],
        "segment vector is missing",
    ),
    (
        "check_embed",
        lambda i, s, *, word_table, position_table, segment_table: word_table[i] + segment_table[s],
        "position vector is missing",
    ),
    (
        "check_embed",
        lambda i, s, *, word_table, position_table, segment_table: torch.cat(
            [word_table[i], position_table[: len(i)], segment_table[s]], 1
        ),
        "not put side by side",
    ),
    ("check_embed", lambda i, s, **tables: 2 * embed(i, s, **tables), "nothing scaled"),
    ("check_embed", lambda i, s, **tables: embed(i, s, **tables).sum(0), "expected shape"),
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
        assert "not attempted yet - hint: " in result.message
    assert capsys.readouterr().out.count("\n") == 3
    assert "your code stopped with IndexError: index 7 is out of range" in check(failing).message
