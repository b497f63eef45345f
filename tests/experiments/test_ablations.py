"""The ablations: variants that differ in one thing, trainings that are taken up, comparisons in their order."""

from dataclasses import replace

import pytest

from helpers.experiments import ablations, runner
from helpers.training import rows


@pytest.fixture
def empty(tmp_path, monkeypatch):
    """The module with nothing recorded yet, and variants of two steps."""
    monkeypatch.setattr(ablations, "EXPERIMENT", replace(ablations.EXPERIMENT, folder=tmp_path))
    monkeypatch.setattr(ablations, "MODELS", tmp_path / "models")
    small = {"d_model": 16, "layers": 1, "heads": 2, "feed_forward": 32, "steps": 2, "batch_tokens": 256}
    monkeypatch.setattr(ablations, "SIZE", ablations.SIZE | small | {"chunk_documents": 64, "validation_documents": 8})
    return ablations


def fake(variant, seed, **scores):
    """A row of this variant as the runner would write it."""
    point = {"variant": variant, "seed": seed, "recipe": ablations.settings(ablations.recipe_of(variant, seed))}
    return {**ablations.EXPERIMENT.identity(point), "scores": scores}


@pytest.mark.parametrize("variant", ablations.CHANGES)
def test_a_variant_differs_from_the_base_in_its_own_setting_only(variant):
    base, changed = (ablations.settings(ablations.recipe_of(name, 0)) for name in ("base", variant))
    assert {name for name in changed if base.get(name) != changed[name]} == set(ablations.CHANGES[variant])


def test_every_variant_is_compared_with_the_base():
    assert {v for group in ablations.GROUPS.values() for v in group.values()} == set(ablations.CHANGES)
    assert all("base" in group.values() for group in ablations.GROUPS.values())


def test_a_variant_is_trained_once_and_measured(empty):
    row = runner.measure(empty.EXPERIMENT, next(iter(empty.grid())))
    assert row["variant"] == "base" and row["scores"]["curve"][-1][0] == 2 and row["scores"]["excess"] > 0
    assert all(0 <= row["scores"][share] <= 1 for share in ("visible", "repair", "next_sentence"))
    before = (empty.folder_of("base", 0) / "step-00000002.pt").stat().st_mtime_ns
    again = runner.measure(empty.EXPERIMENT, next(iter(empty.grid())))
    assert again["scores"] == row["scores"]
    assert (empty.folder_of("base", 0) / "step-00000002.pt").stat().st_mtime_ns == before


def test_a_comparison_holds_its_runs_in_its_order_by_its_names(empty):
    costs = {"without-nsp": (0.5, 0.6, 0.7), "base": (0.6, 0.7, 0.8)}
    costs |= {"pairs-without-loss": (0.7, 0.8, 0.9), "true-pairs": (0.4, 0.5, 0.6)}
    made = [fake(variant, seed, excess=cost) for variant, row in costs.items() for seed, cost in enumerate(row)]
    rows.write(empty.EXPERIMENT.path, made)
    found = empty.compared("nsp")
    names = ["with", "pairs without the loss", "true pairs without the loss", "without"]
    assert list(found["variant"]) == [name for name in names for _ in range(3)]
    assert list(found["excess"])[3:6] == [0.7, 0.8, 0.9] and list(found["excess"])[9:] == [0.5, 0.6, 0.7]


def test_a_comparison_names_what_is_missing(empty):
    rows.write(empty.EXPERIMENT.path, [fake("base", 0, excess=1.0)])
    with pytest.raises(
        FileNotFoundError, match="variant='pairs-without-loss'; `python -m helpers.experiments ablations`"
    ):
        empty.compared("nsp")
    with pytest.raises(ValueError, match="'dropout'.*mix, rate, prediction, corpus, nsp"):
        empty.compared("dropout")
    with pytest.raises(ValueError, match="'rate-99'.*base"):
        empty.recipe_of("rate-99", 0)
