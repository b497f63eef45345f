"""Checks of the causal-LM exercises accept what is right and name what is wrong."""

import pytest
import torch
from torch.nn.functional import cross_entropy

from helpers.exercises import causal_lm as exercises
from helpers.methods import decoding


def nats(logits, labels, **how):
    return cross_entropy(logits.flatten(0, 1), labels.flatten(), **how)


def top_p(logits, p, *, keep=lambda before, p: before < p, back=True):
    """The solution of the top-p exercise, with parts changed."""
    ordered, where = logits.sort(descending=True)
    probs = ordered.softmax(-1)
    dropped = ~keep(probs.cumsum(-1) - probs, p)
    return logits.masked_fill(dropped.scatter(-1, where, dropped) if back else dropped, -torch.inf)


def short(logits, p):
    """The usual mistake: everything up to p is kept, without the token that crosses it."""
    ordered, where = logits.sort(descending=True)
    dropped = ordered.softmax(-1).cumsum(-1) > p
    return logits.masked_fill(dropped.scatter(-1, where, dropped), -torch.inf)


def of_the_whole(logits, p):
    """Two rows cut as if they were one."""
    if logits.dim() == 1:
        return top_p(logits, p)
    return top_p(logits.flatten(), p / 2).reshape(logits.shape)


def read_one_by_one(model, ids, *, hand_on=True, whole=False, last=False):
    """The solution of the cache exercise, with parts changed."""
    cache, found = None, []
    for number, token in enumerate(ids.tolist()):
        row = torch.tensor([ids.tolist()[: number + 1] if whole else [token]])
        with torch.no_grad():
            output = model(input_ids=row, past_key_values=cache, use_cache=True)
        cache = output.past_key_values if hand_on else None
        found.append(output.logits[0, -1])
    return found[-1] if last else torch.stack(found)


def in_one_pass(model, ids):
    with torch.no_grad():
        return model(input_ids=ids[None]).logits[0]


def generate(model, ids, *, limit, end_id, cached=True, prompt=False, on=False, mark=True, rule=None, **asked):
    """The solution of the build, with parts changed."""
    cache, new, unread = None, [], list(ids)
    while len(new) < limit and (on or end_id not in new):
        with torch.no_grad():
            output = model(input_ids=torch.tensor([unread]), past_key_values=cache, use_cache=cached)
        cache = output.past_key_values if cached else None
        probs = (rule or (lambda logits, how: decoding.decoding_probs(logits, **how)))(output.logits[0, -1], asked)
        new += [int(torch.multinomial(probs, 1))]
        unread = new[-1:] if cached else [*ids, *new]
    new = new if mark else [token for token in new if token != end_id]
    return [*ids, *new] if prompt else new


def changed(**how):
    return lambda *args, **named: generate(*args, **named, **how)


def cut_first(logits, how):
    return (decoding.keep_top_p(logits, how["top_p"]) / how["temperature"]).softmax(-1)


def cut(sequences, prompts, end, *, start=None, stop=True):
    rows = [
        row[prompts["input_ids"].shape[1] if start is None else start(i) :] for i, row in enumerate(sequences.tolist())
    ]
    return [row[: row.index(end)] if stop and end in row else row for row in rows]


def in_place(tensor, value):
    tensor.fill_(1)
    return value


RIGHT = [
    (exercises.check_next_token_loss, lambda logits, labels: nats(logits[:, :-1], labels[:, 1:])),
    (exercises.check_keep_top_p, top_p),
    (exercises.check_cached_logits, read_one_by_one),
    (exercises.check_generate, generate),
    (exercises.check_perplexity, lambda losses, mask: losses[mask.bool()].mean().exp()),
    (exercises.check_new_tokens, cut),
]
WRONG = [
    (exercises.check_next_token_loss, nats, "not shifted"),
    (exercises.check_next_token_loss, lambda logits, labels: nats(logits[:, :-2], labels[:, 2:]), "shifted twice"),
    (exercises.check_next_token_loss, lambda logits, labels: nats(logits[:, 1:], labels[:, :-1]), "the wrong way"),
    (
        exercises.check_next_token_loss,
        lambda logits, labels: nats(logits[:, :-1], labels[:, 1:], reduction="none").mean(),
        "the padding was counted",
    ),
    (
        exercises.check_next_token_loss,
        lambda logits, labels: nats(logits[:, :-1], labels[:, 1:], reduction="sum"),
        "this is the sum",
    ),
    (
        exercises.check_next_token_loss,
        lambda logits, labels: torch.stack([nats(a[None, :-1], b[None, 1:]) for a, b in zip(logits, labels)]).mean(),
        "each row was averaged first",
    ),
    (exercises.check_next_token_loss, lambda logits, labels: in_place(labels, 1.0), "the labels were changed"),
    (exercises.check_next_token_loss, lambda logits, labels: logits, "expected shape ()"),
    (exercises.check_next_token_loss, lambda logits, labels: torch.tensor(0.5), "expected "),
    (exercises.check_keep_top_p, short, "off by one"),
    (exercises.check_keep_top_p, lambda logits, p: top_p(logits, p).softmax(-1), "these are probabilities"),
    (
        exercises.check_keep_top_p,
        lambda logits, p: top_p(logits, p).clamp(min=-9).masked_fill(top_p(logits, p) == -torch.inf, 0.0),
        "a logit of 0 is no refusal",
    ),
    (exercises.check_keep_top_p, lambda logits, p: top_p(logits, p, back=False), "still in sorted order"),
    (
        exercises.check_keep_top_p,
        lambda logits, p: top_p(logits, p, keep=lambda before, p: before < p + 0.2),
        "one token too many",
    ),
    (
        exercises.check_keep_top_p,
        lambda logits, p: top_p(logits, p, keep=lambda before, p: before <= p),
        "one token too many: 0.5",
    ),
    (exercises.check_keep_top_p, lambda logits, p: top_p(logits, p, keep=lambda b, p: b >= p), "turned round"),
    (exercises.check_keep_top_p, lambda logits, p: in_place(logits, logits), "the argument was changed"),
    (
        exercises.check_keep_top_p,
        lambda logits, p: top_p(logits, p, keep=lambda before, p: (before < p) & (p > 0.4)),
        "never empty",
    ),
    (
        exercises.check_keep_top_p,
        lambda logits, p: top_p(logits, p, keep=lambda before, p: (before < p) & (before < 0.7)),
        "p = 1 must keep every token",
    ),
    (exercises.check_keep_top_p, lambda logits, p: top_p(logits, p) - 1, "stay as they are"),
    (exercises.check_keep_top_p, of_the_whole, "two rows"),
    (exercises.check_cached_logits, in_one_pass, "in one pass"),
    (exercises.check_cached_logits, lambda m, ids: read_one_by_one(m, ids, hand_on=False), "read alone"),
    (exercises.check_cached_logits, lambda m, ids: read_one_by_one(m, ids, hand_on=False, whole=True), "no cache"),
    (exercises.check_cached_logits, lambda m, ids: read_one_by_one(m, ids, whole=True), "36 tokens were read"),
    (exercises.check_cached_logits, lambda m, ids: read_one_by_one(m, ids, last=True), "only the last position"),
    (exercises.check_cached_logits, lambda m, ids: 2 * read_one_by_one(m, ids), "other logits"),
    (exercises.check_generate, changed(rule=lambda logits, how: logits.softmax(-1)), "the rule has no effect"),
    (
        exercises.check_generate,
        changed(rule=lambda logits, how: decoding.decoding_probs(logits, top_p=how["top_p"])),
        "temperature has no effect",
    ),
    (
        exercises.check_generate,
        changed(rule=lambda logits, how: (logits / how["temperature"]).softmax(-1)),
        "top-p has no effect",
    ),
    (
        exercises.check_generate,
        changed(rule=lambda logits, how: decoding.decoding_probs(logits * how["temperature"], top_p=how["top_p"])),
        "divide by it",
    ),
    (exercises.check_generate, changed(rule=cut_first), "top-p came before the temperature"),
    (exercises.check_generate, changed(cached=False), "no cache"),
    (exercises.check_generate, changed(prompt=True), "the prompt came back"),
    (exercises.check_generate, changed(on=True), "wrote on after the end mark"),
    (exercises.check_generate, changed(mark=False), "the end mark is missing"),
    (
        exercises.check_generate,
        lambda model, ids, *, limit, **how: generate(model, ids, limit=limit + 4, **how),
        "over the limit",
    ),
    (
        exercises.check_generate,
        changed(rule=lambda logits, how: torch.nn.functional.one_hot(logits.argmin(), 12).float()),
        "of 12 texts equal the library's",
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
def test_an_empty_answer_gets_one_quiet_line_without_a_hint(check, capsys):
    assert not check(lambda *args, **named: ...)
    lines = capsys.readouterr().out.splitlines()
    assert len(lines) == 1 and "not attempted yet" in lines[0] and "hint" not in lines[0]
    check.hint()
    assert capsys.readouterr().out.startswith("hint: ")


def test_what_is_taught_in_place_falls_back_on_the_courses_own_version(capsys):
    for check, ours in (
        (exercises.check_next_token_loss, exercises.next_token_loss),
        (exercises.check_keep_top_p, decoding.keep_top_p),
        (exercises.check_cached_logits, decoding.cached_logits),
    ):
        assert check(lambda *args: ...).answer is ours
        assert check(ours)


def test_the_same_texts_as_the_library():
    how = {"prompt_ids": [3, 1, 7], "end_id": exercises.END, "limit": 8, **exercises.RULE}
    assert exercises.same_texts(exercises.small_model(), generate, **how) == 10
    wrong = changed(rule=lambda logits, how: (-logits).softmax(-1))
    assert exercises.same_texts(exercises.small_model(), wrong, **how) < 5
