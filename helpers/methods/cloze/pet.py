"""Pattern-exploiting training: fine-tune a masked model on its own task, with the label's word as the missing word.

Loss = (1 - alpha) x cross-entropy over the labels' words at the gap + alpha x masked LM loss on unlabelled texts. No
weight is new: a head is not needed, because the model's own output layer already knows the words.

Source: Schick and Schütze 2021, "Exploiting Cloze Questions for Few Shot Text Classification and Natural Language
Inference", section 3, where alpha is 1e-4 and the gap itself is never asked for by the second term.
"""

from __future__ import annotations

from dataclasses import dataclass, field

import torch
from torch.nn.functional import cross_entropy

from helpers.methods.cloze.patterns import Verbalizer, ask, check_pattern, distinct_ids, word_ids, words_of
from helpers.models.checks import require_masked_model, require_pairs, require_texts
from helpers.models.encoding import encode
from helpers.objectives.masked_lm import masked_lm_batch
from helpers.objectives.padding import IGNORE_INDEX, ids_of
from helpers.training.finetuning import FineTuning, finetune
from helpers.transformer.checks import listed, random_source, real, require_tensor, share, shown


@dataclass(frozen=True)
class Pet:
    """What PET training needs besides model, data and seed.

    lm_weight: alpha, the share of the masked LM loss; lm_rate: how much of an unlabelled text is hidden.
    """

    pattern: str
    verbalizer: Verbalizer
    recipe: FineTuning = field(default_factory=FineTuning)
    lm_weight: float = 1e-4
    lm_rate: float = 0.15

    def __post_init__(self):
        check_pattern(self.pattern)
        words_of(self.verbalizer)
        share(self.lm_rate, "lm_rate", usual="BERT uses 0.15")
        if not isinstance(self.recipe, FineTuning):
            raise TypeError(f"recipe cannot be {shown(self.recipe)}; pass FineTuning(steps=...)")
        if not 0 <= real(self.lm_weight, "lm_weight") < 1:
            raise ValueError(f"lm_weight {self.lm_weight} is a share; choose 0 or more, less than 1")


def train(model, tokenizer, examples, *, pet: Pet, generator, unlabelled=()):
    """A copy of a masked model, trained on (text, label) examples: (trained copy, the loss of each step in nats).

    Without unlabelled texts the second term is left out.
    Raises ValueError for no examples, fewer examples than labels, a label that no word covers, or a word of several
    tokens (one prediction cannot be spread over gaps here: choose a word that is one token).
    """
    require_masked_model(model, tokenizer)
    random_source(generator)
    if not isinstance(pet, Pet):
        raise TypeError(f"pet cannot be {shown(pet)}; pass Pet(pattern, verbalizer)")
    examples = require_pairs(examples, "examples") if listed(examples, "examples", least=0) else []
    unlabelled = (
        require_texts(unlabelled, "unlabelled") if listed(unlabelled, "unlabelled", least=0, of="texts") else []
    )
    distinct_ids(tokenizer, pet.verbalizer, pattern=pet.pattern)
    words = words_of(pet.verbalizer, [label for _, label in examples])
    check_enough(examples, list(words))
    columns = [[_one_token(tokenizer, word, pet.pattern) for word in found] for found in words.values()]
    number = {label: index for index, label in enumerate(words)}
    collate = _collate(tokenizer, pet, list(unlabelled), number, generator)
    loss = _loss(columns, pet.lm_weight if unlabelled else 0.0, tokenizer.mask_token_id)
    return finetune(model, list(examples), collate=collate, generator=generator, recipe=pet.recipe, loss=loss)


def check_enough(examples, labels) -> None:
    """Refuse a training set that is empty or too small to name every label.

    >>> check_enough([("fine .", "good")], ["good", "bad"])
    Traceback (most recent call last):
    ...
    ValueError: 1 example for 2 labels (good, bad); give at least one for each label, or use the scores without training
    """
    if not listed(examples, "examples", least=0):
        raise ValueError("the training set is empty; give examples, or use the scores without training (zero-shot)")
    if len(examples) < len(listed(labels, "labels", of="labels")):
        what = "example" if len(examples) == 1 else "examples"
        raise ValueError(
            f"{len(examples)} {what} for {len(labels)} labels ({', '.join(labels)}); give at least one for each label,"
            " or use the scores without training"
        )


def pet_loss(gap_logits, labels, columns):
    """Cross-entropy over the labels' words at the gap, in nats, all other words left out.

    gap_logits: (batch, vocab); labels: (batch,) numbers of labels; columns: for each label the ids of its words, whose
    probabilities are averaged.

    >>> import torch
    >>> round(float(pet_loss(torch.tensor([[2.0, 0.0, 9.0]]), torch.tensor([0]), [[0], [1]])), 3)
    0.127
    """
    check_columns(gap_logits, labels, columns)
    scores = [gap_logits[:, ids].logsumexp(-1) - torch.tensor(float(len(ids))).log() for ids in columns]
    return cross_entropy(torch.stack(scores, dim=1), labels)


def check_columns(gap_logits, labels, columns) -> None:
    """Refuse what `pet_loss` cannot read."""
    require_tensor(gap_logits, "gap_logits", dtype="floating", dims=2)
    require_tensor(labels, "labels", dtype="whole", dims=1)
    size = gap_logits.shape[1]
    for ids in listed(columns, "columns", of="lists of ids"):
        if max(ids_of(listed(ids, "the ids of a label", of="ids"))) >= size:
            raise ValueError(f"ids {ids[:5]} of a label are beyond the {size} words of gap_logits; use one tokenizer")
    if len(labels) != len(gap_logits) or not ((labels >= 0) & (labels < len(columns))).all():
        due = f"a number below {len(columns)} for each of {len(gap_logits)} rows"
        raise ValueError(f"labels {labels.tolist()} do not fit; pass {due}")


def _token_logits(output):
    """The logits over the vocabulary, (batch, position, vocab), of whichever class the model has."""
    return output.logits if "logits" in output else output.prediction_logits


def _one_token(tokenizer, word, pattern):
    ids = word_ids(tokenizer, word, pattern=pattern)
    if len(ids) > 1:
        pieces = " ".join(tokenizer.convert_ids_to_tokens(ids))
        raise ValueError(f"the word {word!r} has {len(ids)} tokens ({pieces}); PET training needs a word of one token")
    return ids[0]


def _collate(tokenizer, pet, unlabelled, number, generator):
    """Examples -> a batch of questions with their labels, and as many corrupted unlabelled questions."""

    def write(texts):
        asked = [ask(pet.pattern, text, mask_token=tokenizer.mask_token) for text in texts]
        return dict(encode(tokenizer, asked))

    def collate(examples):
        batch = {"asked": write([text for text, _ in examples])}
        batch["labels"] = torch.tensor([number[label] for _, label in examples])
        if unlabelled and pet.lm_weight:
            drawn = torch.randint(len(unlabelled), (len(examples),), generator=generator).tolist()
            batch["corrupted"] = masked_lm_batch(
                write([unlabelled[i] for i in drawn]),
                tokenizer.all_special_ids,
                generator=generator,
                mask_id=tokenizer.mask_token_id,
                word_ids=(0, len(tokenizer)),
                rate=pet.lm_rate,
            )
        return batch

    return collate


def _loss(columns, lm_weight, mask_id):
    """The weighted sum of both terms, for `finetune`."""

    def loss(model, batch):
        at_gap = batch["asked"]["input_ids"] == mask_id
        value = (1 - lm_weight) * pet_loss(_token_logits(model(**batch["asked"]))[at_gap], batch["labels"], columns)
        if "corrupted" in batch:
            inputs = {name: tensor for name, tensor in batch["corrupted"].items() if name != "labels"}
            logits, asked_for = _token_logits(model(**inputs)), batch["corrupted"]["labels"]
            total = cross_entropy(logits.flatten(0, 1), asked_for.flatten(), reduction="sum")
            value = value + lm_weight * total / (asked_for != IGNORE_INDEX).sum().clamp(min=1)
        return value

    return loss
