"""The checks of notebook 09: right answers pass, mistakes get their diagnosis, an empty one its hint on request."""

from types import SimpleNamespace

import pytest
import torch
from torch.nn.functional import kl_div

from helpers.exercises import variants as exercises
from helpers.experiments.variants.distilling import soft_target_loss

RIGHT = [
    (exercises.check_matrix_parameters, exercises.matrix_parameters),
    (exercises.check_text_bound, exercises.text_bound),
    (exercises.check_soft_target_loss, soft_target_loss),
    (exercises.check_kept, exercises.kept),
    (exercises.check_write, exercises.write),
]


@pytest.mark.parametrize(("check", "answer"), RIGHT)
def test_right_answers_pass(check, answer, capsys):
    assert check(answer)
    assert capsys.readouterr().out.strip().endswith(": correct")


def counted(*, attention=4, matrices=2, table=True, square=False, widen=True, once=True):
    """The course's count with one part changed."""

    def answer(vocab, d_model, feed_forward, layers, *, width, shared):
        block = attention * d_model**2 + matrices * d_model * feed_forward
        words = vocab * width * table + width * d_model * (square or (widen and width != d_model))
        return words + block * (1 if shared and once else layers)

    return answer


def losses(logits, canvas):
    return -logits.log_softmax(-1).gather(-1, canvas[..., None])[..., 0]


def bound(change):
    """A bound made of the hidden losses (batch, L), how many are hidden, and L."""
    return lambda logits, canvas, hidden: change(losses(logits, canvas) * hidden, hidden.sum(1), canvas.shape[1])


def raw(logits, canvas, hidden):
    probs = -logits.softmax(-1).gather(-1, canvas[..., None])[..., 0]
    return (probs * hidden).sum(1) * canvas.shape[1] / hidden.sum(1)


def soft(change):
    """A loss by what `change` makes of both logits and the temperature, given by position."""
    return lambda student_logits, teacher_logits, temperature: change(student_logits, teacher_logits, temperature)


def divergence(student, teacher, temperature, reduction="batchmean"):
    said, due = ((logits / temperature).log_softmax(-1) for logits in (student, teacher))
    return kl_div(said, due, reduction=reduction, log_target=True)


def written(*, stay=None, sort=True, draw=True, fresh=False, backwards=False):
    """The course's `write` with one part changed."""

    def answer(fill, places, *, passes, mask_id, generator):
        canvas = torch.full((places,), mask_id)
        for step in range(1, passes + 1):
            probs = fill(canvas)
            drawn = torch.multinomial(probs, 1, generator=generator)[:, 0] if draw else probs.argmax(-1)
            canvas = torch.where(canvas == mask_id, canvas, drawn) if fresh else canvas
            hidden = (canvas == mask_id).nonzero()[:, 0]
            left = stay(places, step, passes) if stay else places * (passes - step) // passes
            sure = probs[hidden, drawn[hidden]].argsort(descending=not backwards)
            shown = hidden[sure[: len(hidden) - left]] if sort else hidden[: len(hidden) - left]
            canvas[shown] = drawn[shown]
        return canvas

    return answer


def asked_once_more(fill, places, *, passes, mask_id, generator):
    fill(torch.full((places,), mask_id))
    return exercises.write(fill, places, passes=passes, mask_id=mask_id, generator=generator)


WRONG = [
    (exercises.check_matrix_parameters, counted(attention=3), "four matrices"),
    (exercises.check_matrix_parameters, counted(matrices=1), "two matrices, up and down"),
    (exercises.check_matrix_parameters, counted(table=False), "table of words is missing"),
    (exercises.check_matrix_parameters, counted(square=True), "needs no matrix behind it"),
    (exercises.check_matrix_parameters, counted(matrices=3), "expected"),
    (exercises.check_matrix_parameters, counted(once=False), "they exist once"),
    (exercises.check_matrix_parameters, counted(widen=False), "matrix that widens it"),
    (exercises.check_text_bound, bound(lambda x, h, n: (x.sum(1) * n / h).mean()), "One number for each text"),
    (exercises.check_text_bound, bound(lambda x, h, n: -x.sum(1) * n / h), "the sign"),
    (exercises.check_text_bound, lambda logits, canvas, hidden: losses(logits, canvas).sum(1), "every place"),
    (exercises.check_text_bound, bound(lambda x, h, n: x.sum(1)), "multiply by L / l"),
    (exercises.check_text_bound, bound(lambda x, h, n: x.sum(1) / h), "mean of a hidden place"),
    (exercises.check_text_bound, bound(lambda x, h, n: x.sum(1) * h / n), "upside down"),
    (exercises.check_text_bound, raw, "not nats"),
    (exercises.check_soft_target_loss, soft(lambda s, t, T: divergence(s, t, T, "none").sum(-1) * T**2), "One number"),
    (exercises.check_soft_target_loss, soft(divergence), "squared temperature is missing"),
    (exercises.check_soft_target_loss, soft(lambda s, t, T: divergence(s, t, T) * T), "times its square"),
    (exercises.check_soft_target_loss, soft(lambda s, t, T: divergence(s, t, 1.0)), "temperature is not used"),
    (exercises.check_soft_target_loss, soft(lambda s, t, T: divergence(t, s, T) * T**2), "turned round"),
    (exercises.check_soft_target_loss, soft(lambda s, t, T: divergence(s, t, T) * T**2 / s.shape[1]), "rows and words"),
    (exercises.check_soft_target_loss, soft(lambda s, t, T: divergence(s, t, T, "sum") * T**2), "sum over the rows"),
    (
        exercises.check_soft_target_loss,
        soft(lambda s, t, T: T**2 * torch.nn.functional.cross_entropy(s / T, (t / T).softmax(-1))),
        "cross-entropy",
    ),
    (exercises.check_kept, lambda s, t, c: s / t, "chance is in both scores"),
    (exercises.check_kept, lambda s, t, c: (t - s) / (t - c), "share lost"),
    (exercises.check_kept, lambda s, t, c: (t - c) / (s - c), "upside down"),
    (exercises.check_kept, lambda s, t, c: s - c, "must be divided"),
    (exercises.check_kept, lambda s, t, c: (s - c) / t, "chance from both"),
    (exercises.check_write, lambda *given, **how: exercises.write(*given, **how)[:3], "One id for each place"),
    (exercises.check_write, lambda fill, n, **how: torch.ones(n).long(), "never asked"),
    (exercises.check_write, written(stay=lambda n, k, K: n * (K - k + 1) // K), "still hidden at the end"),
    (exercises.check_write, asked_once_more, "was asked 4 times"),
    (exercises.check_write, written(stay=lambda n, k, K: 0), "first pass shows the whole"),
    (exercises.check_write, written(stay=lambda n, k, K: max(0, n - 3 * k)), "hidden before each pass"),
    (exercises.check_write, written(backwards=True), "least sure"),
    (exercises.check_write, written(sort=False), "least sure"),
    (exercises.check_write, written(draw=False), "draw the words"),
    (exercises.check_write, written(fresh=True), "has changed later"),
]


@pytest.mark.parametrize(("check", "answer", "diagnosis"), WRONG)
def test_each_mistake_gets_its_diagnosis(check, answer, diagnosis, capsys):
    assert not check(answer)
    assert diagnosis in capsys.readouterr().out


@pytest.mark.parametrize("check", [check for check, _ in RIGHT])
def test_an_empty_answer_is_not_attempted_and_a_hint_is_there(check, capsys):
    assert check(lambda *given, **how: ...).status == "not attempted"
    check.hint()
    assert "hint: " in capsys.readouterr().out


def test_the_grade_counts_the_texts_that_make_sense():
    reader = SimpleNamespace(fill=exercises.Filler(8), valid=lambda ids: ids == list(range(1, 9)), mask_id=0)
    assert exercises.valid_share(exercises.write, reader, passes=4) == pytest.approx(1.0, abs=0.05)
    assert exercises.valid_share(lambda *given, **how: torch.zeros(8), reader, passes=4) == 0.0
