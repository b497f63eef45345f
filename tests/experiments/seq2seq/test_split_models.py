"""Four small models that differ as they say, read the same texts, and are taken up where they stopped."""

import math
from dataclasses import replace

import pytest
import torch

from helpers.experiments.ablations import settings
from helpers.experiments.seq2seq import split, split_batches, split_models

ROWS = [([5, 6, 7, 8, 9], 2), ([10, 11, 12], 3)]
SMALL = {"d_model": 16, "heads": 2, "feed_forward": 16, "batch_tokens": 256, "chunk_documents": 64}
QUICK = replace(split_models.RECIPE, steps=2, **SMALL)


def batch_of(variant, rows):
    batch = split_batches.Texts(variant).collate(rows, tokenizer=split_models.build(variant, 0, QUICK)[1])
    assert batch.pop("words") == sum(len(ids) for ids, _ in rows)
    return batch


@pytest.mark.parametrize("variant", split.VARIANTS)
def test_each_variant_sees_what_its_masks_say(variant):
    torch.manual_seed(1)
    model, _ = split_models.build(variant, 0, QUICK)

    def logits(rows):
        with torch.no_grad():
            return model(**batch_of(variant, rows), use_cache=False).logits[0]

    before = logits(ROWS)
    future = (before - logits([([5, 6, 7, 8, 20], 2), ROWS[1]])).abs().amax(-1) > 1e-6
    first = (before - logits([([5, 21, 7, 8, 9], 2), ROWS[1]])).abs().amax(-1) > 1e-6
    neighbour = (before - logits([ROWS[0], ([10, 11, 13], 3)])).abs().amax(-1) > 1e-6
    assert not neighbour.any()  # rows of a batch do not meet
    if variant == "encoder-decoder":  # <end> 7 8 9 <end>
        assert future.tolist() == [False] * 3 + [True] * 2 and first.all()
    else:  # <end> 5 6 7 8 9 <end>
        assert future.tolist() == [False] * 5 + [True] * 2
        assert first.all() if variant == "prefix-LM" else first.tolist() == [False] * 2 + [True] * 5


def test_all_variants_have_the_same_blocks_but_for_the_cross_attention():
    sizes = {
        variant: split_models.sizes_of(split_models.build(variant)[0])["block parameters"] for variant in split.VARIANTS
    }
    d = split_models.RECIPE.d_model
    across = split_models.RECIPE.layers // 2 * (4 * d * d + 4 * d + 2 * d)  # queries, keys, values, output, layer norm
    assert sizes["encoder-decoder"] - across - 2 * d == sizes["prefix-LM"]  # and one more last layer norm
    assert len({sizes[variant] for variant in split.VARIANTS if variant != "encoder-decoder"}) == 1


def test_the_excess_of_a_reader_that_knows_nothing_is_the_logarithm_of_the_vocabulary_less_the_floor():
    model, tokenizer = split_models.build("encoder-decoder", 0, QUICK)
    for weight in model.parameters():
        weight.data.zero_()
    texts = split.held_out(30, 0)
    words = sum(len(tokens) + 1 - at for tokens, at, _ in texts)
    expected = math.log(model.decoder.config.vocab_size) - sum(floor for *_, floor in texts) / words
    assert split_models.excess(model, tokenizer, "encoder-decoder", count=30) == pytest.approx(expected, abs=1e-4)


def test_all_variants_read_the_same_texts_and_are_asked_the_same_words():
    found = {variant: split_models.train(variant, 1, QUICK)[1] for variant in split.VARIANTS}
    assert len({scores["curve"][-1][0] for scores in found.values()}) == 1
    behind = {found[variant]["targets"] for variant in split.VARIANTS[1:]}
    assert len(behind) == 1 and behind.pop() < found[split.VARIANTS[0]]["targets"]
    again = split_models.train("prefix-LM", 1, QUICK)[1]
    assert again == found["prefix-LM"] and all(math.isfinite(s["excess"]) for s in found.values())


@pytest.mark.parametrize("variant", ["prefix-LM", "encoder-decoder"])
def test_a_killed_training_is_taken_up_where_it_stopped(variant, monkeypatch, tmp_path):
    recipe = replace(QUICK, steps=5)
    whole = split_models.train(variant, 1, recipe)[1]
    monkeypatch.setattr(split_models, "POINTS", (2,))
    monkeypatch.setattr(split_models, "train_step", dies_after(2, split_models.train_step))
    with pytest.raises(KeyboardInterrupt):
        split_models.train(variant, 1, recipe, folder=tmp_path)
    monkeypatch.undo()
    resumed = split_models.train(variant, 1, recipe, folder=tmp_path)[1]
    assert resumed["curve"][-1] == whole["curve"][-1] and resumed["targets"] == whole["targets"]
    assert split_models.train(variant, 1, recipe, folder=tmp_path)[1] == resumed  # from the last checkpoint alone


def dies_after(count, step):
    """A training step that is killed after so many."""
    calls = []

    def train_step(*given, **how):
        calls.append(1)
        if len(calls) > count:
            raise KeyboardInterrupt
        step(*given, **how)

    return train_step


def test_checkpoints_of_another_recipe_are_refused(tmp_path):
    split_models.train("prefix-LM", 0, QUICK, folder=tmp_path)
    with pytest.raises(ValueError, match="made with another recipe; delete the folder"):
        split_models.train("prefix-LM", 0, replace(QUICK, clip=2.0), folder=tmp_path)


def test_the_exact_numbers_and_every_variant_have_a_point_for_each_seed():
    points = list(split_models.grid())
    assert len(points) == len(split_models.SEEDS) * (1 + len(split.VARIANTS))
    assert {split_models.models(point) for point in points} == {()}
    made = [point["recipe"] for point in points if point["variant"] in split.VARIANTS]
    assert all(recipe == settings(split_models.RECIPE) for recipe in made)
