"""A live arm: the same seed gives the same run, and an unknown change is refused."""

from dataclasses import replace

import pytest
from tiny_variants import QUICK

from helpers.experiments.variants import live, small_models


@pytest.fixture
def quick(monkeypatch):
    monkeypatch.setattr(live, "COUNT", 5)
    return replace(QUICK, layers=1)


def test_a_run_is_repeated_by_its_seed_and_leaves_nothing_behind(quick, tmp_path, monkeypatch):
    monkeypatch.setattr(small_models, "MODELS", tmp_path)
    one, two, other = (live.train("RMSNorm", seed, recipe=quick)[2] for seed in (3, 3, 4))
    assert one["excess"] == two["excess"] != other["excess"] and one["curve"] == two["curve"]
    assert one["excess"] > 0 and len(one["curve"]) == 2 and list(tmp_path.iterdir()) == []


def test_a_change_that_does_not_exist_is_refused(quick):
    with pytest.raises(ValueError, match="'SwiGLU'; choose from BERT"):
        live.train("SwiGLU", 0, recipe=quick)
