"""A decoder made two-sided: GPT-2's blocks without their mask, masked next words, and a contrastive loss.

Source: BehnamGhader et al. 2024, "LLM2Vec: Large Language Models Are Secretly Powerful Text Encoders", section 2: the
three steps; Gao et al. 2021, "SimCSE", section 3, for the contrastive step without labels (one text twice, dropout).
"""

from __future__ import annotations

import copy
from dataclasses import dataclass

from torch import nn

from helpers.experiments.variants.objectives import asked_loss, hidden
from helpers.objectives.padding import IGNORE_INDEX
from helpers.training import gpt
from helpers.transformer.masks import padding, to_additive

DROPOUT = 0.1


class TwoSided(nn.Module):
    """A GPT-2 body that reads both ways: its weights, the mask of an encoder.

    Shapes: input_ids, attention_mask (batch, position) -> `last_hidden_state` (batch, position, d_model).
    """

    def __init__(self, body):
        super().__init__()
        self.body, self.config = copy.deepcopy(body), body.config

    def forward(self, input_ids, attention_mask, **rest):
        """Every real position sees every real position; the mask that GPT-2 brings along is replaced as a whole."""
        seen = padding(attention_mask).expand(-1, -1, input_ids.shape[1], -1)
        return self.body(input_ids=input_ids, attention_mask=to_additive(seen), use_cache=False, **rest)


@dataclass(frozen=True)
class MaskedNextWord:
    """Hidden words, each read from the state of the position before it: what a decoder's head was trained to do."""

    head: nn.Module

    def examples(self, documents, salient, **how):
        """The word ids of each document."""
        return gpt.examples(documents, salient, **how)

    def collate(self, rows, *, recipe, tokenizer, generator, width=None):
        """`<|endoftext|> text <|endoftext|>` with words hidden behind [MASK] alone."""
        batch = gpt.collate(rows, recipe=recipe, tokenizer=tokenizer, generator=generator, width=width)
        plain = {name: batch[name] for name in ("input_ids", "attention_mask", "words")}
        return hidden(plain, tokenizer=tokenizer, generator=generator, rate=recipe.mask_rate, mix=(1.0, 0.0, 0.0))

    def losses(self, model, batch):
        """Mean loss of a hidden word, in nats; position i answers for what is hidden at i + 1."""
        labels = batch["labels"][:, 1:]
        states = model(batch["input_ids"], batch["attention_mask"]).last_hidden_state[:, :-1]
        asked = labels != IGNORE_INDEX
        return {"masked_next_word": asked_loss(self.head(states[asked]), labels[asked])}


def with_dropout(model, rate: float = DROPOUT):
    """A copy of a model whose dropout rates are all `rate`: two readings of one text differ, which SimCSE asks for."""
    made = copy.deepcopy(model)
    for module in made.modules():
        if isinstance(module, nn.Dropout):
            module.p = rate
    return made
