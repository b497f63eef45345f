"""Checks of the exercises on the descendants, each with the course's own version; they tell which mistake they see.

Legend: L places of a canvas.
"""

from __future__ import annotations

import numpy as np
import torch
from torch.nn.functional import cross_entropy, kl_div

from helpers.exercises.checks import close, exercise, require, require_shape
from helpers.experiments.variants.distilling import soft_target_loss

COUNT = "tables first; a narrow one needs a matrix of width x d_model beside it; then blocks, or one block if shared"
BOUND = "log_softmax, gather the true ids, change the sign, keep the hidden places, sum each row, times L over l"
SOFT = "divide both logits by T; sum p (log p - log q) over the words, p the teacher's; mean over rows; times T squared"
KEPT = "take chance away from both scores, then divide the student's by the teacher's"
WRITE = "one number decides: after pass k of K, L * (K - k) // K places are still hidden; what is shown stays"


def matrix_parameters(vocab, d_model, feed_forward, layers, *, width, shared):
    """Parameters in the matrices of an encoder whose table of words is `width` wide."""
    table = vocab * width + (width * d_model if width != d_model else 0)
    block = 4 * d_model**2 + 2 * d_model * feed_forward
    return table + block * (1 if shared else layers)


def text_bound(logits, canvas, hidden):
    """(batch, L, vocab), true ids (batch, L), which are hidden (batch, L) -> nats (batch,)"""
    losses = -logits.log_softmax(-1).gather(-1, canvas[..., None])[..., 0]  # (batch, L)
    return (losses * hidden).sum(1) * canvas.shape[1] / hidden.sum(1)


def kept(student, teacher, chance):
    """Share of what a teacher has above chance that its student keeps."""
    return (student - chance) / (teacher - chance)


def write(fill, places, *, passes, mask_id, generator):
    """fill: ids (L,) -> probabilities (L, vocab). Returns the ids (L,) of a text, written in so many passes."""
    canvas = torch.full((places,), mask_id)
    for step in range(1, passes + 1):
        probs = fill(canvas)
        drawn = torch.multinomial(probs, 1, generator=generator)[:, 0]
        hidden = (canvas == mask_id).nonzero()[:, 0]
        stay = places * (passes - step) // passes
        sure = probs[hidden, drawn[hidden]].argsort(descending=True)
        shown = hidden[sure[: len(hidden) - stay]]
        canvas[shown] = drawn[shown]
    return canvas


@exercise("matrix_parameters", hint=COUNT, ours=matrix_parameters)
def check_matrix_parameters(answer):
    """A function of vocab, d_model, feed_forward, layers, width and shared to a number of parameters."""
    sizes = {"vocab": 100, "d_model": 8, "feed_forward": 20, "layers": 3}
    d, f, layers, vocab = 8, 20, 3, 100

    def of(width, shared):
        return int(answer(*sizes.values(), width=width, shared=shared))

    block, plain = 4 * d * d + 2 * d * f, of(8, False)
    require(
        plain != vocab * d + layers * (3 * d * d + 2 * d * f), "attention has four matrices: Q, K, V and the output"
    )
    require(plain != vocab * d + layers * (4 * d * d + d * f), "the feed-forward network has two matrices, up and down")
    require(plain != layers * block, "the table of words is missing: vocab x width")
    require(plain != vocab * d + d * d + layers * block, "a table as wide as d_model needs no matrix behind it")
    require(plain == vocab * d + layers * block, f"expected {vocab * d + layers * block}, received {plain}")
    shared = of(8, True)
    require(shared != plain, "shared weights are counted once for every layer; they exist once")
    require(shared == vocab * d + block, f"shared: expected {vocab * d + block}, received {shared}")
    narrow = of(2, False)
    require(narrow != vocab * 2 + layers * block, "a narrow table needs a matrix that widens it: width x d_model")
    require(narrow == vocab * 2 + 2 * d + layers * block, f"narrow: {vocab * 2 + 2 * d + layers * block}, not {narrow}")


@exercise("text_bound", hint=BOUND, ours=text_bound)
def check_text_bound(answer):
    """A function of logits (batch, L, vocab), canvas (true ids, batch, L) and hidden (batch, L) to nats (batch,)."""
    generator = torch.Generator().manual_seed(0)
    logits = torch.randn(3, 4, 7, generator=generator)
    canvas = torch.randint(0, 7, (3, 4), generator=generator)
    hidden = torch.tensor([[True] * 4, [True, False, True, False], [False, False, False, True]])
    losses = cross_entropy(logits.transpose(1, 2), canvas, reduction="none")
    summed, count = (losses * hidden).sum(1), hidden.sum(1)
    found = torch.as_tensor(answer(logits, canvas, hidden))
    require_shape(found, (3,), hint="One number for each text.")
    require(not close(found, -summed * 4 / count), "the sign: a surprise is minus a log-probability")
    require(not close(found, losses.sum(1)), "every place is counted; the model was asked for the hidden ones only")
    require(not close(found, summed), "the sum over l hidden places stands for L places: multiply by L / l")
    require(not close(found, summed / count), "that is the mean of a hidden place; a text has L of them")
    require(not close(found, summed * count / 4), "upside down: L / l, so that few hidden places count for all")
    raw = -logits.softmax(-1).gather(-1, canvas[..., None])[..., 0]
    require(not close(found, (raw * hidden).sum(1) * 4 / count), "probabilities are not nats: take the logarithm")
    require(close(found, summed * 4 / count), f"expected {(summed * 4 / count).tolist()}, received {found.tolist()}")


@exercise("soft_target_loss", hint=SOFT, ours=soft_target_loss)
def check_soft_target_loss(answer):
    """A function of student_logits, teacher_logits (rows, vocab) and a temperature to a loss in nats."""
    generator = torch.Generator().manual_seed(1)
    student, teacher = (2 * torch.randn(5, 6, generator=generator) for _ in range(2))

    def divergence(temperature, one=student, two=teacher):
        said, due = ((logits / temperature).log_softmax(-1) for logits in (one, two))
        return kl_div(said, due, reduction="batchmean", log_target=True)

    found, right = torch.as_tensor(answer(student, teacher, temperature=2.0)), 4 * divergence(2.0)
    require_shape(found, (), hint="One number: the mean over the rows.")
    require(not close(found, divergence(2.0)), "the squared temperature is missing: gradients shrink with 1 / T^2")
    require(not close(found, 2 * divergence(2.0)), "times the temperature; it is times its square")
    require(not close(found, divergence(1.0)), "the temperature is not used: divide both logits by it")
    require(not close(found, 4 * divergence(2.0, teacher, student)), "turned round: the teacher's distribution is p")
    require(not close(found, right / 6), "the mean runs over rows and words; sum over the words, then take the mean")
    require(not close(found, 5 * right), "that is the sum over the rows; take the mean")
    soft = 4 * cross_entropy(student / 2, (teacher / 2).softmax(-1))
    require(not close(found, soft), "that is the cross-entropy, which is not 0 when both agree; take KL")
    require(close(found, right), f"expected {float(right):.3f} nats, received {float(found):.3f}")


@exercise("kept", hint=KEPT, ours=kept)
def check_kept(answer):
    """A function of the student's and the teacher's score and chance to a share."""
    found = float(answer(0.8, 0.9, 0.5))
    require(not close(found, 0.8 / 0.9), "chance is in both scores: a student that guesses would keep 0.56 here")
    require(not close(found, 0.25), "that is the share lost; the share kept is asked")
    require(not close(found, 4 / 3), "upside down: the student's part over the teacher's")
    require(not close(found, 0.3), "the student's part must be divided by the teacher's")
    require(not close(found, 0.8 - 0.5 / 0.9) and not close(found, (0.8 - 0.5) / 0.9), "take chance from both scores")
    require(close(found, 0.75), f"expected 0.75, received {found:.2f}")
    require(close(float(answer(0.5, 0.9, 0.5)), 0.0), "a student at chance keeps 0")


class Filler:
    """A reader for the check of `write`: it knows the right word of each place, and notes every canvas it is asked.

    Its word of place i is i + 1, of which it is the surer the later the place; [MASK] is 0, and impossible.

    >>> Filler(3)(torch.tensor([0, 0, 0])).argmax(-1).tolist()
    [1, 2, 3]
    """

    def __init__(self, places):
        self.places, self.asked = places, []

    def __call__(self, canvas):
        self.asked.append(canvas.clone())
        probs = torch.full((self.places, self.places + 1), 1e-6)
        probs[:, 0] = 0.0
        probs[torch.arange(self.places), torch.arange(self.places) + 1] = 1.0 + 0.01 * torch.arange(self.places)
        return probs / (1.05 + 0.01 * self.places)


@exercise("write", hint=WRITE)
def check_write(answer):
    """A function of fill, places, passes, mask_id and a generator to ids (L,)."""

    def run(passes, fill, seed=0):
        return answer(fill, 6, passes=passes, mask_id=0, generator=torch.Generator().manual_seed(seed))

    fill = Filler(6)
    found = torch.as_tensor(run(3, fill))
    require_shape(found, (6,), hint="One id for each place.")
    require(fill.asked, "fill was never asked")
    require(not bool((found == 0).any()), "places are still hidden at the end; after the last pass none may be")
    require(len(fill.asked) == 3, f"fill was asked {len(fill.asked)} times; expected 3, the passes")
    counts = [int((canvas == 0).sum()) for canvas in fill.asked]
    require(counts[1] != 0, "the first pass shows the whole canvas; in 3 passes, two of 6 places each")
    require(counts == [6, 4, 2], f"hidden before each pass: expected [6, 4, 2], received {counts}")
    shown = (fill.asked[1] != 0).nonzero()[:, 0].tolist()
    require(shown != [0, 1], "the first pass showed the least sure or the first places; the surest come first")
    require(shown == [4, 5], f"the first pass showed {shown}; the surest are [4, 5]")
    require(
        len({tuple(run(2, _flat, seed).tolist()) for seed in range(5)}) > 1,
        "draw the words; the top word alone writes one text for ever",
    )
    kept_too = _Fickle()
    run(3, kept_too)
    stays = all((two[one != 0] == one[one != 0]).all() for one, two in zip(kept_too.asked, kept_too.asked[1:]))
    require(stays, "a word that was shown has changed later; what is shown stays")


def _flat(canvas):
    """Every word but [MASK] alike."""
    probs = torch.ones(len(canvas), 7)
    probs[:, 0] = 0.0
    return probs / 6


class _Fickle:
    """A reader that asks for another word at every pass."""

    def __init__(self):
        self.asked = []

    def __call__(self, canvas):
        self.asked.append(canvas.clone())
        return torch.eye(7)[torch.full((len(canvas),), len(self.asked))]


def valid_share(answer, reader, *, passes: int, texts: int = 20, places: int = 8, seed: int = 0) -> float:
    """Share of texts that a reader's `write` leaves sensible; `reader.fill` fills, `reader.valid` judges ids."""
    found = [
        answer(reader.fill, places, passes=passes, mask_id=reader.mask_id, generator=torch.Generator().manual_seed(n))
        for n in range(seed, seed + texts)
    ]
    return float(np.mean([reader.valid(ids.tolist()) for ids in found]))
