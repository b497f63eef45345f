"""The corner of the live training run: its texts, its hidden words and its floor."""

import torch

from helpers.exercises.clinic_corner import GONE, clinic_corner
from helpers.tinytown.scenes.clinic import CLINIC


def test_the_corner_is_small_whole_and_has_a_floor():
    corner = clinic_corner(texts=200, held_out=40)
    test, labels = corner.test["input_ids"], corner.labels
    hidden = test == corner.tokenizer.mask_token_id
    assert torch.equal(hidden, labels != -100), "held-out texts hide behind [MASK] alone"
    assert 0 < corner.floor < 2 and len(corner.train) == 200 and len(test) == 40
    whole = torch.where(labels == -100, test, labels)
    assert not bool((corner.special(whole) & (labels != -100)).any())
    shown = whole.tolist()
    texts = {tuple(i for i in row if i != corner.tokenizer.pad_token_id) for row in shown}
    assert not texts & set(map(tuple, corner.train)), "no held-out text is among those to learn from"


def test_a_batch_is_drawn_by_its_generator():
    corner = clinic_corner(texts=50, held_out=5)
    one, other = (corner.batch(8, generator=torch.Generator().manual_seed(3)) for _ in range(2))
    assert torch.equal(one["input_ids"], other["input_ids"]) and len(one["input_ids"]) == 8


def test_what_is_left_out_is_there_in_the_clinic():
    named = {*CLINIC.facts, *CLINIC.tables, *CLINIC.kinds}
    assert GONE <= named
