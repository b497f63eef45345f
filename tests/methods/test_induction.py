"""Scores of attention heads against loops over positions, on attention that is known."""

from types import SimpleNamespace

import numpy as np
import pytest
import torch

from helpers.methods import induction
from helpers.models import load_course

ROWS = [[7, 8, 9, 7, 8, 9], [9, 7, 8, 9, 7, 8]]


def attending(where):
    """A model of one layer and one head, whose attention is `where(ids)`: (row, query, key)."""

    def model(input_ids, **_):
        return SimpleNamespace(attentions=[where(input_ids)[:, None]])

    model.device = "cpu"
    return model


def uniform(ids):
    length = ids.shape[1]
    mask = torch.ones(length, length).tril()
    return (mask / mask.sum(1, keepdim=True)).expand(len(ids), -1, -1)


def looking_up(ids):
    """At a word that came before, all attention to the word behind its last coming."""
    out = torch.zeros(len(ids), ids.shape[1], ids.shape[1])
    for row, words in enumerate(ids.tolist()):
        for query, word in enumerate(words):
            earlier = [key + 1 for key in range(query) if words[key] == word]
            out[row, query, earlier[-1] if earlier else 0] = 1
    return out


def by_loop(attention, ids):
    total = []
    for row, words in enumerate(ids.tolist()):
        for query, word in enumerate(words):
            keys = [key + 1 for key in range(query) if words[key] == word]
            if keys:
                total.append(sum(float(attention[row, query, key]) for key in keys))
    return sum(total) / len(total)


def test_a_head_that_looks_up_has_one_and_one_that_attends_everywhere_its_share():
    assert induction.prefix_matching(attending(looking_up), ROWS, start_id=5).tolist() == [[1.0]]
    score = induction.prefix_matching(attending(uniform), ROWS, start_id=5)
    assert score.shape == (1, 1) and score[0, 0] == pytest.approx(induction.uniform_matching(ROWS), abs=1e-6)


def test_any_attention_is_scored_as_by_a_loop():
    rows = induction.repeated(range(30, 60), length=6, times=3, count=4, generator=torch.Generator().manual_seed(1))
    ids = torch.tensor([[5, *row] for row in rows])
    drawn = torch.rand(4, 19, 19, generator=torch.Generator().manual_seed(0)).tril()
    attention = drawn / drawn.sum(-1, keepdim=True)
    found = induction.prefix_matching(attending(lambda _: attention), rows, start_id=5)
    assert found[0, 0] == pytest.approx(by_loop(attention, ids), abs=1e-6)


def test_rows_are_repeated_and_hold_no_word_twice_before():
    rows = induction.repeated(range(100), length=7, times=3, count=5, generator=torch.Generator().manual_seed(0))
    assert len(rows) == 5 and all(row[:7] * 3 == row and len(set(row)) == 7 for row in rows)


def test_attention_to_labels_is_told_apart():
    tokenizer = load_course("course-gpt")[1]
    words = "cat -> red ; bread -> blue ; dog ->".split()

    def where(ids):
        out = torch.zeros(1, ids.shape[1], ids.shape[1])
        out[0, -1, [3, 7]] = torch.tensor([0.75, 0.25])  # behind the start mark: red and blue
        return out

    found = induction.label_attention(attending(where), tokenizer, [(words, "red"), (words, "blue")])
    assert found["right"].tolist() == [[0.5]] and found["wrong"].tolist() == [[0.5]]
    found = induction.label_attention(attending(where), tokenizer, [(words, "red")])
    assert np.allclose([found["right"][0, 0], found["wrong"][0, 0]], [0.75, 0.25])


def test_bad_rows_are_named():
    model = load_course("course-gpt")[0]
    with pytest.raises(ValueError, match="a row holds no word twice"):
        induction.prefix_matching(model, [[7, 8, 9]], start_id=5)
    with pytest.raises(ValueError, match=r"rows have \[2, 3\] ids; give them one length"):
        induction.prefix_matching(model, [[7, 7], [8, 8, 8]], start_id=5)
    with pytest.raises(ValueError, match="length 4 needs as many different words"):
        induction.repeated([1, 2, 3], length=4, generator=torch.Generator())
    sdpa = load_course("course-gpt", attn_implementation="sdpa")[0]
    with pytest.raises(ValueError, match="hands out no attention; load it with attn_implementation='eager'"):
        induction.prefix_matching(sdpa, ROWS, start_id=5)
