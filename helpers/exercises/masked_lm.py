"""Checks of the exercises on masked language modelling; each tells which mistake it sees."""

from __future__ import annotations

import torch
from torch.nn import functional as F

from helpers import tinytown
from helpers.exercises.checks import close, exercise, require, require_shape

LOSS = "pick the rows where labels != -100, take log_softmax over the vocabulary there, and average the minus"
WHOLE = "chosen[b, i] becomes true when any chosen token has the word number of token i; None is no word"
PLL = "one row for each word, each with one [MASK]; read row i at place i; add up the logarithms"
JOINT = "P(a, b) = P(a) P(b | a): write each a into the text, and ask for the other gap again"


@exercise("masked loss", hint=LOSS)
def check_masked_loss(answer):
    """A function of logits (batch, position, vocab) and labels (batch, position): mean nats of the hidden words."""
    logits = torch.randn(3, 5, 7, generator=torch.Generator().manual_seed(0))
    labels = torch.full((3, 5), -100)
    labels[0, 1], labels[0, 3], labels[2, 4] = 6, 0, 2
    each = F.cross_entropy(logits.flatten(0, 1), labels.flatten(), reduction="none")  # 0 where nothing is asked
    value, right = answer(logits, labels), each.sum() / 3
    require(getattr(value, "numel", lambda: 1)() == 1, "one number is wanted, the mean over the hidden words")
    value = float(value)
    require(not close(value, each.mean()), "you divided by all positions: the mean is over the hidden words only")
    require(not close(value, each.sum()), "that is the sum over the hidden words: divide by how many there are")
    require(not close(value, -right), "the sign is wrong: a loss is minus the log-probability")
    require(
        not close(value, F.cross_entropy(logits[:, :-1].flatten(0, 1), labels[:, 1:].flatten())),
        "the labels were shifted: GPT predicts the next word, BERT the word at the very same place",
    )
    clamped = F.cross_entropy(logits.flatten(0, 1), labels.clamp(min=0).flatten())
    last = -logits.log_softmax(-1).gather(-1, (labels % 7)[..., None]).mean()
    require(
        not close(value, clamped) and not close(value, last),
        "-100 was used as a word number: drop these positions before you look a label up",
    )
    require(close(value, right, tolerance=1e-4), f"expected {float(right):.4f}, received {value:.4f}")


@exercise("whole words", hint=WHOLE)
def check_whole_words(answer):
    """A function of (chosen, word_of) that widens a choice of tokens to whole words; word_of has None at marks."""
    word_of = [[None, 0, 1, 1, 1, 2, None], [None, 0, 0, 1, 2, 2, None]]  # as a fast tokenizer's word_ids()
    chosen = torch.zeros(2, 7, dtype=torch.bool)
    chosen[0, 3] = chosen[1, 1] = True
    before, wide = chosen.clone(), answer(chosen, word_of)
    require(torch.equal(chosen, before), "the argument was changed: work on a copy (chosen.clone())")
    require_shape(wide, (2, 7))
    require(wide.dtype == torch.bool, f"the choice holds {wide.dtype}; use booleans")
    require(not torch.equal(wide, before), "nothing changed: a word with one chosen piece must be chosen whole")
    require(wide[0, 2] and wide[0, 4] and wide[1, 2], "a piece of a chosen word is left: look left and right of it")
    require(
        not bool(wide[1, 3]) and not bool(wide[0, 1]),
        "a word is hidden because a word of the same number was chosen in another text: go row by row",
    )
    require(not bool(wide[:, [0, 6]].any()), "a special token was hidden: None is no word")
    require(wide.sum() == 5, "a word without a chosen piece was hidden")
    nothing = answer(torch.zeros(2, 7, dtype=torch.bool), word_of)
    require(not bool(nothing.any()), "with nothing chosen, nothing may be hidden")


@exercise("pseudo-log-likelihood", hint=PLL)
def check_pseudo_log_likelihood(answer):
    """A function of (ids, model, mask_id); model maps (rows, position) ids to (rows, position, vocab) log-probs."""
    ids, mask_id = torch.tensor([3, 1, 4, 1]), 5
    value, right, seen = answer(ids.clone(), _toy_model, mask_id), _toy_score(ids, mask_id), []

    def spy(rows):
        seen.append(rows.clone())
        return _toy_model(rows)

    mine = ids.clone()
    answer(mine, spy, mask_id)
    require(torch.equal(mine, ids), "the argument was changed: repeat or clone the ids before you write [MASK]")
    rows = torch.cat([row if row.ndim == 2 else row[None] for row in seen])
    hidden = (rows == mask_id).sum(1)
    require(not bool((hidden == 0).all()), "nothing is hidden: the model can read every word off the page")
    require(not bool((hidden == len(ids)).any()), "all words are hidden at once: hide one, keep the others")
    value = float(value)
    require(not close(value, right / len(ids), tolerance=1e-4), "that is the mean; the score is the sum")
    require(not close(value, -right, tolerance=1e-4), "the sign is wrong: logarithms of probabilities are negative")
    require(close(value, right, tolerance=1e-4), f"expected {right:.3f}, received {value:.3f}; read row i at place i")


def _toy_model(rows):
    """Log-probabilities (rows, position, vocab 6) that depend on all words of a row and on the place."""
    width, places = 6, torch.arange(rows.shape[-1])
    mixed = rows.sum(-1, keepdim=True) + 2 * rows + places  # (rows, position)
    return torch.cos(mixed[..., None] * (1 + torch.arange(width))).log_softmax(-1)


def _toy_score(ids, mask_id):
    total = 0.0
    for place, word in enumerate(ids.tolist()):
        row = ids.clone()
        row[place] = mask_id
        total += float(_toy_model(row[None])[0, place, word])
    return total


@exercise("two gaps", hint=JOINT)
def check_joint(answer):
    """A function of (tokens with two None, cloze): {(first, second): probability}; cloze gives one dict a gap."""
    tokens = "the patient was prescribed {} for {} .".split()
    tokens = [None if word == "{}" else word for word in tokens]
    first, second = tinytown.cloze_probs(tokens)
    given, before = answer(tokens, tinytown.cloze_probs), tokens.copy()
    require(isinstance(given, dict) and given, "expected a dict {(first word, second word): probability}")
    require(tokens == before and tokens.count(None) == 2, "the argument was changed: write into a copy of the tokens")
    require(all(isinstance(key, tuple) and len(key) == 2 for key in given), "its keys are pairs (first, second)")
    joint = {key: value for key, value in given.items() if value > 1e-12}
    require(
        ("aspirin", "depression") not in joint,
        "it believes in aspirin for depression: a product of the two marginals; ask again after the first gap",
    )
    require(("depression", "sertraline") not in joint, "the pairs are the wrong way round: first gap, then second")
    total = sum(joint.values())
    require(abs(total - 1) < 1e-6, f"the probabilities add up to {total:.3f}, not 1: weigh the second by the first")
    for word, p in first.items():
        found = sum(value for (a, _), value in joint.items() if a == word)
        require(abs(found - p) < 1e-6, f"pairs with {word!r} add up to {found:.3f}; its own probability is {p:.3f}")
    for word, p in second.items():
        found = sum(value for (_, b), value in joint.items() if b == word)
        require(abs(found - p) < 1e-6, f"pairs with {word!r} add up to {found:.3f}; its own probability is {p:.3f}")
