"""Checks of the exercises on cloze prompts, and the course's own versions of what is asked there.

Each check tells which mistake it sees. Scores and trained models are graded against exact inference in Tinytown.
"""

from __future__ import annotations

import copy
import functools
import string
from types import SimpleNamespace

import numpy as np
import torch
from torch import nn
from torch.nn.functional import cross_entropy
from transformers import BertForMaskedLM

from helpers import tinytown
from helpers.evaluation.expected import best_accuracy, expected_accuracy
from helpers.exercises.checks import close, exercise, require, require_shape
from helpers.methods import cloze
from helpers.models import load_course
from helpers.models.tokenizers import build_tokenizer
from helpers.tasks.review_posteriors import names_known
from helpers.tasks.reviews import LABELS, labelled, validation_reviews

PATTERN = "count the gaps and look at the name between the braces: {text} once, [MASK] once, the rest is yours"
GAP = "find the column of tok.mask_token_id, take log_softmax over the vocabulary there, then the words' own columns"
SCORE = "take exp, average over the label's words, take the logarithm again"
CALIBRATE = "first make each text's two probabilities sum to one, then average them over the texts: that is the prior"
LOSS = "pick the columns of the labels' words first; the softmax then runs over these alone"
TRAIN = (
    "copy.deepcopy, AdamW on its parameters; each step: draw a batch, write, read the gaps, pet_loss, backward, step"
)
QUESTION = "{text} the restaurant is [MASK] ."
NEW_NAMES = ("red", "blue")  # words that mean nothing here: without training they judge like a coin


def cloze_scores(model, tok, text, pattern, words):
    """Log-probability of each word in the pattern's gap, in nats: (words,)."""
    encoded = tok(pattern.replace("{text}", text), return_tensors="pt")
    gap = encoded["input_ids"][0] == tok.mask_token_id  # (position,)
    with torch.no_grad():
        logs = model(**encoded).logits[0, gap].log_softmax(-1)  # (1, vocab)
    return logs[0, tok.convert_tokens_to_ids(words)]


def calibrate(scores, unlabelled):
    """Probabilities of the labels, each divided by its mean share over unlabelled texts: (texts, labels)."""
    shares = np.exp(unlabelled) / np.exp(unlabelled).sum(1, keepdims=True)  # each text sums to one
    divided = np.exp(scores) / shares.mean(0)  # by the prior of its label
    return divided / divided.sum(1, keepdims=True)


def pet_loss(gap_logits, labels, word_ids):
    """Mean nats of the right label, all words but the labels' left out: (batch, vocab), (batch,) -> ()."""
    return cross_entropy(gap_logits[:, word_ids], labels)


def pet_train(model, tok, examples, *, pattern, words, steps=60, rate=7e-4, seed=0):
    """A copy of a masked model, trained on (text, label number) examples at the pattern's gap."""
    word_ids, rng = tok.convert_tokens_to_ids(words), np.random.default_rng(seed)
    pupil = copy.deepcopy(model).train()
    optimizer = torch.optim.AdamW(pupil.parameters(), lr=rate)
    for _ in range(steps):
        batch = [examples[i] for i in rng.integers(len(examples), size=8)]
        asked = [pattern.replace("{text}", text) for text, _ in batch]
        rows = tok(asked, padding=True, return_tensors="pt")
        gap_logits = pupil(**rows).logits[rows["input_ids"] == tok.mask_token_id]  # (batch, vocab)
        loss = pet_loss(gap_logits, torch.tensor([label for _, label in batch]), word_ids)
        optimizer.zero_grad()
        loss.backward()
        optimizer.step()
    return pupil.eval()


@exercise("pattern repair", hint=PATTERN)
def check_repaired(answer):
    """A pattern, as a string, that asks for the verdict on a hotel after its review."""
    require(isinstance(answer, str), f"a pattern is a string, received a {type(answer).__name__}")
    require("<mask>" not in answer, "<mask> is RoBERTa's; a pattern says [MASK], and is written with the model's own")
    gaps = answer.count("[MASK]")
    require(gaps > 0, "there is no [MASK]: where should the answer be read?")
    require(gaps == 1, f"{gaps} gaps: they would be filled independently of one another, and which is the verdict?")
    slots = [name for _, name, _, _ in string.Formatter().parse(answer) if name is not None]
    require(slots, "there is no {text}: every review would get the same answer")
    require(slots == ["text"], f"the slots are {slots}; the review's is called text, and stands once")
    words = answer.replace("[MASK]", " ").replace("{text}", " ").split()
    require("hotel" in words, "nothing says that a hotel is judged")
    verdicts = {"good", "bad", "great", "terrible"} & set(words)
    require(not verdicts, f"the pattern says {', '.join(verdicts)} itself: that answers the question for every review")
    require(
        answer.index("{text}") < answer.index("[MASK]"),
        "the gap stands in front of the review; that can work, but asked was the verdict after it",
    )


class ExactGapReader(nn.Module):
    """A perfect reader of Tinytown as a masked model: its logits at a [MASK] are the exact log-probabilities plus 5.

    At every other place it says the word that stands there; what it is asked is kept in `read`.
    """

    def __init__(self, tok):
        super().__init__()
        self.tok, self.read = tok, []

    def forward(self, input_ids, **_):
        """Logits (batch, position, vocab)."""
        self.read.append(input_ids)
        logits = torch.full((*input_ids.shape, len(self.tok)), -25.0)
        for row, ids in zip(logits, input_ids.tolist()):
            self._write(row, ids)
        return SimpleNamespace(logits=logits, prediction_logits=logits)

    def _write(self, row, ids):
        special = {self.tok.cls_token_id, self.tok.sep_token_id, self.tok.pad_token_id}
        places = [place for place, token in enumerate(ids) if token not in special]
        text = [None if ids[at] == self.tok.mask_token_id else self.tok.convert_ids_to_tokens(ids[at]) for at in places]
        try:
            exact = iter(tinytown.cloze_probs(text))
        except tinytown.ImpossibleTextError:  # a pattern without its review, say: this reader then knows nothing
            exact = iter([{}] * text.count(None))
        for at, token in enumerate(ids):
            row[at, token] = 5.0
        for at, word in zip(places, text):
            if word is None:
                row[at, ids[at]] = -25.0
                for name, p in next(exact).items():
                    row[at, self.tok.convert_tokens_to_ids(name)] = 5.0 + float(np.log(max(p, 1e-12)))


@functools.cache
def exact_gap_reader() -> ExactGapReader:
    """The exact reader with a vocabulary of its own."""
    return ExactGapReader(build_tokenizer(list(tinytown.vocabulary())))


@exercise("cloze_scores", hint=GAP, ours=cloze_scores)
def check_cloze_scores(answer):
    """answer(model, tok, text, pattern, words) -> log-probability of each word in the gap; an exact reader is asked."""
    reader, words, text = exact_gap_reader(), ["great", "bad", "good"], "the pizza was fantastic ."
    tok = reader.tok
    reader.read.clear()
    found = answer(reader, tok, text, QUESTION, words)
    require(reader.read, "the model was never called")
    asked = tok.decode(reader.read[-1][0], skip_special_tokens=False)
    require("pizza" in asked, "the model never read the review: put it in place of {text}")
    require(tok.mask_token in asked, "the model was asked without a gap: it read its own answer")
    received = f"received a {type(found).__name__}; torch.tensor(...) or torch.stack(...) makes one"
    require(isinstance(found, torch.Tensor), f"the next cells need a torch tensor (words,); {received}")
    require_shape(found, (3,), hint="One number for each word.")
    found, exact = found.float(), tinytown.cloze_probs([*text.split(), *"the restaurant is".split(), None, "."])[0]
    right = torch.tensor([exact[word] for word in words]).log()
    said = f"p(good) = {float(found[2].exp()):.2f} from an exact reader in your hands; the exact value is"
    said = f"{said} {exact['good']:.2f}"
    for mistake, diagnosis in (
        (right.exp(), "those are probabilities; a score is their logarithm"),
        (right + 5, "those are logits: take log_softmax over the vocabulary first"),
        (right.log_softmax(-1), "the softmax ran over your words alone: the score is the share among all words"),
        (-right, "the sign is turned: logarithms of probabilities are negative"),
    ):
        require(not close(found, mistake, tolerance=1e-3), diagnosis)
    lost = close(found.sort().values, right.sort().values, tolerance=1e-3) and not close(found, right, tolerance=1e-3)
    require(not lost, "the words' order was lost: one score for each word, in the order given")
    require(bool((found > -20).all()), "read at another place than the gap: where is input_ids == tok.mask_token_id?")
    require(close(found, right, tolerance=1e-3), said)
    before = answer(reader, tok, text, "the restaurant is [MASK] . {text}", words)
    require(bool((before > -20).all()), "a gap in front of the review was missed: find it, do not count from the end")


@exercise("label scores", hint=SCORE)
def check_label_scores(answer):
    """answer(logs, ids): log-probabilities (vocab,) at the gap, {label: [token ids]} -> {label: log of mean p}."""
    logs = torch.tensor([0.05, 0.25, 0.15, 0.3, 0.05, 0.2]).log()
    kept, ids = logs.clone(), {"good": [1, 4], "bad": [3]}
    found = answer(logs, ids)
    require(torch.equal(logs, kept), "the argument was changed; build new tensors")
    require(isinstance(found, dict) and set(found) == {"good", "bad"}, "give back a dict with the same labels")
    good, bad = (float(found[label]) for label in ("good", "bad"))

    def log(p):
        return float(torch.tensor(p).log())

    require(not close(bad, 0.3), "those are probabilities; a score is their logarithm")
    require(close(bad, log(0.3)), f"one word: its log-probability, {log(0.3):.3f}; received {bad:.3f}")
    for mistake, diagnosis in (
        (log(0.3), "the words' probabilities are added up: a label gains by having many words. Take their mean"),
        ((log(0.25) + log(0.05)) / 2, "the mean of the logarithms: one unlikely word pulls the whole label down"),
        (log(0.25) + log(0.05), "the sum of logarithms asks for both words at once, in one gap"),
        (log(0.25), "only the first, or the likeliest, of the label's words was read"),
    ):
        require(not close(good, mistake), diagnosis)
    require(close(good, log(0.15), tolerance=1e-4), f"expected {log(0.15):.3f} for good, received {good:.3f}")


@exercise("calibrate", hint=CALIBRATE, ours=calibrate)
def check_calibrate(answer):
    """answer(scores, unlabelled): log-scores (texts, labels) of both -> calibrated probabilities (texts, labels)."""
    raw = np.array([[0.02, 0.18], [0.06, 0.06], [0.03, 0.05]])
    unlabelled = np.array([[0.01, 0.39], [0.09, 0.01], [0.10, 0.30], [0.02, 0.18]])
    scores, others = np.log(raw), np.log(unlabelled)
    copies = scores.copy(), others.copy()
    found = answer(scores, others)
    require(np.array_equal(scores, copies[0]) and np.array_equal(others, copies[1]), "the arguments were changed")
    require_shape(found, (3, 2), hint="One row a text, one column a label.")
    rows = unlabelled / unlabelled.sum(1, keepdims=True)

    def with_prior(prior, texts=raw):
        return texts / prior / (texts / prior).sum(1, keepdims=True)

    pooled = unlabelled.mean(0) / unlabelled.mean(0).sum()
    own = (raw / raw.sum(1, keepdims=True)).mean(0)
    geometric = np.exp(np.log(rows).mean(0))
    multiplied = raw * rows.mean(0)
    right = with_prior(rows.mean(0))
    for mistake, diagnosis in (
        (np.log(right), "those are logarithms; give back probabilities"),
        (with_prior(np.ones(2)), "nothing was calibrated: the prior is missing"),
        (multiplied / multiplied.sum(1, keepdims=True), "multiplied by the prior: that doubles the bias; divide"),
        (with_prior(pooled), "a text with large scores counted more: normalise each text before you average"),
        (with_prior(geometric), "the mean of logarithms: average the probabilities"),
        (with_prior(own), "the prior was taken from the texts that are judged, not from the unlabelled ones"),
        (raw / rows.mean(0), "the rows do not sum to one: normalise once more at the end"),
    ):
        require(not close(found, mistake), diagnosis)
    require(close(found, right), f"expected {right.round(3).tolist()}, received {np.round(found, 3).tolist()}")


@exercise("pet_loss", hint=LOSS, ours=pet_loss)
def check_pet_loss(answer):
    """answer(gap_logits, labels, word_ids): (batch, vocab), (batch,) label numbers, one id a label -> mean nats."""
    draw = torch.Generator().manual_seed(0)
    logits, labels, ids = 2 * torch.randn(4, 9, generator=draw), torch.tensor([1, 0, 1, 1]), [7, 3]
    kept = logits.clone().requires_grad_(True)
    value = answer(kept, labels, ids)
    require(torch.equal(logits, kept.detach()), "the argument was changed; build new tensors")
    require_shape(torch.as_tensor(value), (), hint="One number for the whole batch.")
    words = logits[:, ids]
    right = cross_entropy(words, labels)
    for mistake, diagnosis in (
        (
            cross_entropy(logits, torch.tensor(ids)[labels]),
            "the softmax ran over the whole vocabulary: every other word that fits the gap is punished as well",
        ),
        (cross_entropy(logits, labels), "the label's number was taken for a token id; look up the word's id"),
        (cross_entropy(words, 1 - labels), "the labels are exchanged: column 0 belongs to label 0"),
        (right * 4, "this is the sum over the batch; take the mean"),
        (-right, "the sign is turned: a loss is minus the log-probability"),
        (-words.softmax(-1)[range(4), labels].mean(), "the logarithm is missing"),
        (cross_entropy(logits[:, sorted(ids)], labels), "the columns were sorted: keep the labels' order"),
    ):
        require(not close(value, mistake), diagnosis)
    said = float(torch.as_tensor(value).detach())
    require(close(value, right), f"expected {float(right):.4f} nats, received {said:.4f}")
    flows = isinstance(value, torch.Tensor) and value.requires_grad
    require(flows, "right number, but no gradient can flow: return the tensor itself, without float() or .item()")


class Watch:
    """Hooks on a model, and on every copy of it, that note how it is trained."""

    def __init__(self, model, tok):
        self.tok, self.passes, self.unmasked, self.kept, self.elsewhere, self.columns = tok, 0, 0, 0, 0, 0
        self.handles = [
            model.register_forward_pre_hook(self._asked, with_kwargs=True),
            model.register_forward_hook(self._answered, with_kwargs=True),
        ]

    def __deepcopy__(self, memo):
        return self  # one record for the model and its copies

    def _asked(self, module, given, named):
        if torch.is_grad_enabled():
            self.passes += 1
            padded = bool((_ids(given, named) == self.tok.pad_token_id).any())
            self.unmasked += padded and named.get("attention_mask") is None and len(given) < 2

    def _answered(self, module, given, named, output):
        if output.logits.requires_grad:
            gap = _ids(given, named) == self.tok.mask_token_id
            output.logits.register_hook(lambda gradient: self._backward(module, gap, gradient))

    def _backward(self, module, gap, gradient):
        """Whether old gradients are still there, and which places and words the new ones come from."""
        old = [weight.grad for weight in module.parameters() if weight.grad is not None]
        self.kept += any(bool((each != 0).any()) for each in old)
        self.elsewhere += bool((gradient != 0).any(-1)[~gap].any())
        self.columns = max(self.columns, int((gradient != 0).flatten(0, -2).any(0).sum()))

    def remove(self):
        for handle in self.handles:
            handle.remove()


def _ids(given, named):
    return named["input_ids"] if "input_ids" in named else given[0]


@functools.cache
def _task():
    """course-bert, 32 labelled reviews, 100 held-out ones and their exact posterior: what `pet_train` is graded on."""
    model, tok = load_course("course-bert", model_class=BertForMaskedLM)
    examples = [(review.text, LABELS.index(review.label)) for review in labelled(32, seed=0)]
    texts = [review.text for review in validation_reviews()[:100]]
    return model, tok, examples, texts, names_known(texts)


@exercise("pet_train", hint=TRAIN)
def check_pet_train(answer):
    """answer(model, tok, examples, *, pattern, words, steps, rate, seed) -> a trained copy; graded on held-out reviews.

    The labels are called red and blue, so that everything has to come from the training.
    """
    model, tok, examples, texts, exact = _task()
    before, watch = copy.deepcopy(model.state_dict()), Watch(model, tok)
    try:
        pupil = _trained(answer, steps=3)
    finally:
        watch.remove()
        changed = any(not torch.equal(weight, before[name]) for name, weight in model.state_dict().items())
        model.load_state_dict(before)
        model.zero_grad()
        model.eval()
    require(not changed, "the model that was handed in has changed: train a copy (copy.deepcopy)")
    require(isinstance(pupil, nn.Module), f"give the trained model back; received a {type(pupil).__name__}")
    moved = [name for name, weight in pupil.state_dict().items() if not torch.equal(weight, before[name])]
    require(moved, "no weight moved: is there a loss.backward() and an optimizer.step() on the copy's parameters?")
    deep = any("layer.0." in name for name in moved)
    require(deep, "only the last weights moved: PET trains all of them; hand the optimizer all parameters")
    require(watch.passes == 3, f"{watch.passes} training passes with steps=3: one batch a step")
    require(not watch.unmasked, "the padding was read as text: hand the attention_mask in as well, model(**rows)")
    require(not watch.elsewhere, "the loss reads other places than the gap: logits[input_ids == tok.mask_token_id]")
    require(watch.columns <= 2, f"the loss looks at {watch.columns} words: at the gap only the labels' words count")
    require(not watch.kept, "old gradients were added to new ones: optimizer.zero_grad() in every step")
    require(not pupil.training, "the model came back in training mode: dropout would blur its answers; .eval()")
    _grade(_trained(answer, steps=60), tok, texts, exact)


def _trained(answer, *, steps):
    """What the answer makes of the task in so many steps."""
    model, tok, examples, *_ = _task()
    with torch.random.fork_rng(devices=[]):
        torch.manual_seed(0)
        how = {"pattern": QUESTION, "words": list(NEW_NAMES), "rate": 7e-4, "seed": 0}
        return answer(model, tok, list(examples), steps=steps, **how)


def _grade(pupil, tok, texts, exact):
    """Accuracy of the trained model beside the best possible one, and what a low one tells."""
    asked = {"pattern": QUESTION, "verbalizer": dict(zip(LABELS, NEW_NAMES))}
    right = expected_accuracy(cloze.label_scores(pupil, tok, texts, **asked), exact)
    said = f"with 32 labels {right:.2f} of 100 new reviews are right; best possible {best_accuracy(exact):.2f}"
    require(right > 0.35, f"{said}: the labels are exchanged; label 0 is called {NEW_NAMES[0]}")
    require(right > 0.65, f"{said}: was every batch drawn from all examples, and the loss made smaller?")
    print(said)
