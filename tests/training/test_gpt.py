"""course-gpt: the next token, not the one after."""

import torch
from tiny_runs import first_batch

from helpers.training import gpt


def test_the_decoder_predicts_the_next_token_not_the_one_after():
    model, batch = first_batch("course-gpt")
    logits = model(batch["input_ids"], attention_mask=batch["attention_mask"]).logits
    log_probs = logits[:, :-1].log_softmax(-1).gather(-1, batch["input_ids"][:, 1:, None]).squeeze(-1)
    by_hand = -log_probs[batch["attention_mask"][:, 1:] == 1].mean()
    assert torch.allclose(gpt.losses(model, batch)["causal_lm"], by_hand, atol=1e-5)
