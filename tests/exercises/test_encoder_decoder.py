"""The checks of notebook 07: right answers pass, mistakes get their diagnosis, an empty one its hint on request."""

import pytest
import torch
from torch.nn import functional as F

from helpers.exercises import encoder_decoder as exercises
from helpers.exercises.encoder_decoder import f1, prefix_mask, spans_of
from helpers.models.tokenizers import SENTINELS
from helpers.objectives.span_corruption import corrupt
from helpers.transformer import masks


def shift(labels, start_id, pad_id):
    moved = F.pad(labels, (1, -1), value=start_id)
    return moved.masked_fill(moved == -100, pad_id)


def links(weights):
    return {(t, int(s)) for t, s in enumerate(weights.argmax(-1))}


def spans_by_helper(words, hidden):
    edges = [i for i, (a, b) in enumerate(zip([False, *hidden], [*hidden, False])) if a != b]
    return corrupt(words, list(zip(edges[::2], edges[1::2])), sentinels=SENTINELS)


def by_definition(prefix, attention_mask):
    """The prefix mask one cell at a time."""

    def row(query, first, real):
        return [bool(seen) and (key <= query or key < first) for key, seen in enumerate(real)]

    rows = zip(prefix.tolist(), attention_mask.tolist())
    cells = [[[row(query, first, real) for query in range(len(real))]] for first, real in rows]
    return torch.tensor(cells)


RIGHT = [
    (exercises.check_shift_right, shift),
    (exercises.check_shift_right, lambda labels, start, pad: shift(labels, start, pad).int()),
    (exercises.check_spans, spans_of),
    (exercises.check_spans, spans_by_helper),
    (exercises.check_prefix_mask, prefix_mask),
    (exercises.check_prefix_mask, by_definition),
    (exercises.check_alignment, lambda weights, gold: f1(links(weights), gold)),
    (exercises.check_alignment, lambda weights, gold: torch.tensor(f1(links(weights), gold))),
]


@pytest.mark.parametrize("check, answer", RIGHT)
def test_right_answers_pass(check, answer, capsys):
    assert check(answer)
    assert capsys.readouterr().out.strip().endswith(": correct")


def in_place(labels, start_id, pad_id):
    labels[labels == -100] = pad_id
    return shift(labels, start_id, pad_id)


def rolled(labels, start_id, pad_id):
    return labels.roll(1, 1).masked_fill(labels.roll(1, 1) == -100, pad_id)


def filled(labels):
    return labels.masked_fill(labels == -100, 0)


def renamed(number):
    """Sentinels that are counted otherwise."""

    def answer(words, hidden):
        return tuple(
            [SENTINELS[number(int(w[10:-1]))] if w in SENTINELS else w for w in side]
            for side in spans_of(words, hidden)
        )

    return answer


def whole_text(words, hidden):
    return spans_of(words, hidden)[0], words


def masks_only_source(prefix, mask):
    rows = torch.arange(mask.shape[1])
    target, source = rows[:, None] >= prefix[:, None, None], rows < prefix[:, None, None]
    return prefix_mask(prefix, mask) & ~(target & source)[:, None]


def changes_words(words, hidden):
    found = spans_of(words, hidden)
    words.clear()
    return found


CAUSAL = masks.causal(5)
WRONG = [
    (exercises.check_shift_right, in_place, "were changed"),
    (exercises.check_shift_right, lambda y, s, p: F.pad(filled(y), (1, 0), value=s), "one column too many"),
    (exercises.check_shift_right, lambda y, s, p: F.pad(y, (1, -1), value=s), "-100 is left"),
    (exercises.check_shift_right, lambda y, s, p: filled(y), "not shifted"),
    (exercises.check_shift_right, rolled, "came round to the front"),
    (exercises.check_shift_right, lambda y, s, p: F.pad(filled(y), (-1, 1), value=p), "shifted to the left"),
    (exercises.check_shift_right, lambda y, s, p: shift(y, p, p), "pad_id stands in front"),
    (exercises.check_shift_right, lambda y, s, p: shift(shift(y, s, p), s, p), "shifted twice"),
    (exercises.check_shift_right, lambda y, s, p: shift(y, s, p)[:, :4], "expected shape (2, 5)"),
    (exercises.check_shift_right, lambda y, s, p: shift(y, s, 3), "expected [["),
    (exercises.check_spans, changes_words, "an argument was changed"),
    (exercises.check_spans, lambda w, h: spans_of(w, h, per_word=True), "every hidden word has a sentinel of its own"),
    (exercises.check_spans, lambda w, h: (spans_of(w, h)[0], spans_of(w, h)[1][:-1]), "the last sentinel is missing"),
    (exercises.check_spans, lambda w, h: (w, spans_of(w, h)[1]), "still in the source"),
    (exercises.check_spans, whole_text, "a visible word stands in the target"),
    (exercises.check_spans, renamed(lambda n: 0), "used twice"),
    (exercises.check_spans, renamed(lambda n: n + 1), "count the sentinels from <extra_id_0>"),
    (exercises.check_spans, lambda w, h: (spans_of(w, h)[0], [SENTINELS[0]]), "expected (["),
    (exercises.check_prefix_mask, lambda p, m: (CAUSAL & m.bool()[:, None, :])[:, None], "that is the causal mask"),
    (exercises.check_prefix_mask, lambda p, m: m.bool()[:, None, None].repeat(1, 1, 5, 1), "everyone sees everything"),
    (exercises.check_prefix_mask, lambda p, m: prefix_mask(p, torch.ones_like(m)), "the padding is seen"),
    (exercises.check_prefix_mask, lambda p, m: prefix_mask(p.max().repeat(2), m), "both rows have the longer prefix"),
    (exercises.check_prefix_mask, lambda p, m: prefix_mask(p + 1, m), "one too many"),
    (exercises.check_prefix_mask, lambda p, m: prefix_mask(p - 1, m), "one too few"),
    (exercises.check_prefix_mask, masks_only_source, "the target does not see the source"),
    (exercises.check_prefix_mask, lambda p, m: prefix_mask(p, m).transpose(-1, -2), "transposed"),
    (exercises.check_prefix_mask, lambda p, m: ~prefix_mask(p, m), "turned round"),
    (exercises.check_prefix_mask, lambda p, m: prefix_mask(p, m).float(), "so booleans"),
    (exercises.check_prefix_mask, lambda p, m: prefix_mask(p, m)[:, 0], "which share a mask"),
    (exercises.check_prefix_mask, lambda p, m: torch.zeros(2, 1, 5, 5).bool(), "row 0 should be"),
    (exercises.check_alignment, lambda w, g: len(links(w) & g) / len(links(w)), "precision alone"),
    (exercises.check_alignment, lambda w, g: len(links(w) & g) / len(g), "recall alone"),
    (exercises.check_alignment, lambda w, g: (4 / 4 + 4 / 6) / 2, "the plain mean"),
    (exercises.check_alignment, lambda w, g: f1({(s, t) for t, s in links(w.T)}, g), "of each column was taken"),
    (exercises.check_alignment, lambda w, g: f1({(s, t) for t, s in links(w)}, g), "no link was found"),
    (exercises.check_alignment, lambda w, g: f1(set(enumerate(w.argmax(-1))), g), "no link was found"),
    (exercises.check_alignment, lambda w, g: f1(links(w.zero_()), g), "the weights were changed"),
    (exercises.check_alignment, lambda w, g: 0.123, "expected 0.8000"),
]


@pytest.mark.parametrize("check, answer, diagnosis", WRONG)
def test_each_mistake_is_named(check, answer, diagnosis, capsys):
    assert not check(answer)
    line = capsys.readouterr().out.strip()
    assert diagnosis in line and "not yet right" in line and "\n" not in line


@pytest.mark.parametrize("check", sorted({check for check, _ in RIGHT}, key=lambda check: check.__name__))
def test_an_empty_answer_gets_its_hint_on_request(check, capsys):
    assert not check(lambda *_: None)
    assert capsys.readouterr().out.endswith("not attempted yet\n")
    check.hint()
    assert capsys.readouterr().out.startswith("hint: ")
