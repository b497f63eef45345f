"""Checks of the exercises on masked language modelling, and the course's own versions of what is asked there.

Each check tells which mistake it sees. Losses and filled gaps are graded against exact inference in Tinytown.
"""

from __future__ import annotations

import functools
from types import SimpleNamespace

import numpy as np
import torch
from torch import nn

from helpers import tinytown
from helpers.exercises.checks import close, exercise, require, require_shape
from helpers.experiments import two_gaps
from helpers.objectives import masked_lm as objective
from helpers.objectives.padding import IGNORE_INDEX, pad_rows

MASK = "draw three tensors with torch.rand and torch.randint: who is chosen, what befalls them, the random words"
LOSS = "pick the rows where labels != -100, take log_softmax over the vocabulary there, and average the minus"
WHOLE = "chosen[b, i] becomes true when any chosen token has the word number of token i; None is no word"
PLL = "one row for each word, each with one [MASK]; read row i at place i; add up the logarithms"
JOINT = "P(a, b) = P(a) P(b | a): write each a into the text, and ask for the other gap again"
FILL = "while a gap is left: ask, find the gap whose best word has the highest probability, write that word, ask again"
WORDS, MASK_ID = (22, 1019), 4  # as in course-bert's vocabulary


def masked_lm_loss(model, shown, labels, attention_mask):
    """Mean nats of the words that `labels` ask for: a tensor with one number, from which a gradient can flow.

    Shapes: shown, labels and attention_mask (batch, position); labels are -100 where nothing is asked.
    """
    logits = model(input_ids=shown, attention_mask=attention_mask).logits  # (batch, position, vocab)
    asked = labels != -100
    log_probs = logits[asked].log_softmax(-1)  # (asked, vocab)
    return -log_probs[torch.arange(len(log_probs)), labels[asked]].mean()


def joint_of(tokens, cloze):
    """Probabilities of the words in two gaps by the chain rule, {(first, second): probability}.

    tokens holds None at both gaps; cloze(tokens) gives one dict word -> probability for each gap that is left.
    """
    at, joint = tokens.index(None), {}
    for first, p in cloze(tokens)[0].items():
        filled = [*tokens[:at], first, *tokens[at + 1 :]]
        for second, q in cloze(filled)[0].items():
            joint[first, second] = p * q
    return joint


def pll(ids, model, mask_id):
    """Sum of log p(word | all others) of ids (position,); model maps ids (rows, position) to log-probabilities."""
    each = torch.arange(len(ids))
    rows = ids.repeat(len(ids), 1)  # a copy: the argument stays as it is
    rows[each, each] = mask_id
    return model(rows)[each, each, ids].sum()


def fill_in_turn(tokens, cloze):
    """The text with its gaps (None) filled one at a time, the surest first, each with its best word.

    cloze(tokens) gives one dict word -> probability for each gap that is left.
    """
    tokens = list(tokens)
    while None in tokens:
        gaps = [place for place, word in enumerate(tokens) if word is None]
        best = [max(found.items(), key=lambda item: item[1]) for found in cloze(tokens)]
        surest = max(range(len(gaps)), key=lambda gap: best[gap][1])
        tokens[gaps[surest]] = best[surest][0]
    return tokens


@exercise("mask_tokens", hint=MASK, ours=objective.mask_tokens)
def check_mask_tokens(answer):
    """A function like helpers.objectives.masked_lm.mask_tokens, judged by what becomes of 24,000 words."""
    ids = torch.randint(*WORDS, (400, 62), generator=torch.Generator().manual_seed(0))
    ids[:, 0], ids[:, -1] = 2, 3  # [CLS] and [SEP]
    special, before = (ids < WORDS[0]).long(), ids.clone()
    how = {"mask_id": MASK_ID, "word_ids": WORDS}
    found = answer(ids, special, generator=torch.Generator().manual_seed(1), **how)
    require(torch.equal(ids, before), "input_ids was changed: work on a copy, or with torch.where")
    require(isinstance(found, tuple) and len(found) == 2, "return two tensors: the corrupted ids and the labels")
    shown, labels = found
    require_shape(shown, ids.shape)
    require_shape(labels, ids.shape)
    require(not bool((labels == 0).any()), "labels are 0 where nothing is asked: use -100, which the loss skips")
    chosen = labels != IGNORE_INDEX
    require(not bool(chosen[special.bool()].any()), "a special token was chosen: leave out special_tokens_mask")
    require(
        torch.equal(labels[chosen], ids[chosen]),
        "labels must hold the true words: you took them from the corrupted ids",
    )
    require(torch.equal(shown[~chosen], ids[~chosen]), "a word that was not chosen is shown changed")
    again = answer(ids, special, generator=torch.Generator().manual_seed(1), **how)
    require(torch.equal(shown, again[0]), "the same generator gave another result: pass generator= to every draw")
    _check_shares(ids, shown, chosen, special)
    every = answer(ids, special, generator=torch.Generator().manual_seed(2), rate=0.5, mix=(0.0, 1.0, 0.0), **how)
    share = float((every[1] != IGNORE_INDEX).sum() / (special == 0).sum())
    require(abs(share - 0.5) < 0.03, f"with rate=0.5 you chose {share:.0%}: 0.15 is written into your function")
    require(not bool((every[0] == MASK_ID).any()), "with mix=(0, 1, 0) there is still a [MASK]: use mix, not 0.8")


def _check_shares(ids, shown, chosen, special):
    """How many words are chosen, and what becomes of them."""
    rate, hidden = float(chosen.sum() / (special == 0).sum()), shown == MASK_ID
    require(
        abs(rate - 0.1875) > 0.01 or abs(float(hidden.sum() / (special == 0).sum()) - 0.15) > 0.01,
        "15 % of the words are hidden: 15 % are to be chosen, and 80 % of those hidden",
    )
    require(abs(rate - 0.15) < 0.012, f"{rate:.1%} of the words are chosen, not 15 %")
    parts = [hidden[chosen], ~hidden[chosen] & (shown != ids)[chosen], (shown == ids)[chosen]]
    masked, changed, kept = (float(part.float().mean()) for part in parts)
    seen = f"of the chosen words {masked:.0%} became [MASK], {changed:.0%} another word, {kept:.0%} stayed"
    require(kept > 0.01, f"{seen}: no chosen word stays as it is")
    require(
        abs(changed - 0.02) > 0.01 or masked < 0.7,
        f"{seen}: 10 % of the chosen words, not of what [MASK] leaves",
    )
    require(
        abs(changed - 0.18) > 0.015 or masked < 0.7, f"{seen}: half of what [MASK] leaves is random, not nine tenths"
    )
    require(max(abs(masked - 0.8), abs(changed - 0.1), abs(kept - 0.1)) < 0.03, f"{seen}; 80, 10 and 10 are wanted")
    random_words = shown[chosen & ~hidden & (shown != ids)]
    inside = (random_words >= WORDS[0]) & (random_words < WORDS[1])
    require(bool(inside.all()), "a random word is no word: draw from range(*word_ids)")
    require(len(random_words.unique()) > 100, "your random words are few: draw one for each place")


class ExactReader(nn.Module):
    """A perfect masked model of Tinytown: at each [MASK] the exact distribution, at other words that word.

    Where the attention mask is missing it reads padding as text and knows nothing.
    """

    def __init__(self, words):
        super().__init__()
        self.words, self.scale, self.read = list(words), nn.Parameter(torch.ones(())), []

    def forward(self, input_ids, attention_mask=None, **_):
        """Logits (batch, position, vocab)."""
        self.read.append(input_ids)
        logits = torch.zeros(*input_ids.shape, len(self.words))
        if attention_mask is not None:
            for row, ids, mask in zip(logits, input_ids, attention_mask):
                self._write(row, ids[mask.bool()].tolist())
        return SimpleNamespace(logits=logits * self.scale)

    def _write(self, row, ids):
        text = [None if self.words[i] == "[MASK]" else self.words[i] for i in ids]
        gaps = iter(tinytown.cloze_probs(text)) if None in text else iter(())
        for place, word in enumerate(text):
            probs = {word: 1.0} if word is not None else next(gaps)
            row[place] = -30.0
            for name, p in probs.items():
                row[place, self.words.index(name)] = float(np.log(max(p, 1e-13)))


@functools.cache
def _exact_batch():
    """An exact reader, and a padded batch with hidden words: (model, shown, labels, attention_mask, loss)."""
    texts = [
        "the patient was prescribed warfarin for anticoagulation .",
        "the capital of france is paris .",
        "anna had clots . the patient was prescribed warfarin for anticoagulation .",
    ]
    hidden = [(4, 6), (3,), (8,)]
    words = ["[PAD]", "[MASK]", *tinytown.vocabulary()]
    rows = [[words.index(word) for word in text.split()] for text in texts]
    batch = pad_rows(rows, pad_id=0)
    shown, labels = batch["input_ids"].clone(), torch.full_like(batch["input_ids"], IGNORE_INDEX)
    for row, places in enumerate(hidden):
        for place in places:
            labels[row, place], shown[row, place] = shown[row, place].item(), 1
    reader = ExactReader(words)
    with torch.no_grad():
        best = float(masked_lm_loss(reader, shown, labels, batch["attention_mask"]))
    return reader, shown, labels, batch["attention_mask"], best


@exercise("masked_lm_loss", hint=LOSS, ours=masked_lm_loss)
def check_masked_lm_loss(answer):
    """A function of (model, shown, labels, attention_mask): mean nats of the hidden words, as a tensor."""
    reader, shown, labels, attention_mask, best = _exact_batch()
    value = answer(reader, shown.clone(), labels.clone(), attention_mask)
    require(getattr(value, "numel", lambda: 1)() == 1, "one number is wanted, the mean over the hidden words")
    require(
        isinstance(value, torch.Tensor) and value.requires_grad,
        "no gradient can flow from this: return the tensor itself, without float(), .item() or no_grad",
    )
    value, asked, blind = float(value.detach()), int((labels != IGNORE_INDEX).sum()), float(np.log(len(reader.words)))
    said = f"an exact reader scored {value:.2f} nats in your hands; best possible {best:.2f}"
    require(not close(value, -best, tolerance=1e-3), f"{said}: the sign is wrong, a loss is minus the log-probability")
    require(
        not close(value, best * asked / labels.numel(), tolerance=1e-3),
        f"{said}: you divided by all positions; the mean is over the hidden words only",
    )
    require(not close(value, best * asked, tolerance=1e-3), f"{said}: that is the sum; divide by how many are hidden")
    require(not close(value, blind, tolerance=1e-3), f"{said}: the padding was read as text; pass attention_mask on")
    require(
        value > best - 1e-3,
        f"{said}: nothing beats an exact reader honestly; was the model shown the answers?",
    )
    with torch.no_grad():
        scores = reader(shown, attention_mask).logits
    shifted = _mean_loss(scores[:, :-1], labels[:, 1:])
    require(
        not close(value, shifted, tolerance=1e-3),
        f"{said}: the labels were shifted; GPT predicts the next word, BERT the word at the very same place",
    )
    clamped = -scores.log_softmax(-1).gather(-1, labels.clamp(min=0)[..., None]).mean()
    last = -scores.log_softmax(-1).gather(-1, (labels % scores.shape[-1])[..., None]).mean()
    require(
        not close(value, clamped, tolerance=1e-3) and not close(value, last, tolerance=1e-3),
        f"{said}: -100 was used as a word number; drop these positions before you look a label up",
    )
    require(close(value, best, tolerance=1e-3), said)


def _mean_loss(scores, labels):
    log_probs, asked = scores.log_softmax(-1), labels != IGNORE_INDEX
    return -log_probs[asked].gather(-1, labels[asked][:, None]).mean()


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


@exercise("pll", hint=PLL, ours=pll)
def check_pll(answer):
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


@exercise("joint_of", hint=JOINT, ours=joint_of)
def check_joint_of(answer):
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


@exercise("fill_in_turn", hint=FILL, ours=fill_in_turn)
def check_fill_in_turn(answer):
    """A function of (tokens with None at gaps, cloze) that fills them one at a time; graded by the exact joint."""
    problems, won, best, impossible = _notes(), 0.0, 0.0, 0
    for words in problems:
        tokens = list(words)
        filled = answer(tokens, tinytown.cloze_probs)
        require(tokens == list(words), "the argument was changed: fill a copy of the tokens")
        require(
            isinstance(filled, list | tuple) and len(filled) == len(words),
            f"return the whole text as a list of {len(words)} words",
        )
        require(None not in filled, "a gap is left open: go on while there is a None")
        same = all(one == other for one, other in zip(words, filled) if one is not None)
        require(same, "a word that was no gap has changed: write at the place of a None")
        p = _prob(filled) / _prob(words)
        won, best, impossible = won + p, best + two_gaps.best_pair(words)[1], impossible + (p < 1e-9)
    said = f"your words have probability {won / len(problems):.3f} on average; best possible {best / len(problems):.3f}"
    require(not impossible, f"{impossible} of {len(problems)} texts cannot be: fill one gap, then ask again. {said}")
    require(won > best * 0.999, f"{said}: fill the gap first whose best word is surest")


def _prob(words) -> float:
    """Exact probability of the texts that these words and gaps allow."""
    return tinytown.Reading(list(words), tinytown.training_language()).probability()


@functools.cache
def _notes() -> tuple:
    """Clinical notes without their drug and its purpose."""
    return two_gaps.problems("drug and purpose", 12, 0)
