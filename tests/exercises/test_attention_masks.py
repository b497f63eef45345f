"""Checks of the mask exercises accept what is right and name what is wrong."""

import pytest
import torch

from helpers.exercises import attention_masks as exercises

EYE = torch.eye(5, dtype=torch.bool)


def ones(length):
    return torch.ones(length, length, dtype=torch.bool)


def joined(tokens, *, columns=True, causal=True, own=True):
    """The solution of the decoder mask, with parts left out."""
    hidden = tokens.bool()[:, None, None, :] if columns else tokens.bool()[:, None, :, None]
    mask = (ones(5).tril() if causal else ones(5)) & hidden
    return mask | EYE if own else mask


RIGHT = [
    (exercises.check_causal_mask, lambda n: ones(n).tril()),
    (exercises.check_causal_mask, lambda n: torch.arange(n)[None] <= torch.arange(n)[:, None]),
    (exercises.check_prefix_mask, lambda n, prefix: ones(n).tril() | (torch.arange(n) < prefix)),
    (exercises.check_decoder_mask, lambda tokens: joined(tokens) & (tokens.bool()[:, None, :, None] | EYE)),
    (exercises.check_decoder_mask, lambda tokens: joined(tokens, own=False) | (EYE & ~tokens.bool()[:, None, :, None])),
    (exercises.check_position_ids, lambda tokens: (tokens.cumsum(-1) - 1).clamp(min=0)),
]
WRONG = [
    (exercises.check_causal_mask, lambda n: ones(n).tril(-1), "off by one: a position must see itself"),
    (exercises.check_causal_mask, lambda n: ones(n).triu(), "transposed"),
    (exercises.check_causal_mask, lambda n: ones(n).triu(1), "inverted"),
    (exercises.check_causal_mask, lambda n: torch.ones(n, n).tril(), "use booleans"),
    (exercises.check_causal_mask, lambda n: ones(n)[0], "expected shape (5, 5), received (5,)"),
    (exercises.check_causal_mask, lambda n: ones(n), "query 0 may see key 1"),
    (exercises.check_prefix_mask, lambda n, prefix: ones(n).tril() | (torch.arange(n) <= prefix), "off by one"),
    (
        exercises.check_prefix_mask,
        lambda n, prefix: ones(n).tril() | (torch.arange(n) < prefix)[:, None],
        "open its columns, not its rows",
    ),
    (exercises.check_prefix_mask, lambda n, prefix: ones(n).tril(), "query 0 may not see key 1"),
    (exercises.check_decoder_mask, lambda tokens: joined(tokens, causal=False, own=False), "sees its future"),
    (exercises.check_decoder_mask, lambda tokens: ones(5).tril() | tokens.bool()[:, None, None], "sees its future"),
    (exercises.check_decoder_mask, lambda tokens: joined(tokens, columns=False), "a token sees padding"),
    (exercises.check_decoder_mask, lambda tokens: joined(tokens, own=False), "see nothing at all"),
    (exercises.check_decoder_mask, lambda tokens: ones(5).tril(), "expected shape (3, 1, 5, 5), received (5, 5)"),
    (exercises.check_decoder_mask, lambda tokens: EYE.expand(3, 1, 5, 5), "no longer sees an earlier token"),
    (exercises.check_decoder_mask, lambda tokens: joined(tokens.fill_(1)), "the argument was changed"),
    (exercises.check_position_ids, lambda tokens: torch.arange(5).expand(2, 5), "the padding was counted"),
    (exercises.check_position_ids, lambda tokens: tokens.cumsum(-1), "starts at 1"),
    (exercises.check_position_ids, lambda tokens: tokens.cumsum(-1) - 1, "negative"),
    (exercises.check_position_ids, lambda tokens: (tokens.cumsum(-1) - 1.0).clamp(min=0), "whole numbers"),
]


@pytest.mark.parametrize("check, answer", RIGHT)
def test_right_answers_pass(check, answer, capsys):
    assert check(answer), capsys.readouterr().out
    assert capsys.readouterr().out.strip().endswith("correct")


@pytest.mark.parametrize("check, answer, diagnosis", WRONG, ids=[f"{c.__name__}-{d}" for c, _, d in WRONG])
def test_wrong_answers_are_diagnosed(check, answer, diagnosis, capsys):
    assert not check(answer)
    assert diagnosis in capsys.readouterr().out


@pytest.mark.parametrize("check", list(dict.fromkeys(check for check, _ in RIGHT)), ids=lambda check: check.__name__)
def test_an_empty_answer_gets_one_quiet_line_with_a_hint(check, capsys):
    def undone(*arguments):
        raise NotImplementedError

    assert not check(undone)
    lines = capsys.readouterr().out.splitlines()
    assert len(lines) == 1 and "not attempted yet - hint:" in lines[0]
