"""One configuration under two masks: equal tensors, weights that go back and forth, phases of one budget."""

from dataclasses import replace

import pytest
import torch
from tiny_variants import QUICK

from helpers.experiments.variants import same_configuration, small_models, tasks
from helpers.transformer.attention import influence_by_mask
from helpers.transformer.masks import bidirectional, causal
from helpers.transformer.parameters import count


def shapes(model):
    """How many tensors of each shape, queries, keys and values counted as one."""
    joined = same_configuration._joined(model.state_dict()) if "Decoder" in type(model).__name__ else model.state_dict()
    return {name: tuple(value.shape) for name, value in joined.items()}


def test_both_classes_have_the_same_parameters_tensor_for_tensor():
    encoder, decoder = (same_configuration.build(objective)[0] for objective in ("MLM", "CLM"))
    assert count(encoder) == count(decoder)
    assert shapes(encoder) == shapes(decoder)


@pytest.mark.parametrize(("objective", "mask"), [("MLM", bidirectional), ("CLM", causal)])
def test_only_the_mask_differs(objective, mask):
    model, _ = same_configuration.build(objective, 0, QUICK)
    for built in (model.eval(), same_configuration.under_the_other_mask(model)):
        expected = mask if built is model else {bidirectional: causal, causal: bidirectional}[mask]
        ids, rows = torch.arange(30, 36)[None], []
        with torch.no_grad():
            before = built(ids).logits[0]
            for place in range(6):
                changed = ids.clone()
                changed[0, place] = 60
                rows.append((built(changed).logits[0] - before).abs().amax(-1) > 1e-7)
        assert torch.equal(torch.stack(rows, 1), influence_by_mask(expected(6), layers=2))


@pytest.mark.parametrize("objective", ["MLM", "CLM"])
def test_weights_go_there_and_back_unchanged(objective):
    model, _ = same_configuration.build(objective, 3, QUICK)
    back = same_configuration.under_the_other_mask(same_configuration.under_the_other_mask(model))
    assert type(back) is type(model)
    assert all(torch.equal(value, back.state_dict()[name]) for name, value in model.state_dict().items())


def test_the_first_word_sees_itself_alone_so_a_text_of_one_token_is_read_alike():
    encoder, _ = same_configuration.build("MLM", 1, QUICK)
    decoder = same_configuration.under_the_other_mask(encoder.eval())
    with torch.no_grad():
        one, two = (model(torch.tensor([[40]])).logits for model in (encoder, decoder))
    assert torch.allclose(one, two, atol=1e-6)


@pytest.mark.parametrize("order", same_configuration.ORDERS)
def test_every_order_has_the_same_budget(order):
    assert sum(made.steps for _, made in same_configuration.phases(order)) == same_configuration.RECIPE.steps


def test_a_point_is_trained_in_two_phases_and_scored(tmp_path, monkeypatch):
    monkeypatch.setattr(small_models, "MODELS", tmp_path)
    monkeypatch.setattr(same_configuration, "RECIPE", QUICK)
    monkeypatch.setattr(tasks, "scored", lambda body, tokenizer, seed: {"read": type(body).__name__})
    monkeypatch.setattr(
        same_configuration,
        "both_objectives",
        lambda model, tokenizer, measured=same_configuration.both_objectives: measured(model, tokenizer, counted=5),
    )
    found = same_configuration.run({"variant": "CLM then MLM", "seed": 0})
    assert found["masked"] > 0 and found["causal"] > 0 and found["tasks"] == {"read": "ModernBertModel"}
    assert len(found["curves"]) == 2 and sum(curve[-1][0] for curve in found["curves"]) == found["words"]
    assert same_configuration.run({"variant": "CLM then MLM", "seed": 0}) == found


def test_the_second_phase_reads_other_documents(tmp_path, monkeypatch):
    seeds = []
    monkeypatch.setattr(small_models, "MODELS", tmp_path)
    monkeypatch.setattr(small_models, "train", lambda *_, seed, **__: seeds.append(seed) or {"words": 1})
    same_configuration.trained("MLM then CLM", 2, replace(QUICK, steps=2))
    assert seeds == [2, 1_002]


def test_names_that_do_not_exist_are_refused():
    with pytest.raises(ValueError, match="'PLM'; choose MLM or CLM"):
        same_configuration.build("PLM")
    with pytest.raises(ValueError, match="'CLM first'; choose from MLM, CLM"):
        same_configuration.phases("CLM first")
