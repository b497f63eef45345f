"""Checks of the mask exercises accept what is right and name what is wrong."""

import pytest
import torch

from helpers.exercises import attention_masks as exercises
from helpers.transformer import attention

EYE = torch.eye(5, dtype=torch.bool)


def ones(length):
    return torch.ones(length, length, dtype=torch.bool)


def joined(tokens, *, columns=True, causal=True, own=True):
    """The solution of the decoder mask, with parts left out."""
    hidden = tokens.bool()[:, None, None, :] if columns else tokens.bool()[:, None, :, None]
    mask = (ones(5).tril() if causal else ones(5)) & hidden
    return mask | EYE if own else mask


def attend(q, k, v, mask=None, *, root=0.5, axis=-1, closed=float("-inf"), turned=False, late=False, used=True):
    """Attention with one mistake."""
    scores = q @ k.transpose(-2, -1) / q.shape[-1] ** root
    if mask is None or not used:
        weights = scores.softmax(axis)
    elif late:
        weights = scores.softmax(axis) * mask
    else:
        weights = scores.masked_fill(mask if turned else ~mask, closed).softmax(axis)
    return weights @ v, weights


def broken(**mistake):
    return lambda q, k, v, mask=None: attend(q, k, v, mask, **mistake)


def nudge(layer, x, j, mask, *, copy=True, rows=None, columns=slice(None), least=0.0):
    """What `moved` compares, with one mistake."""
    before, changed = layer(x, mask), x.clone() if copy else x
    changed[slice(None) if rows == "all" else j, columns] += 1.0
    return (layer(changed, mask) - before).abs() > least


RIGHT = [
    (exercises.check_attention, attention.scaled_dot_product_attention),
    (exercises.check_attention, attend),
    (exercises.check_moved, exercises.moved),
    (exercises.check_moved, lambda layer, x, j, mask: nudge(layer, x, j, mask, columns=0).any(-1)),
    (exercises.check_gpt_logits, exercises.gpt_logits),
    (exercises.check_causal_mask, lambda n: ones(n).tril()),
    (exercises.check_causal_mask, lambda n: torch.arange(n)[None] <= torch.arange(n)[:, None]),
    (exercises.check_prefix_mask, lambda n, prefix: ones(n).tril() | (torch.arange(n) < prefix)),
    (exercises.check_decoder_mask, lambda tokens: joined(tokens) & (tokens.bool()[:, None, :, None] | EYE)),
    (exercises.check_decoder_mask, lambda tokens: joined(tokens, own=False) | (EYE & ~tokens.bool()[:, None, :, None])),
    (exercises.check_position_ids, lambda tokens: (tokens.cumsum(-1) - 1).clamp(min=0)),
]
WRONG = [
    (exercises.check_attention, lambda q, k, v, mask=None: attend(q, k, v, mask)[0], "return two things"),
    (exercises.check_attention, broken(root=0), "not divided by the root"),
    (exercises.check_attention, broken(root=1), "by d_head itself"),
    (exercises.check_attention, broken(axis=-2), "each column sums to 1"),
    (exercises.check_attention, broken(turned=True), "the mask is inverted"),
    (exercises.check_attention, broken(used=False), "the mask changes nothing"),
    (exercises.check_attention, broken(late=True), "comes after the softmax"),
    (exercises.check_attention, broken(closed=0.0), "0 is not forbidden"),
    (exercises.check_moved, lambda layer, x, j, mask: nudge(layer, x, j, mask), "reduce over d_model"),
    (exercises.check_moved, lambda layer, x, j, mask: nudge(layer, x, j, mask, copy=False).any(-1), "nudge a copy"),
    (exercises.check_moved, lambda layer, x, j, mask: nudge(layer, x, j, mask, rows="all").any(-1), "output moved"),
    (exercises.check_moved, lambda layer, x, j, mask: nudge(layer, x, j, None).any(-1), "every output moved"),
    (exercises.check_moved, lambda layer, x, j, mask: (layer(x, mask) != layer(x, mask)).any(-1), "nothing moved"),
    (exercises.check_moved, lambda layer, x, j, mask: ~nudge(layer, x, j, mask).any(-1), "inverted"),
    (exercises.check_moved, lambda layer, x, j, mask: nudge(layer, x, j, mask).any(-1).float(), "compare with !="),
    (exercises.check_moved, lambda layer, x, j, mask: nudge(layer, x, j, mask, least=1e-3).any(-1), "x[j, 0] alone"),
    (exercises.check_gpt_logits, lambda parts, ids: exercises.gpt_logits(parts, ids)[None], "no batch"),
    (exercises.check_gpt_logits, lambda parts, ids: 2 * exercises.gpt_logits(parts, ids), "best possible 0.93"),
    *(
        (exercises.check_gpt_logits, lambda parts, ids, c=change: exercises._broken(parts, ids, c), diagnosis)
        for change, diagnosis in exercises.BROKEN.items()
    ),
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
def test_an_empty_answer_gets_one_quiet_line_and_the_hint_only_on_request(check, capsys):
    assert not check(lambda *arguments, **more: ...)
    lines = capsys.readouterr().out.splitlines()
    assert len(lines) == 1 and "not attempted yet" in lines[0] and "hint" not in lines[0]
    check.hint()
    assert capsys.readouterr().out.startswith("hint: ")


def test_a_rebuilt_gpt_is_graded_beside_the_best_possible():
    nats, best = exercises.nats_of(exercises.gpt_logits)
    assert 0 < nats - best < 0.1
