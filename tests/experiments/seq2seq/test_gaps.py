"""Two gaps: distributions over pairs, whatever the order; nothing is nearer to the exact joint than the joint."""

import numpy as np
import pytest

from helpers.experiments.seq2seq import gaps
from helpers.models import load_course


def test_the_joint_is_exact_and_its_marginals_multiplied_make_impossible_pairs():
    joint = gaps.exact_joint()
    assert joint.shape == tuple(map(len, gaps.SIDES)) and joint.sum() == pytest.approx(1)
    assert gaps.run({"who": "exact"}) == {"impossible": 0.0, "distance": 0.0}
    alone = gaps.run({"who": "exact, one by one"})
    assert 0.5 < alone["impossible"] <= alone["distance"] < 1
    drug, use = (gaps.SIDES[i].index(word) for i, word in enumerate(("warfarin", "depression")))
    assert joint[drug, use] == 0


def test_one_gap_after_the_other_is_the_chain_rule():
    model, tokenizer = load_course("course-bert", attn_implementation="sdpa")
    drugs, uses = gaps.SIDES
    joint = gaps.by_encoder(model, tokenizer, first=0)
    assert joint.shape == (len(drugs), len(uses)) and joint.sum() == pytest.approx(1)
    first = gaps.gap_shares(model, tokenizer, gaps.FRAME.format("[MASK]", "[MASK]"))[0]
    assert np.allclose(joint.sum(1), first)
    second = gaps.gap_shares(model, tokenizer, gaps.FRAME.format(drugs[2], "[MASK]"), sides=(1,))[0]
    assert np.allclose(joint[2] / first[2], second)
    turned = gaps.by_encoder(model, tokenizer, first=1)
    assert turned.shape == joint.shape and not np.allclose(turned, joint)


def test_a_reader_that_does_not_exist_is_named():
    with pytest.raises(ValueError, match="no reader is called 'parrot'; choose one of: exact"):
        gaps.pairs_of("parrot", gaps.exact_joint())


def test_a_second_call_changes_the_purposes_and_keeps_the_drugs():
    model, tokenizer = load_course("course-t5", attn_implementation="sdpa")
    once, twice = gaps.by_decoder(model, tokenizer), gaps.in_two_calls(model, tokenizer)
    assert twice.shape == once.shape and twice.sum() == pytest.approx(1)
    assert np.allclose(twice.sum(1), once.sum(1), atol=0.02) and not np.allclose(twice, once, atol=0.02)


def test_a_decoder_in_one_pass_and_one_in_two_calls_make_hardly_an_impossible_pair():
    found = {who: gaps.run({"who": who}) for who in ("course-t5", "course-t5, second call", "course-bart")}
    assert all(found[who]["impossible"] < 0.02 < found["course-t5"]["impossible"] for who in [*found][1:])
