"""Masking: the right share, the right fates, uniform random words, never a special token, nothing changed in place."""

import pytest
import torch
from scipy.stats import binomtest, chisquare

from helpers.objectives.masked_lm import MIX, RATE, mask_tokens, masked_lm_batch
from helpers.objectives.padding import MAX_LENGTH, pad_rows

WORD_IDS = (22, 122)
MASK_ID = 4


def inputs(rows=2_000, width=50, seed=0):
    """Random ids with [CLS] in front, [SEP] at the end of row and some padding; and which of them are special."""
    ids = torch.randint(*WORD_IDS, (rows, width), generator=torch.Generator().manual_seed(seed))
    ids[:, 0], ids[:, -1], ids[::2, -5:] = 2, 3, 0
    return ids, ids < 22


def masked(ids, special, *, seed=1, **options):
    generator = torch.Generator().manual_seed(seed)
    return mask_tokens(ids, special, generator=generator, mask_id=MASK_ID, word_ids=WORD_IDS, **options)


def test_shares_are_those_of_the_paper():
    ids, special = inputs()
    corrupted, labels = masked(ids, special)
    chosen = labels != -100
    total, candidates = int(chosen.sum()), int((~special).sum())
    assert binomtest(total, candidates, RATE).pvalue > 1e-4
    to_mask = int((corrupted[chosen] == MASK_ID).sum())
    kept = int((corrupted[chosen] == ids[chosen]).sum())
    chance = 1 / (WORD_IDS[1] - WORD_IDS[0])  # a random word may be the word itself
    assert binomtest(to_mask, total, MIX[0]).pvalue > 1e-4
    assert binomtest(kept, total, MIX[2] + MIX[1] * chance).pvalue > 1e-4


def test_each_share_of_an_uneven_mix_goes_to_its_own_fate():
    ids, special = inputs()
    corrupted, labels = masked(ids, special, rate=0.9, mix=(0.5, 0.4, 0.1))
    chosen = labels != -100
    fates = (corrupted == MASK_ID, (corrupted != MASK_ID) & (corrupted != ids), corrupted == ids)
    chance = 1 / (WORD_IDS[1] - WORD_IDS[0])  # a random word may be the word itself
    for fate, share in zip(fates, (0.5, 0.4 * (1 - chance), 0.1 + 0.4 * chance)):
        assert binomtest(int(fate[chosen].sum()), int(chosen.sum()), share).pvalue > 1e-4


def test_random_words_are_uniform():
    ids, special = inputs()
    corrupted, labels = masked(ids, special, rate=0.9, mix=(0, 1, 0))
    drawn = corrupted[labels != -100]
    counts = torch.bincount(drawn - WORD_IDS[0], minlength=WORD_IDS[1] - WORD_IDS[0])
    assert chisquare(counts.numpy()).pvalue > 1e-4


def test_special_tokens_are_never_chosen_and_the_rest_is_left_alone():
    ids, special = inputs()
    corrupted, labels = masked(ids, special, rate=0.99)
    assert (labels[special] == -100).all() and (corrupted[special] == ids[special]).all()
    untouched = labels == -100
    assert (corrupted[untouched] == ids[untouched]).all()
    assert (labels[~untouched] == ids[~untouched]).all()


def test_arguments_are_not_changed_and_the_generator_decides():
    ids, special = inputs(rows=20)
    before = ids.clone(), special.clone()
    first, again, other = (masked(ids, special, seed=seed) for seed in (1, 1, 2))
    assert torch.equal(ids, before[0]) and torch.equal(special, before[1])
    assert all(torch.equal(a, b) for a, b in zip(first, again))
    assert not torch.equal(first[1], other[1])


def test_shares_agree_with_transformers_collator():
    from transformers import DataCollatorForLanguageModeling

    from helpers.models.tokenizers import build_tokenizer, word_id_range

    tokenizer = build_tokenizer([f"w{i}" for i in range(100)])
    word_ids = word_id_range(tokenizer)
    ids = torch.randint(*word_ids, (2_000, 50), generator=torch.Generator().manual_seed(0))
    theirs = DataCollatorForLanguageModeling(tokenizer, mlm_probability=RATE, seed=0)
    theirs = theirs([{"input_ids": row} for row in ids])
    corrupted, labels = mask_tokens(
        ids, torch.zeros_like(ids), generator=torch.Generator().manual_seed(0), mask_id=MASK_ID, word_ids=word_ids
    )
    for words, asked in ((corrupted, labels), (theirs["input_ids"], theirs["labels"])):
        chosen = asked != -100
        assert abs(float(chosen.float().mean()) - RATE) < 0.005
        assert abs(float((words[chosen] == MASK_ID).float().mean()) - MIX[0]) < 0.02


def test_a_batch_keeps_its_other_tensors_and_spares_special_ids():
    batch = {"input_ids": torch.tensor([[2, 30, 31, 3, 0]]), "attention_mask": torch.tensor([[1, 1, 1, 1, 0]])}
    generator = torch.Generator().manual_seed(0)
    out = masked_lm_batch(batch, [0, 2, 3], generator=generator, mask_id=4, word_ids=WORD_IDS, rate=0.999)
    assert out["labels"].tolist() == [[-100, 30, 31, -100, -100]]
    assert out["attention_mask"] is batch["attention_mask"] and "labels" not in batch


@pytest.mark.parametrize("rate", [0, 1, -0.1, 15])
def test_a_rate_outside_zero_and_one_is_refused(rate):
    with pytest.raises(ValueError, match=f"rate {rate} must lie between 0 and 1"):
        masked(*inputs(rows=2), rate=rate)


@pytest.mark.parametrize("mix", [(0.8, 0.1), (0.8, 0.1, 0.2), (1.2, -0.1, -0.1)])
def test_a_mix_that_is_no_mix_is_refused(mix):
    with pytest.raises(ValueError, match="three shares"):
        masked(*inputs(rows=2), mix=mix)


def test_wrong_shapes_empty_batches_and_empty_ranges_are_refused():
    ids, special = inputs(rows=2)
    with pytest.raises(ValueError, match=r"shape \(2, 49\), input_ids \(2, 50\)"):
        masked(ids, special[:, 1:])
    with pytest.raises(ValueError, match="input_ids is empty"):
        masked(ids[:0], special[:0])
    with pytest.raises(ValueError, match="no range of words"):
        mask_tokens(ids, special, generator=torch.Generator(), mask_id=4, word_ids=(9, 9))


def test_a_text_longer_than_the_model_is_named_before_it_is_masked():
    rows = [[2, 30, 3], [2, *[30] * MAX_LENGTH, 3]]
    with pytest.raises(ValueError, match=f"row 1 has {MAX_LENGTH + 2} tokens, the model has {MAX_LENGTH} positions"):
        masked_lm_batch(pad_rows(rows, pad_id=0), [0, 2, 3], generator=torch.Generator(), mask_id=4, word_ids=WORD_IDS)


@pytest.mark.parametrize("flags", [torch.zeros(50), torch.zeros(2, 1), torch.zeros(2, 50, 1)])
def test_flags_that_would_broadcast_are_refused_all_the_same(flags):
    """One flag a row or a column has a shape that torch would stretch in silence."""
    ids, _ = inputs(rows=2)
    with pytest.raises(ValueError, match="pass one flag for each token"):
        masked(ids, flags)


def test_labels_name_a_word_exactly_where_they_ask_and_have_the_shape_of_the_ids():
    ids, special = inputs(rows=50)
    corrupted, labels = masked(ids, special)
    assert corrupted.shape == labels.shape == ids.shape and labels.dtype == ids.dtype
    assert set(labels[labels != -100].tolist()) <= set(range(*WORD_IDS))
