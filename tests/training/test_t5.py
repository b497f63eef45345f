"""course-t5: fewer hidden words as it goes, position biases that stay in fp32 and with AdamW."""

import pytest
import small_language
import torch
from tiny_runs import chunks, first_batch, recipe

from helpers.training import attention_fp32, t5
from helpers.training.loop import fresh_model
from helpers.training.optimizer import in_blocks


def test_t5s_table_of_positions_is_left_to_adamw():
    model = fresh_model(recipe("course-t5"), small_language)[0]
    kinds = {name: in_blocks(name, weight) for name, weight in model.named_parameters() if "block.0.layer.0" in name}
    assert not any(matrix for name, matrix in kinds.items() if "relative_attention_bias" in name or "norm" in name)
    assert all(matrix for name, matrix in kinds.items() if name.endswith((".q.weight", ".k.weight", ".o.weight")))


def test_bf16_training_of_t5_keeps_its_position_biases_in_fp32():
    model, batch = first_batch("course-t5")
    with torch.no_grad():
        before = float(t5.losses(model, batch)["span_corruption"])
        model.set_attn_implementation(attention_fp32.register())
        assert float(t5.losses(model, batch)["span_corruption"]) == pytest.approx(before, abs=1e-5)
        with torch.autocast("cpu", dtype=torch.bfloat16):
            after = float(t5.losses(model, batch)["span_corruption"])
    assert after == pytest.approx(before, rel=0.05)


def test_t5_hides_many_words_at_first_and_fewer_later():
    made = chunks(recipe("course-t5", first_mask_rate=0.6, mask_rate=0.2, mask_rate_chunks=10, chunk_documents=200))[0]

    def hidden(chunk):
        asked = sum(int((b["labels"] > 21).sum()) for b in made[chunk])  # words stand behind the 22 special tokens
        return asked / sum(int(b["words"]) for b in made[chunk])

    assert [hidden(chunk) for chunk in (0, 5, 10)] == pytest.approx([0.6, 0.4, 0.2], abs=0.05)
