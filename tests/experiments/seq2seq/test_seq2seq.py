"""The recorded text-to-text experiments: which runs there are, which rate is chosen, what is stale, what is missing."""

from dataclasses import replace

import pytest

from helpers.experiments.results import Record, identity
from helpers.experiments.seq2seq import __main__ as command
from helpers.experiments.seq2seq import records, sizes, thresholds
from helpers.experiments.seq2seq import split as cut
from helpers.experiments.seq2seq.variants import ARMS
from helpers.tasks import TASKS
from helpers.tasks.task import Example
from helpers.training.finetuning import plain

UNTOLD = "felix went to the park on monday . he lost his kite . summary :"
TOLD = "felix went to the park on monday . he lost his kite . a child found the kite . summary :"


@pytest.fixture
def place(tmp_path, monkeypatch):
    """An empty record, with models of made-up weights."""
    monkeypatch.setattr(records, "is_here", lambda model: model != "course-bart")
    monkeypatch.setattr(records, "weights_of", lambda model: f"weights of {model}")
    return Record(tmp_path / "seq2seq.jsonl", "python -m helpers.experiments.seq2seq")


def search(place, arm, by_rate, **changes):
    for rate, value in by_rate.items():
        what = {"size": sizes.SEARCHED_AT, "seed": 0, "recipe": replace(sizes.RECIPE, learning_rate=rate)}
        place.add({**sizes.key("search", arm, **what), **changes, "scores": {"exact match": value, "chrf": value}})


def test_gold_summaries_are_one_or_one_for_each_finder_who_may_have_been_it():
    assert thresholds.gold_summaries(TOLD) == {"felix lost his kite at the park and a child found it ."}
    found = thresholds.gold_summaries(UNTOLD)
    assert len(found) == 6 and "felix lost his kite at the park and a farmer found it ." in found


def test_the_share_of_gold_summaries_is_one_for_the_optimum_where_exact_match_is_not():
    from helpers.tasks import summarisation

    test = TASKS["summarisation"].examples("test", 60)
    best = [summarisation.best_summary(e.source) for e in test]
    assert thresholds.gold_share(best, test) == 1 > TASKS["summarisation"].score(best, test)["exact match"]
    assert thresholds.gold_share([e.target for e in test], test) == 1
    wrong = Example(TOLD, "felix lost his kite at the park and a farmer found it .")
    assert thresholds.gold_share([wrong.target], [wrong]) == 0


def test_a_search_goes_before_its_tests_and_decides_their_rate(place, monkeypatch):
    monkeypatch.setattr(
        sizes,
        "measured",
        lambda arm, size, seed, recipe, split: {
            "exact match": 0.9 if recipe.learning_rate == 1e-2 else 0.5,
            "chrf": 1.0,
        },
    )
    assert place.run(sizes.jobs(["course-gpt"], [0, 1], place)) == len(sizes.RATES) + 2 * len(sizes.SIZES)
    stages = [row["stage"] for row in place.read()]
    assert stages == sorted(stages)  # search, then test
    assert {r["recipe"]["learning_rate"] for r in place.rows(stage="test")} == {1e-2}
    assert place.run(sizes.jobs(["course-gpt"], [0, 1], place)) == 0
    assert sizes.rate_of("course-gpt", record=place) == 1e-2
    assert sizes.search("course-gpt", record=place) == {1e-3: 0.5, 3e-3: 0.5, 1e-2: 0.9}
    assert list(sizes.curve("course-gpt", record=place)) == list(sizes.SIZES)
    assert sizes.curve("course-gpt", "chrf", record=place)[30] == (1.0, 1.0, 1.0)


def test_the_smallest_rate_of_a_tie_is_chosen_and_other_weights_do_not_count(place):
    search(place, "course-gpt", {1e-2: 0.1, 3e-3: 0.9, 1e-3: 0.9})
    search(place, "course-gpt", {1e-2: 1.0}, weights="older")
    assert sizes.rate_of("course-gpt", record=place) == 1e-3
    assert sizes.rate_of("course-t5", record=place) is None


def test_a_model_that_is_not_here_has_no_jobs_and_no_numbers(place):
    assert list(sizes.jobs(["course-bart"], record=place)) == list(thresholds.jobs(["course-bart"], record=place)) == []
    assert sizes.curve("course-bart", record=place) == {} and sizes.search("course-bart", record=place) == {}
    assert thresholds.summary("course-bart", "alignment", record=place) is None


def test_a_model_without_cross_attention_has_no_musts(place):
    assert records.is_here("course-gpt") and list(thresholds.jobs(["course-gpt"], record=place)) == []


def test_the_musts_are_read_by_name(place):
    for seed, value in enumerate((0.9, 0.92, 0.94)):
        scores = {"exact match": value, "alignment": {"f1": value - 0.1}}
        place.add(
            {
                **thresholds.key("test", "course-t5", "translation", seed=seed, recipe=thresholds.RECIPE),
                "scores": scores,
            }
        )
    assert thresholds.summary("course-t5", "translation", record=place)[0] == pytest.approx(0.92)
    assert thresholds.summary("course-t5", "alignment", record=place)[0] == pytest.approx(0.82)
    with pytest.raises(ValueError, match="no 'chrf' of 'course-t5'"):
        thresholds.summary("course-t5", "chrf")
    with pytest.raises(ValueError, match="no 'translation' of 'course-gpt'"):
        thresholds.summary("course-gpt", "translation")


def test_unknown_arms_are_refused():
    for function in (sizes.curve, sizes.search, sizes.rate_of):
        with pytest.raises(ValueError, match="no arm is called 'gpt'; choose one of: course-t5; "):
            function("gpt")


def test_rows_of_older_weights_do_not_count_in_a_summary(place):
    what = {"size": 30, "seed": 0, "recipe": sizes.RECIPE}
    for weights, value in (("older", 0.1), ("newer", 0.7)):
        scores = {"exact match": value}
        place.add({**sizes.key("test", "course-gpt", **what), "weights": weights, "scores": scores})
    assert sizes.curve("course-gpt", record=place)[30][0] == 0.7


def test_two_arms_are_compared_seed_by_seed_where_both_have_a_row(place):
    assert sizes.apart("course-t5", "course-gpt", size=30, record=place) is None
    for seed in (2, 0, 1):  # the seeds differ far more than the arms do
        for arm, more in (("course-t5", 0.2 + 0.01 * seed), ("course-gpt", 0.0)):
            what = {"size": 30, "seed": seed, "recipe": sizes.RECIPE}
            place.add({**sizes.key("test", arm, **what), "scores": {"exact match": 0.3 * seed + more}})
    mean, low, high = sizes.apart("course-t5", "course-gpt", size=30, record=place)
    assert mean == pytest.approx(0.21) and 0.18 < low < high < 0.24
    assert sizes.apart("course-gpt", "course-t5", size=30, record=place)[0] == pytest.approx(-0.21)
    assert sizes.apart("course-t5", "course-gpt", size=100, record=place) is None
    with pytest.raises(ValueError, match="no arm is called 'gpt'"):
        sizes.apart("course-t5", "gpt", size=30, record=place)


def test_stale_are_other_weights_recipes_sizes_and_arms_but_not_models_that_are_not_here(place):
    keep = sizes.key("test", "course-gpt", size=30, seed=0, recipe=sizes.RECIPE)
    must = thresholds.key("test", "course-t5", "translation", seed=0, recipe=thresholds.RECIPE)
    assert not command.stale(keep) and not command.stale(must)
    assert command.stale({**keep, "weights": "older"}) and command.stale({**must, "weights": "older"})
    assert command.stale({**keep, "size": 31}) and command.stale({**keep, "arm": "course-bert"})
    assert command.stale({**must, "recipe": plain(sizes.RECIPE)})
    assert not command.stale({**keep, "arm": "course-bart", "weights": "elsewhere"})
    keys = [key for key, _ in command.cut_jobs(seeds=[0])]
    assert not any(map(command.stale, keys)) and command.stale({**keys[1], "arm": "another"})


def test_the_command_runs_what_is_missing_and_names_models_that_are_not_here(place, monkeypatch, capsys):
    monkeypatch.setattr(command, "trained", lambda arm, seed: {"excess": 0.1, "curve": [[1, 0.1]]})
    monkeypatch.setattr(cut, "exact", lambda count, seed: {"crosses": 1.0})
    monkeypatch.setattr(sizes, "measured", lambda *a, **k: {"exact match": 0.5, "chrf": 0.5})
    call = ["--experiments", "cut", "sizes", "--seeds", "0", "--path", str(place.path)]
    command.main(call)
    arms = sum(ARMS[arm].model != "course-bart" for arm in ARMS)
    made = 1 + len(cut.ARMS) + arms * (len(sizes.RATES) + len(sizes.SIZES))
    out = capsys.readouterr().out
    assert f"{made} runs made, 0 rows" in out and "not here, so not measured: course-bart" in out
    command.main(call)
    assert "0 runs made, 0 rows" in capsys.readouterr().out


def recorded(kind):
    return [row for row in records.RECORD.read() if row["experiment"] == kind]


@pytest.mark.skipif(not records.RECORD.path.exists(), reason="nothing is recorded yet")
def test_recorded_rows_were_made_with_the_weights_and_recipes_that_are_here():
    rows = records.RECORD.read()
    assert [identity(row) for row in rows if command.stale(identity(row))] == []
    assert {row["command"] for row in rows} == {records.RECORD.command}
    assert len({str(sorted(identity(row).items(), key=str)) for row in rows}) == len(rows)


@pytest.mark.skipif(not recorded("cut"), reason="the cut is not recorded yet")
def test_the_recorded_cut_is_whole():
    for arm in cut.ARMS:
        rows = records.latest(experiment="cut", arm=arm)
        assert sorted(row["seed"] for row in rows) == list(records.SEEDS)
        assert all(row["scores"]["curve"][-1][1] == row["scores"]["excess"] > 0 for row in rows)
    assert cut.exact_recorded("chain")[0] < 1e-9


@pytest.mark.parametrize("arm", ARMS)
def test_a_recorded_curve_is_whole_or_not_there(arm):
    found = sizes.curve(arm)
    if not found:
        pytest.skip(f"{arm} is not recorded yet")
    assert list(found) == list(sizes.SIZES) and len(sizes.search(arm)) == len(sizes.RATES)
    for size in sizes.SIZES:
        rows = records.latest(experiment="sizes", stage="test", arm=arm, size=size)
        assert sorted(row["seed"] for row in rows) == list(records.SEEDS)
        assert {row["recipe"]["learning_rate"] for row in rows} == {sizes.rate_of(arm)}
