"""The recorded ablations: arms that differ in one thing, rows that survive a kill, intervals."""

import json

import pytest

from helpers.experiments import ablations, results
from helpers.training.recipe import plain


@pytest.fixture
def empty(tmp_path, monkeypatch):
    """The module with nothing recorded yet, and arms of two steps."""
    monkeypatch.setattr(ablations, "RESULTS", tmp_path / "ablations.jsonl")
    monkeypatch.setattr(ablations, "MODELS", tmp_path / "models")
    small = {"d_model": 16, "layers": 1, "heads": 2, "feed_forward": 32, "steps": 2, "batch_tokens": 256}
    monkeypatch.setattr(ablations, "SIZE", ablations.SIZE | small | {"chunk_documents": 64, "validation_documents": 8})
    return ablations


def fake(arm, seed, **found):
    return {"arm": arm, "seed": seed, "recipe": plain(ablations.recipe_of(arm, seed)), **found}


@pytest.mark.parametrize("arm", ablations.CHANGES)
def test_an_arm_differs_from_the_base_in_its_own_setting_only(arm):
    base, changed = (plain(ablations.recipe_of(name, 0)) for name in ("base", arm))
    assert {name for name in base if base[name] != changed[name]} == set(ablations.CHANGES[arm])


def test_every_arm_is_compared_with_the_base():
    assert {arm for group in ablations.GROUPS.values() for arm in group.values()} == set(ablations.CHANGES)
    assert all("base" in group.values() for group in ablations.GROUPS.values())


def test_a_run_records_each_arm_once_and_a_second_one_only_what_is_missing(empty, capsys):
    empty.main(["--arms", "base", "--seeds", "0", "--workers", "1"])
    first = empty.RESULTS.read_text()
    empty.main(["--arms", "base", "keep-only", "--seeds", "0", "--workers", "1"])
    assert "1 recorded, 1 to do" in capsys.readouterr().out
    assert empty.RESULTS.read_text().startswith(first)
    found = empty.recorded()
    assert [(row["arm"], row["seed"], row["curve"][-1][0]) for row in found] == [("base", 0, 2), ("keep-only", 0, 2)]
    assert all(0 <= row[share] <= 1 for row in found for share in ("visible", "repair", "next_sentence"))
    assert all(row["excess"] > 0 and row["command"].endswith(f"{row['arm']} --seeds 0") for row in found)


def test_rows_of_another_recipe_do_not_count(empty):
    old = fake("base", 0, excess=1.0)
    results.write(empty.RESULTS, [{**old, "recipe": {**old["recipe"], "steps": 1}}])
    assert empty.recorded() == []


def test_a_comparison_names_what_is_missing(empty):
    results.write(empty.RESULTS, [fake("base", 0, excess=1.0)])
    with pytest.raises(FileNotFoundError, match="lacks without; `python -m helpers.experiments.ablations`"):
        empty.rows("nsp")
    with pytest.raises(ValueError, match="'dropout'.*mix, rate, corpus, nsp"):
        empty.rows("dropout")
    with pytest.raises(ValueError, match="'rate-99'.*base"):
        empty.recipe_of("rate-99", 0)


def test_summary_gives_mean_and_interval_by_name(empty):
    costs = {"base": (0.6, 0.7, 0.8), "without-nsp": (0.5, 0.6, 0.7)}
    rows = [fake(arm, seed, excess=cost) for arm, seeds in costs.items() for seed, cost in enumerate(seeds)]
    results.write(empty.RESULTS, rows)
    found = empty.summary("nsp", "excess")
    assert list(found) == ["with", "without"] and found["without"][0] == pytest.approx(0.6)


def test_three_seeds_of_every_arm_are_recorded():
    found = ablations.recorded()
    assert {(row["arm"], row["seed"]) for row in found} == {(a, s) for a in ablations.CHANGES for s in ablations.SEEDS}
    assert len({json.dumps(row["recipe"]["steps"]) for row in found}) == 1
