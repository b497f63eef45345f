"""A student with half of its teacher's layers, and the losses by which it learns from the teacher.

Source: Sanh et al. 2019, "DistilBERT", sections 2 and 3: soft targets at a temperature, hidden words, cosine of the
last states, one layer in two as the start; the weights 5, 2, 1 and the temperature 2 are those of its code. Our
departure: segment table stays, so that teacher and student differ in layers alone (the pooler is in neither).
"""

from __future__ import annotations

import copy
from dataclasses import dataclass

import torch
from torch.nn.functional import cosine_similarity, kl_div

from helpers.experiments.variants.objectives import MaskedLM, asked_loss, inputs_of

TEMPERATURE = 2.0
WEIGHTS = {"soft targets": 5.0, "hidden words": 2.0, "cosine": 1.0}


def student_of(teacher, *, keep: int = 2):
    """A copy of a `BertForMaskedLM` with one layer in `keep`, the first of each.

    >>> from transformers import BertConfig, BertForMaskedLM
    >>> small = BertConfig(vocab_size=9, hidden_size=8, num_attention_heads=2, num_hidden_layers=4, intermediate_size=8)
    >>> student_of(BertForMaskedLM(small)).config.num_hidden_layers
    2

    Raises ValueError when the teacher's layers cannot be divided so.
    """
    layers = teacher.config.num_hidden_layers
    if layers % keep:
        raise ValueError(f"{layers} layers cannot be cut to one in {keep}; choose a divisor")
    student = copy.deepcopy(teacher)
    student.bert.encoder.layer = torch.nn.ModuleList(list(student.bert.encoder.layer)[::keep])
    student.config.num_hidden_layers = layers // keep
    return student


def soft_target_loss(student_logits, teacher_logits, *, temperature: float = TEMPERATURE):
    """KL(teacher || student) of the softened distributions times the squared temperature, mean over rows, in nats.

    >>> logits = torch.tensor([[1.0, 2.0]])
    >>> soft_target_loss(logits, logits).item()
    0.0

    Shapes: both (rows, vocab). Source: Hinton, Vinyals and Dean 2015, "Distilling the Knowledge in a Neural Network",
    section 2 (the square keeps the size of the gradients).
    """
    said = (student_logits / temperature).log_softmax(-1)
    due = (teacher_logits / temperature).log_softmax(-1)
    return kl_div(said, due, reduction="batchmean", log_target=True) * temperature**2


@dataclass(frozen=True)
class Distillation(MaskedLM):
    """Hidden words of whole documents, asked of a student beside its teacher; a weight of 0 leaves a term out."""

    teacher: torch.nn.Module
    weights: tuple[tuple[str, float], ...] = tuple(WEIGHTS.items())

    def losses(self, model, batch):
        """The weighted terms, in nats (the cosine without a unit); soft targets and cosine at all real tokens."""
        weights, real = dict(self.weights), batch["attention_mask"].bool()
        found = model(**inputs_of(batch), output_hidden_states=True)
        terms = {"hidden words": asked_loss(found.logits, batch["labels"])} if weights.get("hidden words") else {}
        if weights.get("soft targets") or weights.get("cosine"):
            with torch.no_grad():
                due = self.teacher(**inputs_of(batch), output_hidden_states=True)
            pair = found.hidden_states[-1][real], due.hidden_states[-1][real]
            terms["soft targets"] = soft_target_loss(found.logits[real], due.logits[real])
            terms["cosine"] = 1 - cosine_similarity(*pair).mean()
        return {name: weights.get(name, 0.0) * value for name, value in terms.items()}
