"""Pseudo-log-likelihood against a slow oracle: one text, one [MASK] at a time."""

import numpy as np
import pytest
import torch
from transformers import BertConfig, BertForMaskedLM, BertForPreTraining

from helpers.methods.pseudo_likelihood import one_gap_losses, pseudo_log_likelihood
from helpers.models.tokenizers import build_tokenizer

TOKENIZER = build_tokenizer("the cat sat on mat .".split())
SIZES = dict(
    vocab_size=len(TOKENIZER),
    hidden_size=16,
    num_hidden_layers=1,
    num_attention_heads=2,
    intermediate_size=16,
    max_position_embeddings=12,
)
TEXT = "the cat sat on the mat ."


def model_of(model_class):
    torch.manual_seed(0)
    return model_class(BertConfig(**SIZES)).eval()


def slowly(model, text, name):
    """Each word replaced in the text itself, each text read by itself."""
    words, losses = text.split(), []
    for t, word in enumerate(words):
        encoded = TOKENIZER(" ".join([*words[:t], "[MASK]", *words[t + 1 :]]), return_tensors="pt")
        with torch.no_grad():
            scores = model(**encoded)[name][0, t + 1].log_softmax(-1)
        losses.append(-float(scores[TOKENIZER.convert_tokens_to_ids(word)]))
    return losses


@pytest.mark.parametrize(
    ("model_class", "name"), [(BertForMaskedLM, "logits"), (BertForPreTraining, "prediction_logits")]
)
def test_it_equals_one_mask_at_a_time(model_class, name):
    model = model_of(model_class)
    found = one_gap_losses(model, TOKENIZER, TEXT)
    np.testing.assert_allclose(found, slowly(model, TEXT, name), atol=1e-5)
    assert pseudo_log_likelihood(model, TOKENIZER, TEXT) == pytest.approx(-found.sum())


def test_bad_texts_are_refused():
    model = model_of(BertForMaskedLM)
    with pytest.raises(ValueError, match="no tokens to hide"):
        one_gap_losses(model, TOKENIZER, "")
    with pytest.raises(ValueError, match="has 14 tokens, the model reads 12 at once; cut it by at least 2"):
        one_gap_losses(model, TOKENIZER, " ".join(["cat"] * 12))
