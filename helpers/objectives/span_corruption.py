"""Span corruption: hide a few spans of words behind sentinels, and ask for the spans alone, each after its sentinel.

    Thank you <extra_id_0> me to your party <extra_id_1> week    ->    <extra_id_0> for inviting <extra_id_1> last <extra_id_2>

Source: Raffel et al. 2020, "Exploring the Limits of Transfer Learning with a Unified Text-to-Text Transformer",
section 3.1.4 and figure 2 (the objective), section 3.3.4 (15 %, mean length 3). Our departure: the paper's texts have
512 tokens, ours have 3 to 60, so shares that are no whole number are rounded up or down at random, not to the nearest.
The best possible loss: `helpers.tinytown.unknown_spans_loss`, token by token `span_target_probs`.
"""  # noqa: E501

from __future__ import annotations

import math

import torch

from helpers.transformer.checks import listed, random_source, real, whole

RATE = 0.15
MEAN_LENGTH = 3
SENTINELS = tuple(f"<extra_id_{i}>" for i in range(16))
LONGEST = 1 << 10  # words of a text; the numbers of placements of a longer one are no floats


def draw_spans(length, *, generator, rate=RATE, mean_length=MEAN_LENGTH, most=None):
    """Which words of a text of `length` words are hidden: spans (start, stop), with at least one word between two.

    >>> import torch
    >>> draw_spans(10, generator=torch.Generator().manual_seed(0), rate=0.3, mean_length=3)
    ((0, 3),)

    `rate * length` words are hidden in `hidden / mean_length` spans, both rounded at random and at least 1; given the
    two numbers, each way of placing the spans is equally likely. `most` is the largest number of spans.
    Raises ValueError for a rate outside (0, 1), a mean length below 1, or a text with no room for a span: it needs two
    words, one to hide and one to keep.
    """
    check(length, rate=rate, mean_length=mean_length)
    random_source(generator)
    up = torch.rand(2, generator=generator).tolist()
    hidden = min(max(1, math.floor(rate * length + up[0])), length - 1)
    spans = min(max(1, math.floor(hidden / mean_length + up[1])), most_spans(length, hidden, most))
    cuts = sorted((torch.randperm(hidden - 1, generator=generator)[: spans - 1] + 1).tolist())
    slots = sorted(torch.randperm(length - hidden + 1, generator=generator)[:spans].tolist())
    ends = [0, *cuts, hidden]
    return tuple((slot + a, slot + b) for slot, a, b in zip(slots, ends, ends[1:]))


def most_spans(length, hidden, most=None):
    """The largest number of spans that `hidden` words of a text can form, each apart from the next.

    >>> most_spans(10, 3), most_spans(10, 8), most_spans(10, 3, most=2)
    (3, 3, 2)
    """
    if not 0 < whole(hidden, "hidden") < whole(length, "length", least=2):
        raise ValueError(f"hidden {hidden} of {length} words; hide at least one and keep at least one")
    return min(hidden, length - hidden + 1, hidden if most is None else whole(most, "most", least=1))


def placement_log_prob(length, hidden, spans, *, rate=RATE, mean_length=MEAN_LENGTH, most=None):
    """Log-probability of one placement: `draw_spans` hides `hidden` words of `length` in these very `spans` spans.

    >>> [round(math.exp(placement_log_prob(10, 3, spans, rate=0.3)), 4) for spans in (1, 2)]
    [0.125, 0.0]

    -inf for numbers that cannot occur. A reader who knows how many words are visible learns from it how long a hidden
    span may be.
    """
    check(max(2, whole(length, "length", most=LONGEST)), rate=rate, mean_length=mean_length)
    whole(hidden, "hidden", least=None)
    whole(spans, "spans", least=None)
    if not 0 < hidden < length or not 0 < spans <= most_spans(length, hidden, most):
        return -math.inf
    words = _rounded(rate * length, hidden, least=1, most=length - 1)
    parts = _rounded(hidden / mean_length, spans, least=1, most=most_spans(length, hidden, most))
    if not words * parts:
        return -math.inf
    return math.log(words * parts / math.comb(hidden - 1, spans - 1) / math.comb(length - hidden + 1, spans))


def _rounded(share, number, *, least, most):
    """Probability that a share, rounded up or down at random and then put between least and most, gives a number."""
    low = math.floor(share)
    distribution = {low: 1 - (share - low), low + 1: share - low}
    return sum(chance for value, chance in distribution.items() if min(max(least, value), most) == number)


def corrupt(tokens, spans, *, sentinels=SENTINELS):
    """A text with each span replaced by a sentinel, and what is asked for: each sentinel and its span, and one more.

    >>> source, target = corrupt("thank you for inviting me".split(), [(2, 4)], sentinels=["<X>", "<Y>"])
    >>> " ".join(source), " ".join(target)
    ('thank you <X> me', '<X> for inviting <Y>')

    Raises ValueError for no spans, for spans that overlap, touch, are empty or stand outside the text, and for more
    spans than sentinels, the last sentinel counted.
    """
    _check_spans(tokens, spans, sentinels=sentinels)
    source, target, done = [], [], 0
    for sentinel, (start, stop) in zip(sentinels, spans):
        source += [*tokens[done:start], sentinel]
        target += [sentinel, *tokens[start:stop]]
        done = stop
    return [*source, *tokens[done:]], [*target, sentinels[len(spans)]]


def _check_spans(tokens, spans, *, sentinels):
    tokens, sentinels = listed(tokens, "tokens", least=0, of="words"), check_sentinels(sentinels)
    spans = _pairs_of(spans)
    if not spans:
        raise ValueError("no spans to hide; draw them with draw_spans")
    if len(spans) + 1 > len(sentinels):
        raise ValueError(
            f"{len(spans)} spans need {len(spans) + 1} sentinels, there are {len(sentinels)}; cut the text, lower the"
            " rate, or pass most=len(sentinels) - 1 to draw_spans"
        )
    for (start, stop), done in zip(spans, [-1, *(stop for _, stop in spans)]):
        if not done < start < stop <= len(tokens):
            raise ValueError(
                f"span ({start}, {stop}) is empty, outside the {len(tokens)} words, or touches another; use draw_spans"
            )


def restore(source, target, *, sentinels):
    """The text that a corrupted text and its target, or a model's answer, stand for; unasked sentinels stay.

    >>> restore("thank you <X> me".split(), "<X> for inviting <Y>".split(), sentinels=["<X>", "<Y>"])
    ['thank', 'you', 'for', 'inviting', 'me']
    """
    source = listed(source, "source", least=0, of="words")
    target = listed(target, "target", least=0, of="words")
    sentinels = check_sentinels(sentinels)
    spans, current = {}, None
    for token in target:
        if token in sentinels:
            current = spans.setdefault(token, [])
        elif current is not None:
            current.append(token)
    return [word for token in source for word in spans.get(token, [token])]


def check(length, *, rate, mean_length):
    """Refuse what cannot be corrupted; see `draw_spans`."""
    if not 0 < real(rate, "rate") < 1:
        raise ValueError(f"rate {rate} must lie between 0 and 1, both excluded; T5 uses {RATE}")
    if real(mean_length, "mean_length") < 1:
        raise ValueError(f"mean_length {mean_length} must be at least 1 word; T5 uses {MEAN_LENGTH}")
    if whole(length, "length", most=LONGEST) < 2:
        raise ValueError(f"a text of {length} word(s) has no room for a span; it needs one word to hide, one to keep")


def check_sentinels(sentinels) -> list:
    """The sentinels as a list; one that stands twice could not tell its span from the other's."""
    found = listed(sentinels, "sentinels", of="sentinels")
    if twice := [one for one in found if found.count(one) > 1]:
        raise ValueError(f"the sentinel {twice[0]!r} is listed twice; give each span one of its own")
    return found


def _pairs_of(spans):
    """The spans as a list of (start, stop)."""
    found = [listed(span, "a span", least=0, of="places") for span in listed(spans, "spans", least=0, of="spans")]
    for span in found:
        if len(span) != 2:
            raise ValueError(f"span {span} has {len(span)} places; pass (start, stop)")
        whole(span[0], "start")
        whole(span[1], "stop")
    return found
