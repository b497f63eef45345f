"""A decoder without its mask: what it reads, what it is asked, and that its copy leaves the decoder as it was."""

import pytest
import torch
from tiny_variants import QUICK

from helpers import tinytown
from helpers.experiments.variants import small_models, two_sided
from helpers.objectives.padding import IGNORE_INDEX
from helpers.training import gpt


@pytest.fixture(scope="module")
def decoder():
    tokenizer = gpt.build_tokenizer(tinytown.vocabulary())
    return small_models.seeded(lambda: gpt.build_model(QUICK, tokenizer), 0).eval(), tokenizer


def test_every_position_reads_every_real_one_and_no_padding(decoder):
    model, _ = decoder
    body, ids = two_sided.TwoSided(model.transformer).eval(), torch.arange(30, 35)[None]
    real = torch.tensor([[1, 1, 1, 1, 0]])
    with torch.no_grad():
        before = body(ids, real).last_hidden_state[0, :4]
        for place in range(5):
            changed = ids.clone()
            changed[0, place] = 60
            moved = (body(changed, real).last_hidden_state[0, :4] - before).abs().amax(-1) > 1e-7
            assert moved.tolist() == [place < 4] * 4


def test_a_hidden_word_is_read_one_position_before_it(decoder):
    model, tokenizer = decoder
    family, states = two_sided.MaskedNextWord(model.lm_head), []
    how = {"recipe": QUICK, "tokenizer": tokenizer, "generator": torch.Generator().manual_seed(0)}
    batch = family.collate(family.examples(tinytown.documents(6, seed=2), None, **how), **how)
    body = two_sided.TwoSided(model.transformer)

    def keep(module, given, output):
        output.last_hidden_state.retain_grad()
        states.append(output.last_hidden_state)

    body.register_forward_hook(keep)
    family.losses(body, batch)["masked_next_word"].backward()
    asked = (batch["labels"] != IGNORE_INDEX).roll(-1, 1)
    assert torch.equal(states[0].grad.abs().sum(-1) > 0, asked)


def test_dropout_makes_two_readings_differ_and_the_copy_is_its_own(decoder):
    model, _ = decoder
    made = two_sided.with_dropout(two_sided.TwoSided(model.transformer)).train()
    ids, real = torch.arange(30, 35)[None], torch.ones(1, 5, dtype=torch.long)
    one, two = (made(ids, real).last_hidden_state for _ in range(2))
    assert not torch.allclose(one, two)
    assert all(module.p == 0 for module in model.modules() if isinstance(module, torch.nn.Dropout))
