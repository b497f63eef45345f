"""The checks of notebook 07: right answers pass, mistakes get their diagnosis, an empty one its hint on request."""

import pytest
import torch
from torch.nn import functional as F

from helpers.exercises import encoder_decoder as exercises
from helpers.exercises.encoder_decoder import cross_attention, f1, fill_gaps, noised, per_word, prefix_mask
from helpers.methods import prefix_lm
from helpers.models.tokenizers import SENTINELS
from helpers.objectives.denoising import text_infilling
from helpers.objectives.span_corruption import corrupt
from helpers.transformer import masks


def crossed(x, memory, w_q, w_k, w_v, *, scale, source_mask, change=None):
    """The solution of the cross-attention exercise, with parts changed."""
    q, k, v = x @ w_q, memory @ w_k, memory @ w_v
    scores = scale * q @ k.T
    if change == "self":
        q, k, v = x @ w_q, x @ w_k, x @ w_v
        scores = scale * q @ k.T
    if change == "round":
        scores = scale * (memory @ w_q) @ (x @ w_k).T
    if change == "scale":
        scores = scores / scale
    hidden = scores.masked_fill(source_mask if change == "not" else ~source_mask, -torch.inf)
    if change == "seen":
        hidden = scores
    if change == "zero":
        hidden = scores.masked_fill(~source_mask, 0.0)
    if change == "causal":
        hidden = hidden.masked_fill(torch.ones(5, 5, dtype=torch.bool).triu(1), -torch.inf)
    weights = hidden if change == "scores" else hidden.softmax(0 if change == "columns" else -1)
    values = {"values of x": x @ w_v, "keys": k, "memory": memory[:, :4]}.get(change, v)
    return weights @ values, weights


def changed(change):
    return lambda *args, **how: crossed(*args, **how, change=change)


def shift(labels, start_id, pad_id):
    moved = F.pad(labels, (1, -1), value=start_id)
    return moved.masked_fill(moved == -100, pad_id)


def links(weights):
    return {(t, int(s)) for t, s in enumerate(weights.argmax(-1))}


def by_definition(prefix, attention_mask):
    """The prefix mask one cell at a time."""

    def row(query, first, real):
        return [bool(seen) and (key <= query or key < first) for key, seen in enumerate(real)]

    rows = zip(prefix.tolist(), attention_mask.tolist())
    cells = [[[row(query, first, real) for query in range(len(real))]] for first, real in rows]
    return torch.tensor(cells)


def spans(words, places, *, sentinels, **change):
    """The solution of the span exercise, with parts changed."""
    source, target = corrupt(words, places, sentinels=sentinels)
    if change.get("each"):
        return per_word(words, places), target
    names = [change["name"](i) for i in range(len(SENTINELS))] if "name" in change else SENTINELS
    new = dict(zip(SENTINELS, names))
    return [new.get(word, word) for word in source], [new.get(word, word) for word in target]


def with_change(**change):
    return lambda words, places, *, sentinels: spans(words, places, sentinels=sentinels, **change)


def no_tail(words, places, *, sentinels):
    source, target = corrupt(words, places, sentinels=sentinels)
    return source[: len(source) - len(words) + places[-1][1]], target


def changes_words(words, places, *, sentinels):
    found = corrupt(words, places, sentinels=sentinels)
    words.clear()
    return found


def side(number, change):
    """The right answer to a two-sided exercise, with one side changed."""

    def answer(*args, **how):
        found = list(noised(*args, **how) if "mask" in how else corrupt(*args, **how))
        found[number] = change(found, *args)
        return tuple(found)

    return answer


def each_word(sentences, places, order, *, mask):
    rows = [[(start + i, 1) for start, length in row for i in range(length)] for row in places]
    return noised(sentences, rows, order, mask=mask)


def mean_of_both(found, gold):
    """The harmonic mean, written with precision and recall."""
    precision, recall = len(found & gold) / len(found), len(found & gold) / len(gold)
    return 2 * precision * recall / (precision + recall)


def swallow(sentences, places, order, *, mask):
    return noised(sentences, [[(a, max(1, n)) for a, n in row] for row in places], order, mask=mask)


def no_empty(sentences, places, order, *, mask):
    return noised(sentences, [[(a, n) for a, n in row if n] for row in places], order, mask=mask)


def inverse(sentences, places, order, *, mask):
    return noised(sentences, places, [order.index(n) for n in range(len(order))], mask=mask)


def by_new_number(sentences, places, order, *, mask):
    return noised(sentences, [places[order.index(n)] for n in range(len(order))], order, mask=mask)


def fill(write, text, *, change=None):
    """The solution of the build, with parts changed."""
    if change == "not asked":
        return text
    marks = {"mask": ["[MASK]"] * 9, "one": [SENTINELS[0]] * 9}.get(change, SENTINELS)
    names = iter(marks)
    source = [next(names) if word == "[MASK]" else word for word in text.split()]
    target = write(" ".join(source)).split()
    if change == "answer":
        return " ".join(target)
    spans, name = {}, None
    for token in target:
        if token in SENTINELS:
            name = None if token in spans and change not in ("add", "over") else token
            spans[token] = [] if change == "over" else spans.get(token, [])
        elif name is not None:
            spans[name].append(token)
    spans = {key: value[:1] if change == "first" else value for key, value in spans.items()}
    if change == "last":
        spans[max(set(source) & set(SENTINELS))] += target[-2:] if len(target) > 6 else []
    if change == "swapped":
        spans = dict(zip(spans, [spans[SENTINELS[1]], spans[SENTINELS[0]]]))
    if change == "spans":
        return " ".join(word for words in spans.values() for word in words)
    if change == "tail":
        target = [word for word in target if word not in SENTINELS]
        spans = {SENTINELS[0]: target[:-1], SENTINELS[1]: target[-1:]} if len(target) < 4 else {**spans}
    return " ".join(
        w for word in source for w in (spans.get(word) or [word.replace(word, "[MASK]") if "<" in word else word])
    )


def build(change):
    return lambda write, text: fill(write, text, change=change)


RIGHT = [
    (exercises.check_cross_attention, crossed),
    (exercises.check_cross_attention, cross_attention),
    (exercises.check_shift_right, shift),
    (exercises.check_shift_right, exercises.shift_right),
    (exercises.check_shift_right, lambda labels, start, pad: shift(labels, start, pad).int()),
    (exercises.check_corrupt, corrupt),
    (exercises.check_corrupt, spans),
    (exercises.check_noised, noised),
    (exercises.check_prefix_mask, prefix_mask),
    (exercises.check_prefix_mask, by_definition),
    (exercises.check_prefix_mask, lambda prefix, mask: prefix_lm.mask(mask, prefix)),
    (exercises.check_links_f1, lambda weights, gold: f1(links(weights), gold)),
    (exercises.check_links_f1, lambda weights, gold: torch.tensor(f1(links(weights), gold))),
    (exercises.check_fill_gaps, fill_gaps),
    (exercises.check_fill_gaps, fill),
]


@pytest.mark.parametrize("check, answer", RIGHT)
def test_right_answers_pass(check, answer, capsys):
    assert check(answer)
    assert capsys.readouterr().out.strip().endswith(": correct")


def test_its_noise_with_the_spans_of_the_helper_is_the_helpers():
    """One sentence, the spans read off what the helper drew."""
    words = "a b c d e f".split()
    for seed in range(30):
        read = text_infilling(words, generator=torch.Generator().manual_seed(seed), mask="_")
        places, done = [], 0
        for i, word in enumerate(read):
            if word == "_":
                after = read[i + 1] if i + 1 < len(read) else None
                stop = words.index(after) if after else len(words)
                places.append((done, stop - done))
                done = stop
            else:
                done = words.index(word) + 1
        assert noised([words], [places], [0], mask="_") == (read, words)


def test_course_t5s_spans_come_back_into_the_text():
    source, target = corrupt("thank you for inviting me".split(), [(2, 4)], sentinels=SENTINELS)
    gapped = " ".join("[MASK]" if word in SENTINELS else word for word in source)
    assert fill_gaps(lambda _: " ".join(target), gapped) == "thank you for inviting me"


def test_the_grade_is_one_for_certain_gaps_and_zero_for_nonsense():
    texts = exercises.notes(4)
    best = exercises.grade_fillings(exercises.best_filling, texts)
    assert best["exact probability"] == pytest.approx(best["best possible"]) and best["impossible"] == 0
    assert exercises.grade_fillings(lambda text: text, texts)["impossible"] == 1


def in_place(labels, start_id, pad_id):
    labels[labels == -100] = pad_id
    return shift(labels, start_id, pad_id)


def rolled(labels, start_id, pad_id):
    return labels.roll(1, 1).masked_fill(labels.roll(1, 1) == -100, pad_id)


def filled(labels):
    return labels.masked_fill(labels == -100, 0)


def masks_only_source(prefix, mask):
    rows = torch.arange(mask.shape[1])
    target, source = rows[:, None] >= prefix[:, None, None], rows < prefix[:, None, None]
    return prefix_mask(prefix, mask) & ~(target & source)[:, None]


CAUSAL = masks.causal(5)
WRONG = [
    (exercises.check_cross_attention, changed("self"), "self-attention"),
    (exercises.check_cross_attention, changed("round"), "turned round: x asks"),
    (exercises.check_cross_attention, changed("scale"), "the scale is missing"),
    (exercises.check_cross_attention, changed("seen"), "the padding is seen"),
    (exercises.check_cross_attention, changed("not"), "the mask is turned round"),
    (exercises.check_cross_attention, changed("zero"), "a score of 0 is no refusal"),
    (exercises.check_cross_attention, changed("causal"), "causal: every target word"),
    (exercises.check_cross_attention, changed("columns"), "softmax over the target"),
    (exercises.check_cross_attention, changed("scores"), "these are scores"),
    (exercises.check_cross_attention, changed("values of x"), "the values come from x"),
    (exercises.check_cross_attention, changed("keys"), "the keys were mixed"),
    (exercises.check_cross_attention, changed("memory"), "right weights, another output"),
    (exercises.check_cross_attention, lambda *a, **how: crossed(*a, **how)[0], "give back two things"),
    (exercises.check_cross_attention, lambda x, *a, **how: crossed(x.mul_(2), *a, **how), "an argument was changed"),
    (
        exercises.check_cross_attention,
        lambda *a, **how: tuple(t.T for t in crossed(*a, **how)),
        "expected shape (5, 4)",
    ),
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
    (exercises.check_corrupt, changes_words, "an argument was changed"),
    (exercises.check_corrupt, with_change(each=True), "every hidden word has a sentinel of its own"),
    (exercises.check_corrupt, side(1, lambda found, *_: found[1][:-1]), "the last sentinel is missing"),
    (exercises.check_corrupt, side(0, lambda found, words, places: words), "still in the source"),
    (exercises.check_corrupt, side(1, lambda found, words, places: words), "a visible word stands in the target"),
    (exercises.check_corrupt, with_change(name=lambda i: SENTINELS[0]), "used twice"),
    (exercises.check_corrupt, with_change(name=lambda i: SENTINELS[(i + 1) % 16]), "count the sentinels from"),
    (exercises.check_corrupt, no_tail, "the words after the last span are missing"),
    (exercises.check_corrupt, side(1, lambda found, *_: [SENTINELS[0]]), "expected (["),
    (exercises.check_corrupt, lambda *a, **how: corrupt(*a, **how)[0], "give back two lists"),
    (exercises.check_noised, each_word, "a mask for each word"),
    (exercises.check_noised, swallow, "has swallowed a word"),
    (exercises.check_noised, no_empty, "a span of length 0 puts a mask"),
    (exercises.check_noised, inverse, "order turned round"),
    (exercises.check_noised, lambda s, p, o, *, mask: noised(s, p, range(3), mask=mask), "in their old order"),
    (exercises.check_noised, by_new_number, "the old numbers of the sentences"),
    (exercises.check_noised, side(0, lambda found, *_: [w for w in found[0] if w != "_"]), "the masks are missing"),
    (exercises.check_noised, side(1, lambda found, *_: ["a", "b", "g"]), "that is T5"),
    (exercises.check_noised, side(1, lambda f, s, p, o: [w for n in o for w in s[n]]), "written in the new order"),
    (exercises.check_noised, side(1, lambda found, *_: found[0]), "it writes what it reads"),
    (exercises.check_noised, lambda s, *a, **how: noised(s[::-1], *a, **how), "expected (["),
    (exercises.check_noised, lambda *a, **how: noised(*a, **how)[0], "give back two lists"),
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
    (exercises.check_links_f1, lambda w, g: len(links(w) & g) / len(links(w)), "precision alone"),
    (exercises.check_links_f1, lambda w, g: len(links(w) & g) / len(g), "recall alone"),
    (exercises.check_links_f1, lambda w, g: (4 / 4 + 4 / 6) / 2, "the plain mean"),
    (exercises.check_links_f1, lambda w, g: f1({(s, t) for t, s in links(w.T)}, g), "of each column was taken"),
    (exercises.check_links_f1, lambda w, g: f1({(s, t) for t, s in links(w)}, g), "no link was found"),
    (exercises.check_links_f1, lambda w, g: f1(set(enumerate(w.argmax(-1))), g), "no link was found"),
    (exercises.check_links_f1, lambda w, g: f1(links(w.zero_()), g), "the weights were changed"),
    (exercises.check_links_f1, lambda w, g: 0.123, "expected 0.8000"),
    (exercises.check_links_f1, lambda w, g: mean_of_both(links(w), g), "so do not divide by it"),
    (exercises.check_fill_gaps, build("not asked"), "write() was not called"),
    (exercises.check_fill_gaps, build("mask"), "T5 knows no [MASK]"),
    (exercises.check_fill_gaps, build("one"), "both gaps got one sentinel"),
    (exercises.check_fill_gaps, build("answer"), "that is the model's answer"),
    (exercises.check_fill_gaps, build("first"), "a span may hold several words"),
    (exercises.check_fill_gaps, build("spans"), "only the spans came back"),
    (exercises.check_fill_gaps, build("swapped"), "the spans are in the wrong gaps"),
    (exercises.check_fill_gaps, build("add"), "must not add words"),
    (exercises.check_fill_gaps, build("over"), "must not overwrite"),
    (exercises.check_fill_gaps, build("last"), "words behind the last sentinel belong to no gap"),
    (exercises.check_fill_gaps, lambda write, text: fill(write, text).split(), "give back one string"),
    (
        exercises.check_fill_gaps,
        lambda write, text: fill(write, text).replace("c", ""),
        "a gap that the model leaves",
    ),
]


@pytest.mark.parametrize("check, answer, diagnosis", WRONG)
def test_each_mistake_is_named(check, answer, diagnosis, capsys):
    assert not check(answer)
    line = capsys.readouterr().out.strip()
    assert diagnosis in line and "not yet right" in line and "\n" not in line


@pytest.mark.parametrize("check", sorted({check for check, _ in RIGHT}, key=lambda check: check.__name__))
def test_an_empty_answer_gets_its_hint_on_request(check, capsys):
    assert not check(lambda *_, **__: None)
    assert "not attempted yet" in capsys.readouterr().out
    check.hint()
    assert capsys.readouterr().out.startswith("hint: ")


def test_where_the_course_has_a_version_of_its_own_the_notebook_goes_on_with_it(capsys):
    for check, ours in (
        (exercises.check_cross_attention, cross_attention),
        (exercises.check_shift_right, exercises.shift_right),
        (exercises.check_corrupt, corrupt),
        (exercises.check_noised, noised),
        (exercises.check_prefix_mask, prefix_mask),
        (exercises.check_fill_gaps, fill_gaps),
    ):
        assert check(lambda *_, **__: None).answer is ours
