"""The bi-encoder: a cosine of mean states."""

import pytest
import torch

from helpers.methods import bi_encoder, fine_tuned
from helpers.tasks.task import Example


@pytest.mark.parametrize("name", ["course-bert", "course-gpt"])
def test_the_bi_encoders_cosine_is_the_one_of_mean_states_and_ignores_padding(name):
    body, tokenizer = fine_tuned.fresh(name, "AutoModel")
    pairs = [Example("the cat sat on the mat .", 1.0, "may laughed ."), Example("may laughed .", 0.0, "may laughed .")]
    with torch.no_grad():
        one, two = (
            body(**tokenizer(text, return_tensors="pt")).last_hidden_state[0].mean(0)
            for text in (pairs[0].source, pairs[0].second)
        )
    found = bi_encoder.cosines(bi_encoder.BiEncoder(body), tokenizer, pairs)
    assert found == pytest.approx([float(torch.cosine_similarity(one, two, dim=0)), 1.0], abs=1e-4)
    batch = bi_encoder.sides(tokenizer)(pairs)
    loss = float(bi_encoder.BiEncoder(body)(**batch).loss.detach())
    assert loss == pytest.approx(((found[0] - 1) ** 2 + found[1] ** 2) / 2, abs=1e-4)
