"""The cross-encoder reads both texts and learns to pick the right one."""

import numpy as np
import pytest
import torch
from transformers import BertConfig, BertForSequenceClassification

from helpers.methods.embeddings import cross_encoder
from helpers.training.finetuning import FineTuning


def test_candidates_hold_the_paraphrase_first_and_no_text_twice():
    made = cross_encoder.candidate_pairs([(str(i), f"other {i}") for i in range(6)], candidates=4)
    groups = [made[4 * i : 4 * i + 4] for i in range(6)]
    assert all(group[0] == (str(i), f"other {i}") and len(set(group)) == 4 for i, group in enumerate(groups))
    with pytest.raises(ValueError, match="2 pairs cannot give 4 candidates"):
        cross_encoder.candidate_pairs([("a", "b")] * 2)


def test_a_cross_encoder_reads_both_texts_and_learns_to_pick(small, pairs):
    body, tokenizer = small
    torch.manual_seed(0)
    config = BertConfig(**{**body.config.to_dict(), "num_labels": 1})
    model = BertForSequenceClassification(config).eval()
    write = cross_encoder.writer(tokenizer, config)
    batch = write([pairs[0]])
    assert batch["token_type_ids"].max() == 1 and "labels" not in batch
    swapped = cross_encoder.score(model, tokenizer, [pairs[0], pairs[0][::-1], (pairs[0][0], pairs[1][1])])
    assert len(set(swapped.round(6))) == 3
    recipe = FineTuning(steps=15, batch_size=8, learning_rate=3e-3)
    trained, losses = cross_encoder.train(model, tokenizer, pairs, seed=0, recipe=recipe)
    assert np.mean(losses[-4:]) < np.mean(losses[:4])
    held = [cross_encoder.held_out_loss(m, tokenizer, list(pairs)) for m in (trained, model)]
    assert held[0] < held[1]
