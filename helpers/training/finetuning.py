"""Fine-tuning: a pretrained model, a new question, and a short training of all its weights.

Works for every transformers class that returns `.loss` when it is given labels: classifiers of texts, of pairs of
texts, of tokens. The model that is handed in stays as it is; a trained copy comes back.

>>> from helpers.models.tokenizers import build_tokenizer
>>> collate = text_batches(build_tokenizer(["good", "bad"]))
>>> collate([("good good", 1), ("bad", 0)])["labels"].tolist()
[1, 0]

Source: Devlin et al. 2019, "BERT", section 4 and appendix A.3.
"""

from __future__ import annotations

import copy
from dataclasses import asdict, dataclass

import numpy as np
import torch

from helpers.evaluation import in_batches
from helpers.training.optimizer import decayed
from helpers.training.schedule import share_of_peak
from helpers.training.step import train_step


@dataclass(frozen=True)
class FineTuning:
    """Everything that determines a fine-tuning run, but for the data, the model and the seed.

    warmup: the share of the steps in which the learning rate rises; then it falls in a straight line to zero.
    """

    steps: int = 400
    batch_size: int = 32
    learning_rate: float = 5e-4
    warmup: float = 0.1
    weight_decay: float = 0.01
    clip: float = 1.0

    def __post_init__(self):
        if self.steps < 1 or self.batch_size < 1:
            raise ValueError(f"steps {self.steps} and batch_size {self.batch_size} must both be at least 1")
        if not 0 <= self.warmup < 1:
            raise ValueError(f"warmup {self.warmup} is a share of the steps; choose 0 or more, less than 1")

    def to_dict(self) -> dict:
        """The recipe as a dict for a record.

        >>> FineTuning(steps=7).to_dict()["steps"]
        7
        """
        return asdict(self)


def learning_rate(recipe: FineTuning, step: int) -> float:
    """Up in a straight line, then down to zero; `step` counts from 0.

    >>> recipe = FineTuning(steps=10, warmup=0.2, learning_rate=1.0)
    >>> [round(learning_rate(recipe, step), 2) for step in (0, 1, 2, 9)]
    [0.5, 1.0, 1.0, 0.12]
    """
    rising = max(1, int(recipe.warmup * recipe.steps))
    return recipe.learning_rate * share_of_peak("linear", step, warmup=rising, steps=recipe.steps)


def text_batches(tokenizer):
    """A function that writes examples as a batch: (text, label), or (text, second text, label) for pairs.

    The tokenizer adds the marks and the segment ids, and fills on the right. Shapes: input_ids, attention_mask and, for
    an encoder, token_type_ids (batch, position); labels (batch,).
    Raises ValueError for an empty text, or one that is longer than the model reads.
    """

    def collate(examples):
        sides = list(zip(*[example[:-1] for example in examples]))
        for side in sides:
            if not all(text.strip() for text in side):
                raise ValueError(f"example {[not t.strip() for t in side].index(True)} has an empty text; leave it out")
        batch = dict(tokenizer(*map(list, sides), padding=True, padding_side="right", return_tensors="pt"))
        if (width := batch["input_ids"].shape[1]) > tokenizer.model_max_length:
            raise ValueError(f"a text has {width} tokens, the model reads {tokenizer.model_max_length}; cut it")
        return {**batch, "labels": torch.tensor([example[-1] for example in examples])}

    return collate


def batches_of(examples, recipe: FineTuning, generator):
    """Endless batches: all examples in a random order, then again in another."""
    waiting = []
    while True:
        while len(waiting) < recipe.batch_size:
            waiting += torch.randperm(len(examples), generator=generator).tolist()
        yield [examples[i] for i in waiting[: recipe.batch_size]]
        waiting = waiting[recipe.batch_size :]


def model_loss(model, batch):
    """The loss that the model itself computes from the labels of a batch, in nats."""
    return model(**batch).loss


def finetune(model, examples, *, collate, generator, recipe=None, frozen=(), loss=model_loss, watch=None):
    """Train a copy of a model on examples: (trained copy in evaluation mode, the loss of each step in nats).

    `collate` turns a list of examples into the model's keyword arguments; `generator` decides their order; weights
    whose names begin with one of `frozen` stay as they are (frozen=("bert.",) trains the head alone); `watch`, a
    function of (steps done, model in evaluation mode), is called after each step and must leave the model as it is.
    Raises ValueError for no examples, or when nothing is left to train.
    """
    if not len(examples):
        raise ValueError("no examples to fine-tune on; give at least one")
    if not isinstance(recipe, FineTuning | None):
        raise TypeError(f"recipe cannot be {recipe!r:.60}; pass FineTuning(steps=60), or leave it out")
    recipe, trained = recipe or FineTuning(), copy.deepcopy(model)
    optimizer = _optimizer(trained, recipe, tuple(frozen))
    batches, losses = batches_of(examples, recipe, generator), []
    trained.train()
    for step in range(recipe.steps):
        how = {"losses": lambda *given: {"loss": loss(*given)}, "rate": learning_rate(recipe, step)}
        (found,) = train_step(trained, optimizer, [collate(next(batches))], **how, clip=recipe.clip)
        losses.append(float(found["loss"]))
        if watch:
            watch(step + 1, trained.eval())
            trained.train()
    for weight in trained.parameters():
        weight.requires_grad_(True)
    return trained.eval(), losses


def _optimizer(model, recipe, frozen):
    """AdamW with weight decay on matrices; frozen weights are left out and need no gradient."""
    for name, weight in model.named_parameters():
        weight.requires_grad_(not (frozen and name.startswith(frozen)))
    weights = [weight for weight in model.parameters() if weight.requires_grad]
    if not weights:
        raise ValueError(f"frozen={frozen} leaves no weight to train; freeze less")
    return torch.optim.AdamW(decayed(weights, recipe.weight_decay), lr=recipe.learning_rate)


def class_probs(model, examples, *, collate, batch_size=128):
    """Probability of each class for each example, (examples, classes), by a model with `logits` (batch, classes)."""
    found = []
    with torch.no_grad():
        for some in in_batches(examples, batch_size):
            batch = {name: value for name, value in collate(some).items() if name != "labels"}
            found.append(model(**batch).logits.float().softmax(-1))
    return torch.cat(found)


def accuracy(probs, labels) -> float:
    """Share of examples whose most probable class is their label; a tie of k classes counts 1/k.

    >>> accuracy([[0.9, 0.1], [0.5, 0.5]], [0, 1])
    0.75
    """
    probs, labels = np.asarray(probs, dtype=float), np.asarray(labels)
    best = np.isclose(probs, probs.max(1, keepdims=True), rtol=0, atol=1e-12)
    return float((best[np.arange(len(labels)), labels] / best.sum(1)).mean())
