"""ELECTRA's ladder: what the generator leaves, where each question is asked, and the copy switch."""

import copy
import math

import pytest
import torch
from tiny_variants import QUICK
from torch.nn.functional import cross_entropy

from helpers import tinytown
from helpers.experiments.variants import electra
from helpers.objectives.padding import IGNORE_INDEX


@pytest.fixture(scope="module")
def made():
    return electra.build(0, QUICK)


@pytest.fixture(scope="module")
def batch(made):
    family = electra.Ladder("ELECTRA")
    recipe = electra.replace(QUICK, mix=(1.0, 0.0, 0.0), mask_rate=0.3, first_mask_rate=0.3)
    how = {"recipe": recipe, "tokenizer": made[1], "generator": torch.Generator().manual_seed(0)}
    return family.collate(family.examples(tinytown.documents(6, seed=2), None, **how), **how)


def test_the_generator_changes_hidden_places_alone_and_hides_none(made, batch):
    pair, tokenizer = made
    ids, original, _ = electra.corrupted(pair, batch)
    hidden = batch["labels"] != IGNORE_INDEX
    assert torch.equal(ids[~hidden], batch["input_ids"][~hidden]) and torch.equal(ids[~hidden], original[~hidden])
    assert torch.equal(original[hidden], batch["labels"][hidden])
    assert not (original == tokenizer.mask_token_id).any()


def test_the_words_that_are_drawn_stand_in_their_places(made, batch):
    hidden = batch["labels"] != IGNORE_INDEX
    drawn = torch.arange(30, 30 + int(hidden.sum()))
    assert torch.equal(electra.corrupted(made[0], batch, drawn)[0][hidden], drawn)


@pytest.mark.parametrize("question", electra.QUESTIONS)
def test_who_knows_nothing_pays_the_price_of_chance(question, made, batch):
    pair = copy.deepcopy(made[0])
    for weight in pair.parameters():
        weight.data.zero_()
    pair.copied.bias.data.fill_(-20.0)  # it copies nothing, and every word is as probable
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(torch, "multinomial", lambda probs, _: torch.full((len(probs), 1), 30))
        loss = electra.Ladder(question).losses(pair, batch)["model"].item()
    words = math.log(pair.model.config.vocab_size)
    assert loss == pytest.approx(electra.WEIGHT * math.log(2) if "ELECTRA" in question else words, rel=1e-4)


@pytest.mark.parametrize("question", electra.QUESTIONS)
def test_each_question_is_asked_where_its_name_says(question, made, batch):
    """The gradient that reaches the last states is zero wherever nothing is asked."""
    pair, kept = copy.deepcopy(made[0]), []

    def keep(module, given, output):
        output.last_hidden_state.retain_grad()
        kept.append(output.last_hidden_state)

    pair.model.bert.register_forward_hook(keep)
    electra.Ladder(question).losses(pair, batch)["model"].backward()
    hidden_alone = question in ("replace MLM", "ELECTRA 15%")
    asked = batch["labels"] != IGNORE_INDEX if hidden_alone else batch["attention_mask"] == 1
    assert torch.equal(kept[0].grad.abs().sum(-1) > 0, asked)


def test_a_replaced_word_is_one_that_differs_from_the_original(made, batch):
    pair, _ = made
    hidden = batch["labels"] != IGNORE_INDEX
    pair.replaced.bias.data.fill_(-20.0)  # "nothing was replaced"
    try:
        by_chance = {}
        for name, drawn in {"the same": batch["labels"][hidden], "others": batch["labels"][hidden] % 7 + 30}.items():
            with pytest.MonkeyPatch.context() as patch:
                patch.setattr(torch, "multinomial", lambda *_, drawn=drawn: drawn[:, None])
                by_chance[name] = electra.Ladder("ELECTRA 15%").losses(pair, batch)["model"].item()
    finally:
        pair.replaced.bias.data.fill_(0.0)
    assert by_chance["the same"] < 1e-3 and by_chance["others"] > 100


def test_copying_mixes_the_word_that_stands_there_with_the_softmax(made):
    pair, _ = made
    states, ids = torch.randn(3, QUICK.d_model), torch.tensor([30, 31, 32])
    found = electra.copy_log_probs(pair, states, ids).exp()
    copy, softmax = pair.copied(states).sigmoid(), pair.model.cls(states).softmax(-1)
    by_hand = torch.stack(
        [(1 - copy[i]) * softmax[i] + copy[i] * (torch.arange(len(softmax[i])) == ids[i]) for i in range(3)]
    )
    assert torch.allclose(found, by_hand, atol=1e-6) and torch.allclose(found.sum(1), torch.ones(3), atol=1e-5)


def test_both_parts_learn_and_the_generator_only_by_its_own_loss(made, batch):
    pair, _ = made
    losses = electra.Ladder("ELECTRA").losses(pair, batch)
    from_model = torch.autograd.grad(losses["model"], pair.generator.parameters(), allow_unused=True, retain_graph=True)
    assert all(gradient is None for gradient in from_model)
    sum(losses.values()).backward()
    assert any(p.grad is not None for p in pair.generator.parameters())
    logits = pair.generator(**electra.inputs_of(batch)).logits
    asked = batch["labels"] != IGNORE_INDEX
    assert torch.allclose(losses["generator"], cross_entropy(logits[asked], batch["labels"][asked]), atol=1e-4)
    pair.zero_grad()


def test_a_question_that_does_not_exist_is_refused():
    with pytest.raises(ValueError, match="'ELECTRA 85%'; choose from replace MLM"):
        electra.Ladder("ELECTRA 85%")
