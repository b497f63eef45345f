"""Denoising: damage a text in one of five ways, and ask for the whole text back.

Source: Lewis et al. 2020, "BART: Denoising Sequence-to-Sequence Pre-training", section 2.2 and figure 2; 30 % of the
tokens and all sentences permuted in section 5.1.
The best possible loss: `helpers.tinytown.infilled_loss`, token by token `denoised_probs`.
"""

from __future__ import annotations

import math

import torch

from helpers.transformer.checks import listed, random_source, real, whole

RATE = 0.3
MEAN_LENGTH = 3.0
FULL_STOP = "."
LONGEST = 1 << 12  # words


def token_masking(tokens, *, generator, mask, rate=RATE):
    """Each token becomes `mask` with probability `rate`.

    >>> import torch
    >>> token_masking("A B C . D E .".split(), generator=torch.Generator().manual_seed(1), mask="_")
    ['A', '_', 'C', '.', '_', 'E', '.']
    """
    return [mask if hit else token for token, hit in zip(tokens, _hits(tokens, rate, generator))]


def token_deletion(tokens, *, generator, rate=RATE):
    """Each token is left out with probability `rate`; where something is missing is not shown.

    >>> import torch
    >>> token_deletion("A B C . D E .".split(), generator=torch.Generator().manual_seed(1))
    ['A', 'C', '.', 'E', '.']
    """
    return [token for token, hit in zip(tokens, _hits(tokens, rate, generator)) if not hit]


def text_infilling(tokens, *, generator, mask, rate=RATE, mean_length=MEAN_LENGTH):
    """Spans of Poisson length, each replaced by one `mask`; a span of length 0 puts a `mask` between two words.

    >>> import torch
    >>> text_infilling("A B C . D E .".split(), generator=torch.Generator().manual_seed(143), mask="_")
    ['A', '_', '.', 'D', 'E', '.']

    The text is read from the left: in front of a word a span starts with `start_probability(rate, mean_length)`, is cut
    at the end of the text, and the word after it is kept. In a long text the share of hidden words is `rate`.
    """
    check(tokens, rate)
    random_source(generator)
    start = start_probability(rate, mean_length)
    draws = torch.rand(len(tokens), generator=generator).tolist()
    lengths = torch.poisson(torch.full((len(tokens),), float(mean_length)), generator=generator).long().tolist()
    found, place, free = [], 0, True
    while place < len(tokens):
        if free and draws[place] < start:
            found.append(mask)
            place, free = place + lengths[place], False
        else:
            found.append(tokens[place])
            place, free = place + 1, True
    return found


def start_probability(rate=RATE, mean_length=MEAN_LENGTH):
    """Probability that a span starts in front of a word, so that a share `rate` of a long text is hidden.

    Between the starts of two spans stand, on average, `mean_length` hidden and 1 / start kept words.

    >>> round(start_probability(0.3, 3.0), 4)
    0.1429

    Raises ValueError where no start is frequent enough: lower the rate or lengthen the spans.
    """
    check_rate(rate)
    start = rate / (real(mean_length, "mean_length", above=0, most=LONGEST) * (1 - rate))
    if not 0 < start <= 1:
        raise ValueError(f"spans of mean length {mean_length} cannot hide a share of {rate}; lower the rate")
    return start


def cover_probability(covered, left, mean_length=MEAN_LENGTH):
    """Probability that a span in front of the last `left` words covers so many of them: Poisson, cut at the end.

    >>> [round(cover_probability(covered, 2, 3.0), 3) for covered in range(4)]
    [0.05, 0.149, 0.801, 0.0]
    """
    real(mean_length, "mean_length", above=0, most=LONGEST)
    if whole(covered, "covered", most=LONGEST) > whole(left, "left", most=LONGEST):
        return 0.0
    poisson = [math.exp(-mean_length)]
    for n in range(1, left):
        poisson.append(poisson[-1] * mean_length / n)
    return 1 - math.fsum(poisson[:left]) if covered == left else poisson[covered]


def sentence_permutation(sentences, *, generator):
    """The sentences in random order, every order equally likely.

    >>> import torch
    >>> sentence_permutation(["A B C .", "D E ."], generator=torch.Generator().manual_seed(1))
    ['D E .', 'A B C .']
    """
    check(sentences, RATE, of="sentences")
    random_source(generator)
    return [sentences[i] for i in torch.randperm(len(sentences), generator=generator).tolist()]


def document_rotation(tokens, *, generator):
    """The text read from a token drawn uniformly to its end, then from its start.

    >>> import torch
    >>> " ".join(document_rotation("A B C . D E .".split(), generator=torch.Generator().manual_seed(6)))
    'C . D E . A B'
    """
    check(tokens, RATE)
    random_source(generator)
    start = int(torch.randint(len(tokens), (), generator=generator))
    return [*tokens[start:], *tokens[:start]]


def split_sentences(tokens, *, stop=FULL_STOP):
    """A text cut after each full stop.

    >>> split_sentences("A B C . D E .".split())
    [['A', 'B', 'C', '.'], ['D', 'E', '.']]
    """
    check(tokens, RATE)
    ends = [place + 1 for place, token in enumerate(tokens) if token == stop]
    bounds = [0, *ends] if ends and ends[-1] == len(tokens) else [0, *ends, len(tokens)]
    return [list(tokens[a:b]) for a, b in zip(bounds, bounds[1:])]


def noised_sentences(sentences, *, generator, mask, stop=FULL_STOP, rate=RATE, mean_length=MEAN_LENGTH):
    """Sentence permutation and text infilling together, as course-bart reads its texts: the noised sentences.

    >>> import torch
    >>> sentences = [("A", "B", "C", "."), ("D", "E", ".")]
    >>> noised_sentences(sentences, generator=torch.Generator().manual_seed(17), mask="_")
    [['D', 'E', '.'], ['A', '_', '.']]

    Our departures from the paper: spans stay inside a sentence and spare its last token, so that the end of a sentence
    is always seen; and sentences are permuted only when all of them end in `stop`: lists and code keep their order.
    """
    random_source(generator)
    for sentence in listed(sentences, "sentences", of="sentences"):
        check(sentence, rate)
    if all(sentence[-1] == stop for sentence in sentences):
        sentences = sentence_permutation(sentences, generator=generator)
    how = {"generator": generator, "mask": mask, "rate": rate, "mean_length": mean_length}
    return [[*(text_infilling(s[:-1], **how) if len(s) > 1 else ()), s[-1]] for s in sentences]


def _hits(tokens, rate, generator):
    check(tokens, rate)
    random_source(generator)
    return (torch.rand(len(tokens), generator=generator) < rate).tolist()


def check_rate(rate):
    """Refuse a rate outside (0, 1)."""
    if not 0 < real(rate, "rate") < 1:
        raise ValueError(f"rate {rate} must lie between 0 and 1, both excluded; BART uses {RATE}")


def check(tokens, rate, *, of="words"):
    """Refuse a text that is a string or empty, and a rate outside (0, 1)."""
    check_rate(rate)
    if not listed(tokens, "the text", least=0, of=of):
        raise ValueError("the text is empty; drop empty documents before they are damaged")
