"""A source word hidden from some heads: those heads alone lose it, and from all heads it is as if masked."""

import numpy as np
import pytest
import torch

from helpers.methods import hidden_sources
from helpers.methods.text_to_text import sources
from helpers.models import load_course
from helpers.tasks.task import Example


@pytest.fixture(scope="module")
def asked():
    model, tokenizer = load_course("course-t5")
    read = tokenizer("the patient was prescribed <extra_id_0> for pain .", return_tensors="pt")
    labels = tokenizer("<extra_id_0> ibuprofen <extra_id_1>", return_tensors="pt")["input_ids"]
    return model, read["input_ids"], labels


def closed(ids, place):
    return torch.arange(ids.shape[1])[None] == place


@torch.no_grad()
def test_from_these_heads_alone(asked):
    model, ids, labels = asked
    with hidden_sources.hidden(model, closed(ids, 6), [(1, 2)]):
        hidden = model(input_ids=ids, labels=labels, output_attentions=True).cross_attentions
    seen = model(input_ids=ids, labels=labels, output_attentions=True).cross_attentions
    looks = torch.stack([layer[0, :, :, 6].sum(-1) for layer in hidden])  # (layer, head)
    assert looks[1, 2] == 0 and (looks > 0).sum() == looks.numel() - 1
    assert torch.equal(hidden[0], seen[0]) and seen[1][0, 2, :, 6].sum() > 0


@torch.no_grad()
def test_from_all_heads_it_is_the_attention_mask(asked):
    model, ids, labels = asked
    memory = model.encoder(input_ids=ids).last_hidden_state
    with hidden_sources.hidden(model, closed(ids, 6), hidden_sources.heads_of(model)):
        found = model(encoder_outputs=(memory,), labels=labels).logits
    masked = model(encoder_outputs=(memory,), attention_mask=(~closed(ids, 6)).long(), labels=labels).logits
    assert torch.allclose(found, masked, atol=1e-5)
    assert not torch.allclose(found, model(encoder_outputs=(memory,), labels=labels).logits, atol=1e-2)


def test_a_head_that_is_not_there_and_another_implementation_are_refused(asked):
    model, ids, _ = asked
    with pytest.raises(
        ValueError, match=r"no head \(2, 0\) \(tuple\) in cross-attention; choose \(layer, head\) up to \(1, 3\)"
    ):
        with hidden_sources.hidden(model, closed(ids, 0), [(2, 0)]):
            pass
    model.set_attn_implementation("sdpa")
    try:
        with pytest.raises(ValueError, match="eager"):
            with hidden_sources.hidden(model, closed(ids, 0), [(1, 0)]):
                pass
    finally:
        model.set_attn_implementation("eager")


def test_damage_is_what_the_right_word_loses_as_if_the_hidden_word_were_masked():
    model, tokenizer = load_course("course-t5")
    example = Example("the patient was prescribed <extra_id_0> for pain .", "<extra_id_0> ibuprofen")
    model.set_attn_implementation("eager")
    hurt = hidden_sources.damage(model, tokenizer, example, hidden_sources.heads_of(model))
    ids = sources(tokenizer, model.config, [example])["input_ids"]
    labels = tokenizer(example.target, return_tensors="pt")["input_ids"]
    with torch.no_grad():
        memory = model.encoder(input_ids=ids).last_hidden_state
        slow = []
        for place in range(8):
            mask = (~closed(ids, place)).long()
            probs = model(encoder_outputs=(memory,), attention_mask=mask, labels=labels).logits.softmax(-1)
            slow.append([1 - probs[0, t, word].item() for t, word in enumerate(labels[0, :2])])
    assert np.allclose(hurt, np.array(slow).T, atol=1e-5)
    assert hurt[1, 6] > hurt[1, 0] + 0.1  # without "pain", "ibuprofen" is less certain
