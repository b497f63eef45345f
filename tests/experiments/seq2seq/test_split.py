"""The arbitrary cut: exact nats against enumeration and the chain rule, four small models that differ as they say."""

import math
from dataclasses import replace

import numpy as np
import pytest
import torch
from small_language import TEXTS, Document, grammar

from helpers import tinytown
from helpers.experiments.results import Record
from helpers.experiments.seq2seq import split, split_models
from helpers.objectives.padding import IGNORE_INDEX

ROWS = [([5, 6, 7, 8, 9], 2), ([10, 11, 12], 3)]
SMALL = {"d_model": 16, "heads": 2, "feed_forward": 16, "batch_tokens": 256, "chunk_documents": 64}
QUICK = replace(split_models.RECIPE, steps=2, **SMALL)
END = split_models.build("prefix-LM")[1].eos_token_id


def test_the_chain_rule_holds_at_every_cut():
    tokens = "summary : simon lost his umbrella at the forest and a stranger found it .".split()
    joint = -tinytown.log_prob(tokens, language=tinytown.training_language())
    found = [split.halves(tokens, at) for at in range(1, len(tokens) + 1)]
    assert all(h.first + h.second == pytest.approx(joint, abs=1e-9) and h.joint == pytest.approx(joint) for h in found)
    assert [h.first for h in found] == sorted(h.first for h in found)


def test_the_second_half_alone_is_the_average_over_all_first_halves():
    """Every text of a small language, grouped by what stands behind the split."""
    texts = [Document(text).tokens for text in TEXTS]  # each alike
    for tokens in texts:
        for at in range(1, len(tokens) + 1):
            same = sum(text[at:] == tokens[at:] and len(text) == len(tokens) for text in texts)
            there = sum(len(text) >= at for text in texts)
            assert split.second_alone(tokens, at, language=grammar()) == pytest.approx(
                -math.log(same / there), abs=1e-9
            )


@pytest.mark.parametrize("at", [0, 4, -1])
def test_a_cut_outside_the_text_is_refused(at):
    for function in (split.halves, split.second_alone):
        with pytest.raises(ValueError, match=rf"a cut at {at} does not fit a text of 3 words; choose 1 to 3"):
            function(["the", "cat", "sat"], at)


def test_the_exact_numbers_belong_together():
    found = split.exact(20)
    assert found["chain"] < 1e-9 and found["crosses"] > 0
    assert found["untold"] == pytest.approx(found["first"] / (found["first"] + found["second"]))
    texts = split.held_out(20, 0)
    assert all(1 <= at <= min(len(tokens), split.LATEST) for tokens, at, _ in texts)
    behind = sum(len(tokens) + 1 - at for tokens, at, _ in texts)
    assert found["predicted"] == pytest.approx(behind / sum(len(tokens) + 1 for tokens, *_ in texts))


def test_the_place_of_the_cut_tells_nothing_about_what_follows():
    """Given a cut at 3, the texts are those of the language with three words or more, in the same proportions."""
    documents = tinytown.documents(4_000, split="train", seed=5, language=tinytown.only(*split.SCENES))
    drawn = np.random.default_rng(0).integers(1, split.LATEST + 1, len(documents))
    kept = [len(d.tokens) for d, at in zip(documents, drawn) if at == 3 and split.fits(d, int(at))]
    everything = [len(d.tokens) for d in documents if len(d.tokens) >= 3]
    assert abs(np.mean(kept) - np.mean(everything)) < 3 * np.std(everything) / len(kept) ** 0.5


def batch_of(arm, rows):
    batch = split_models.Texts(arm).collate(
        [(row, len(row[0]) + 2) for row in rows], tokenizer=split_models.build(arm, 0, QUICK)[1]
    )
    assert batch.pop("words") == sum(len(ids) for ids, _ in rows)
    return batch


@pytest.mark.parametrize("arm", split.ARMS)
def test_labels_are_the_words_that_the_arm_is_asked_for(arm):
    labels = [[i for i in row if i != IGNORE_INDEX] for row in batch_of(arm, ROWS)["labels"][:, 1:].tolist()]
    behind = [[*ids[at:], END] for ids, at in ROWS]
    assert labels == ([[*ids, END] for ids, _ in ROWS] if arm == "decoder, every word" else behind)


@pytest.mark.parametrize("arm", split.ARMS)
def test_each_arm_sees_what_its_masks_say(arm):
    torch.manual_seed(1)
    model, _ = split_models.build(arm, 0, QUICK)

    def logits(rows):
        with torch.no_grad():
            return model(**batch_of(arm, rows), use_cache=False).logits[0]

    before = logits(ROWS)
    future = (before - logits([([5, 6, 7, 8, 20], 2), ROWS[1]])).abs().amax(-1) > 1e-6
    first = (before - logits([([5, 21, 7, 8, 9], 2), ROWS[1]])).abs().amax(-1) > 1e-6
    neighbour = (before - logits([ROWS[0], ([10, 11, 13], 3)])).abs().amax(-1) > 1e-6
    assert not neighbour.any()  # rows of a batch do not meet
    if arm == "encoder-decoder":  # <end> 7 8 9 <end>
        assert future.tolist() == [False] * 3 + [True] * 2 and first.all()
    else:  # <end> 5 6 7 8 9 <end>
        assert future.tolist() == [False] * 5 + [True] * 2
        assert first.all() if arm == "prefix-LM" else first.tolist() == [False] * 2 + [True] * 5


def test_all_arms_have_the_same_blocks_but_for_the_cross_attention():
    sizes = {arm: split_models.sizes_of(split_models.build(arm)[0])["block parameters"] for arm in split.ARMS}
    d = split_models.RECIPE.d_model
    across = split_models.RECIPE.layers // 2 * (4 * d * d + 4 * d + 2 * d)  # queries, keys, values, output, layer norm
    assert sizes["encoder-decoder"] - across - 2 * d == sizes["prefix-LM"]  # and one more last layer norm
    assert len({sizes[arm] for arm in split.ARMS if arm != "encoder-decoder"}) == 1


def test_the_excess_of_a_reader_that_knows_nothing_is_the_logarithm_of_the_vocabulary_less_the_floor():
    model, tokenizer = split_models.build("encoder-decoder", 0, QUICK)
    for weight in model.parameters():
        weight.data.zero_()
    texts = split.held_out(30, 0)
    words = sum(len(tokens) + 1 - at for tokens, at, _ in texts)
    expected = math.log(model.decoder.config.vocab_size) - sum(floor for *_, floor in texts) / words
    assert split_models.excess(model, tokenizer, "encoder-decoder", count=30) == pytest.approx(expected, abs=1e-4)


def test_all_arms_read_the_same_texts_and_are_asked_the_same_words():
    found = {arm: split_models.train(arm, 1, QUICK)[1] for arm in split.ARMS}
    assert len({scores["curve"][-1][0] for scores in found.values()}) == 1
    behind = {found[arm]["targets"] for arm in split.ARMS[1:]}
    assert len(behind) == 1 and behind.pop() < found[split.ARMS[0]]["targets"]
    again = split_models.train("prefix-LM", 1, QUICK)[1]
    assert again == found["prefix-LM"] and all(math.isfinite(s["excess"]) for s in found.values())


def test_recorded_rows_are_read_and_what_is_missing_is_none(tmp_path):
    place = Record(tmp_path / "seq2seq.jsonl", "c")
    assert split.curve("prefix-LM", record=place) == {} and split.final("prefix-LM", record=place) is None
    assert split.exact_recorded("crosses", record=place) is None
    for seed, value in enumerate((0.2, 0.4, 0.3)):
        scores = {"excess": value, "curve": [[100 + 3 * seed, 1.0], [200, value]]}
        place.add({**split_models.key("prefix-LM", seed), "scores": scores})
    place.add({"experiment": "cut", "who": "exact", "seed": 0, "recipe": {}, "scores": {"crosses": 2.0}})
    assert list(split.curve("prefix-LM", record=place)) == [103, 200]
    mean, low, high = split.final("prefix-LM", record=place)
    assert mean == pytest.approx(0.3) and low < 0.2 < 0.4 < high
    assert split.exact_recorded("crosses", record=place)[0] == 2.0
    with pytest.raises(ValueError, match="no arm is called 'gpt'; choose one of: decoder, every word"):
        split.final("gpt", record=place)


def test_two_arms_are_compared_seed_by_seed(tmp_path):
    place = Record(tmp_path / "seq2seq.jsonl", "c")
    assert split.apart("prefix-LM", "encoder-decoder", record=place) is None
    for seed in (2, 0, 1):  # the seeds differ far more than the arms do
        for arm, more in (("prefix-LM", 0.1 + 0.01 * seed), ("encoder-decoder", 0.0)):
            scores = {"excess": seed + more, "curve": [[100, 5.0 * more], [200, seed + more]]}
            place.add({**split_models.key(arm, seed), "scores": scores})
    mean, low, high = split.apart("prefix-LM", "encoder-decoder", record=place)
    assert mean == pytest.approx(0.11) and 0.08 < low < high < 0.14
    assert split.apart("encoder-decoder", "prefix-LM", point=0, record=place)[0] == pytest.approx(-0.55)
