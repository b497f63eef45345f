"""The recorded ablations: arms that differ in one thing, rows that survive a kill, intervals."""

import json

import numpy as np
import pytest
from scipy import stats

from helpers import ablations
from helpers.pretraining.recipe import plain


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


def test_a_line_cut_short_is_passed_over_and_the_next_row_gets_its_own_line(empty):
    empty.append(fake("base", 0, excess=1.0))
    with empty.RESULTS.open("a") as file:
        file.write('{"arm": "base", "se')
    empty.append(fake("base", 1, excess=2.0))
    assert [row["excess"] for row in empty.recorded()] == [1.0, 2.0]


def test_rows_of_another_recipe_do_not_count(empty):
    old = fake("base", 0, excess=1.0)
    empty.append({**old, "recipe": {**old["recipe"], "steps": 1}})
    assert empty.recorded() == []


def test_a_comparison_names_what_is_missing(empty):
    empty.append(fake("base", 0, excess=1.0))
    with pytest.raises(FileNotFoundError, match="lacks without; `python -m helpers.ablations`"):
        empty.rows("nsp")
    with pytest.raises(ValueError, match="'dropout'.*mix, rate, corpus, nsp"):
        empty.rows("dropout")
    with pytest.raises(ValueError, match="'rate-99'.*base"):
        empty.recipe_of("rate-99", 0)


def test_summary_gives_mean_and_interval_by_name(empty):
    for seed, excess in enumerate((0.6, 0.7, 0.8)):
        empty.append(fake("base", seed, excess=excess))
        empty.append(fake("without-nsp", seed, excess=excess - 0.1))
    found = empty.summary("nsp", "excess")
    assert list(found) == ["with", "without"] and found["without"][0] == pytest.approx(0.6)


def test_the_interval_is_students():
    values = np.random.default_rng(0).normal(size=7)
    mean, low, high = ablations.interval(values)
    expected = stats.t.interval(0.95, 6, loc=values.mean(), scale=stats.sem(values))
    assert (low, high) == pytest.approx(expected) and mean == pytest.approx(values.mean())
    assert ablations.interval([1.0]) == (1.0, -np.inf, np.inf)


def test_three_seeds_of_every_arm_are_recorded():
    found = ablations.recorded()
    assert {(row["arm"], row["seed"]) for row in found} == {(a, s) for a in ablations.CHANGES for s in ablations.SEEDS}
    assert len({json.dumps(row["recipe"]["steps"]) for row in found}) == 1
