"""ELECTRA's ladder: from BERT's loss on few words to a loss on every token, one step at a time.

A small generator fills the hidden places by drawing from its own distribution; it learns to do so by the usual loss.
The text that it leaves is read by the model, which is asked one of four questions:

    replace MLM      the words that stood in the hidden places (no [MASK] is read any more)
    all-tokens MLM   the word that stood at every place, with a switch that can copy the word that stands there
    ELECTRA 15%      whether a word was replaced, at the hidden places alone
    ELECTRA          whether a word was replaced, at every place

Source: Clark et al. 2020, "ELECTRA: Pre-training Text Encoders as Discriminators Rather Than Generators", sections 2
(losses, weight 50) and 3.5 (the ladder; "ELECTRA 15%", "Replace MLM", "All-Tokens MLM").
"""

from __future__ import annotations

from dataclasses import dataclass, replace

import torch
from torch import nn
from torch.nn.functional import binary_cross_entropy_with_logits as binary_loss
from torch.nn.functional import nll_loss

from helpers import tinytown
from helpers.experiments.variants import small_models
from helpers.experiments.variants.changed_models import bert
from helpers.experiments.variants.objectives import MaskedLM, asked_loss, inputs_of
from helpers.models.tokenizers import build_tokenizer
from helpers.objectives.padding import IGNORE_INDEX

QUESTIONS = ("replace MLM", "all-tokens MLM", "ELECTRA 15%", "ELECTRA")
WEIGHT = 50.0  # of the discriminator's loss, beside the generator's


class WithGenerator(nn.Module):
    """A BERT that is trained, its generator of a half of its width, and a matrix that tells replaced from original.

    `model` is what is kept. Our departure: each has a table of words of its own.
    """

    def __init__(self, model, generator):
        super().__init__()
        self.model, self.generator = model, generator
        self.replaced = nn.Linear(model.config.hidden_size, 1)
        self.copied = nn.Linear(model.config.hidden_size, 1)


def build(seed: int = 0, recipe=small_models.RECIPE):
    """An untrained model with its generator, and the tokenizer."""
    tokenizer = build_tokenizer(tinytown.vocabulary())
    half = replace(recipe, d_model=recipe.d_model // 2, heads=recipe.heads // 2, feed_forward=recipe.feed_forward // 2)
    made = small_models.seeded(lambda: WithGenerator(bert(recipe, tokenizer), bert(half, tokenizer)), seed)
    return made, tokenizer


def corrupted(pair, batch, drawn=None):
    """What the generator leaves of a batch with [MASK]: (ids, original ids, its own loss).

    `drawn`, for tests, stands in the place of what the generator draws: (hidden places,)
    """
    hidden = batch["labels"] != IGNORE_INDEX
    logits = pair.generator(**inputs_of(batch)).logits
    if drawn is None:
        drawn = torch.multinomial(logits[hidden].detach().float().softmax(-1), 1)[:, 0]
    ids = batch["input_ids"].masked_scatter(hidden, drawn)
    return ids, torch.where(hidden, batch["labels"], batch["input_ids"]), asked_loss(logits, batch["labels"])


@dataclass(frozen=True)
class Ladder(MaskedLM):
    """One question of the ladder, asked of a `WithGenerator`."""

    question: str

    def __post_init__(self):
        if self.question not in QUESTIONS:
            raise ValueError(f"no question is named {self.question!r}; choose from {', '.join(QUESTIONS)}")

    def losses(self, model, batch):
        """The generator's loss and the model's, in nats; the batch hides words behind [MASK] alone."""
        ids, original, generator_loss = corrupted(model, batch)
        asked = batch["attention_mask"].bool() if self.on_all else batch["labels"] != IGNORE_INDEX
        read = model.model.bert(input_ids=ids, attention_mask=batch["attention_mask"]).last_hidden_state
        if self.question.startswith("ELECTRA"):
            said = model.replaced(read)[..., 0][asked]
            loss = WEIGHT * binary_loss(said, (ids != original)[asked].float())
        elif self.on_all:
            loss = nll_loss(copy_log_probs(model, read[asked], ids[asked]), original[asked])
        else:
            loss = asked_loss(model.model.cls(read), batch["labels"])
        return {"generator": generator_loss, "model": loss}

    @property
    def on_all(self) -> bool:
        """Whether every place is asked for, not the hidden ones alone."""
        return self.question in ("all-tokens MLM", "ELECTRA")


def copy_log_probs(model, states, ids):
    """log p of each word at each place: with a share D of copying what stands there, 1 - D times the softmax.

    Shapes: states (places, d_model), ids (places,) -> (places, vocab).
    """
    copy = model.copied(states).sigmoid()  # (places, 1)
    probs = (1 - copy) * model.model.cls(states).float().softmax(-1)
    return probs.scatter_add(1, ids[:, None], copy).clamp(min=1e-9).log()
