"""Two texts read apart: each becomes the mean of its token states, and the cosine of the two is the answer.

The body is the whole encoder or decoder; of an encoder-decoder it is the encoder alone.

Source: Reimers and Gurevych 2019, "Sentence-BERT", section 3 (mean pooling; the cosine trained by squared error).
"""

from __future__ import annotations

import torch
from transformers.modeling_outputs import SequenceClassifierOutput

from helpers.evaluation import in_batches
from helpers.methods.fine_tuned import BATCH, fresh, tuned
from helpers.methods.pooling import pool
from helpers.tasks.task import check_training

BODIES = {"course-t5": "T5EncoderModel", "course-t5-deep": "T5EncoderModel"}


def bi_encoder(task, name: str, train, *, seed: int, recipe, watch=None):
    """Fine-tune one body to read both texts of a pair: a Predictor."""
    check_training(task, train)
    body, tokenizer = fresh(name, BODIES.get(name, "AutoModel"), seed=seed)
    body = body.get_encoder() if getattr(body.config, "is_encoder_decoder", False) and name not in BODIES else body
    how = {"collate": sides(tokenizer), "answer": cosines, "seed": seed, "recipe": recipe, "watch": watch}
    return tuned(BiEncoder(body).eval(), tokenizer, train, **how)


class BiEncoder(torch.nn.Module):
    """A model whose `loss` is the squared error between the cosine of two texts and their number."""

    def __init__(self, body):
        super().__init__()
        self.body, self.config = body, body.config

    def forward(self, first, second, labels=None):
        one, two = (mean_state(self.body, batch) for batch in (first, second))
        logits = torch.nn.functional.cosine_similarity(one, two)  # (batch,)
        loss = None if labels is None else torch.nn.functional.mse_loss(logits, labels)
        return SequenceClassifierOutput(loss=loss, logits=logits)


def mean_state(body, batch):
    """Mean of the last states over all tokens that are no padding: (batch, d_model)."""
    states = body(input_ids=batch["input_ids"], attention_mask=batch["attention_mask"]).last_hidden_state
    return pool(states, batch["attention_mask"], "mean")


def sides(tokenizer):
    """A function that writes examples as two batches, `first` and `second`, and their numbers."""

    def collate(examples):
        texts = [e.source for e in examples], [e.second for e in examples]
        first, second = (
            tokenizer(list(side), padding=True, padding_side="right", return_tensors="pt") for side in texts
        )
        return {"first": first, "second": second, "labels": torch.tensor([float(e.target) for e in examples])}

    return collate


def cosines(model, tokenizer, examples, seed=0) -> list[float]:
    """The cosine of each pair."""
    found, collate = [], sides(tokenizer)
    with torch.no_grad():
        for batch in in_batches(examples, BATCH):
            encoded = collate(batch)
            found += model(encoded["first"], encoded["second"]).logits.tolist()
    return found
