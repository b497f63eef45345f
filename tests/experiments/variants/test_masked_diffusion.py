"""The writers: short documents, a floor that is a distribution over them, an exact reader that fills one gap a pass."""

import math

import numpy as np
import pytest
from tiny_variants import QUICK

from helpers import evaluation, tinytown
from helpers.experiments.variants import diffusion, masked_diffusion, small_models

COUNTS = {"documents": 10, "samples": 4, "exact samples": 2}


@pytest.fixture(scope="module")
def quick(tmp_path_factory):
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(small_models, "MODELS", tmp_path_factory.mktemp("models"))
        yield {v: masked_diffusion.trained(v, 0, QUICK) for v in ("diffusion", "decoder")}


def test_documents_fit_a_canvas_and_are_those_of_the_split():
    found = masked_diffusion.short_documents(50, split="test", seed=(3, 1))
    assert len(found) == 50 and all(len(d.tokens) < diffusion.LENGTH for d in found)
    assert {tinytown.split_of(list(d.tokens)) for d in found} == {"test"}
    held = masked_diffusion.held_out(40, 0)
    assert len({d.tokens for d in held}) == 40


def test_the_floor_is_the_surprise_among_short_documents():
    documents = masked_diffusion.held_out(30, 0)
    whole = [-tinytown.log_prob(d.tokens, language=tinytown.training_language()) for d in documents]
    short = float(np.mean([len(d.tokens) < diffusion.LENGTH for d in tinytown.documents(4_000, split="train", seed=9)]))
    assert np.subtract(whole, masked_diffusion.exact_losses(documents)) == pytest.approx(-math.log(short), abs=0.03)


def test_the_exact_reader_writes_the_language_when_it_fills_one_gap_a_pass():
    texts = [masked_diffusion.exact_text(7, 7, np.random.default_rng(seed)) for seed in range(5)]
    assert all(len(text.split()) == 7 and evaluation.is_valid(text) for text in texts)


def test_gaps_that_are_filled_at_once_need_not_go_together():
    texts = [masked_diffusion.exact_text(12, 1, np.random.default_rng(seed)) for seed in range(5)]
    assert all(len(text.split()) == 12 for text in texts) and not all(map(evaluation.is_valid, texts))


def test_writers_are_scored_beside_the_same_floor(quick):
    found = masked_diffusion.diffusion_scores(*quick["diffusion"], seed=0, counts=COUNTS)
    other = masked_diffusion.decoder_scores(*quick["decoder"], seed=0, counts=COUNTS)
    assert found["floor"] == other["floor"] and found["excess"] > other["excess"] > 0
    assert set(found["written"]) == {f"{o} {p}" for o in ("random", "confident") for p in masked_diffusion.PASSES}
    assert all(0 <= row["valid"] <= 1 for row in found["written"].values())
