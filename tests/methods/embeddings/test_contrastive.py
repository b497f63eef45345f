"""Vectors of texts: of the right model, from its own tokenizer in any state, unknown words named."""

import pytest
import torch
from transformers import AutoModel

from helpers.methods.embeddings import contrastive
from helpers.models import load_course

TEXTS = ["the cat sat on the mat .", "it rained ."]


def test_words_that_no_text_held_are_embedded_and_named(capsys):
    body, tok = load_course("course-bert", model_class=AutoModel)
    assert contrastive.embed(body, tok, ["東京", "大阪"], how="mean").shape == (2, body.config.hidden_size)
    assert capsys.readouterr().out == "not words of Tinytown: 東京, 大阪\n"


def test_the_tokenizer_s_padding_side_changes_nothing():
    body, tok = load_course("course-bert", model_class=AutoModel)
    right = contrastive.embed(body, tok, TEXTS, how="first")
    tok.padding_side = "left"
    assert torch.equal(contrastive.embed(body, tok, TEXTS, how="first"), right)


@pytest.mark.parametrize(("name", "message"), [("course-t5", "has two stacks; pass one"), ("course-gpt", "never read")])
def test_another_model_or_tokenizer_is_refused(name, message):
    model, _ = load_course(name)
    with pytest.raises(ValueError, match=message):
        contrastive.embed(model, load_course("course-bert")[1], TEXTS, how="mean")
