"""Attention in fp32 changes nothing but speed."""

import torch
from tiny_runs import first_batch

from helpers.training import attention_fp32


def test_attention_in_fp32_changes_nothing_but_speed():
    model, batch = first_batch("course-bert")
    with torch.no_grad():
        before = model.bert(batch["input_ids"], attention_mask=batch["attention_mask"]).last_hidden_state
        model.set_attn_implementation(attention_fp32.register())
        after = model.bert(batch["input_ids"], attention_mask=batch["attention_mask"]).last_hidden_state
    assert torch.allclose(before, after, atol=1e-6)
