"""The record and the table: what is run, which rate is chosen, when a row is doubtful, what is stale, what it costs."""

from dataclasses import replace

import pytest
import torch

from helpers.experiments.results import Record, fingerprint
from helpers.experiments.tasks import costs, families, record, runs, table
from helpers.experiments.tasks.__main__ import count
from helpers.tasks import TASKS
from helpers.training.finetuning import Recipe, plain

RATE = runs.RATES


def row(
    stage,
    *,
    task="code",
    family="decoder",
    model="course-gpt",
    way="prompt",
    seed=0,
    rate=RATE[1],
    value=0.5,
    weights="w",
):
    recipe = plain(replace(runs.RECIPE, learning_rate=rate))
    return {
        "stage": stage,
        "task": task,
        "family": family,
        "model": model,
        "way": way,
        "weights": weights,
        "seed": seed,
        "recipe": recipe,
        "scores": {"exact match": value, "edit similarity": 0.9},
        "seconds": 1.0,
        "command": "c",
    }


def bounds(seed):
    return [
        {"stage": "bound", "task": "code", "who": who, "seed": seed, "scores": {"exact match": value}}
        for who, value in (("exact", 0.6), ("chance", 0.1))
    ]


@pytest.fixture
def filled(tmp_path):
    made = Record(tmp_path / "tasks.jsonl", "python -m helpers.tasks")
    for rate, value in zip(RATE, (0.4, 0.55, 0.5)):
        made.add(row("search", rate=rate, value=value))
    for seed, value in enumerate((0.5, 0.52, 0.54)):
        made.add(row("test", seed=seed, value=value))
        for bound in bounds(seed):
            made.add(bound)
    return made


def test_a_cell_has_mean_interval_bounds_and_no_doubt(filled):
    cell = table.cell("code", "decoder", record=filled)
    assert (cell.mean, cell.chance, cell.optimum) == (pytest.approx(0.52), pytest.approx(0.1), pytest.approx(0.6))
    assert cell.low < 0.5 < 0.54 < cell.high and cell.values == (0.5, 0.52, 0.54) and cell.doubts == ()
    assert cell.learning_rate == RATE[1] and cell.validation == 0.55
    assert table.search("code", "decoder", record=filled) == dict(zip(RATE, (0.4, 0.55, 0.5)))
    other = table.cell("code", "decoder", metric="edit similarity", record=filled)
    assert other.mean == pytest.approx(0.9) and other.optimum is None


def test_the_best_way_on_validation_is_the_cell_and_rows_of_older_weights_do_not_count(filled):
    filled.add(row("search", way="another", value=0.9))
    filled.add(row("test", way="another", value=0.1))
    assert table.cell("code", "decoder", record=filled).way == "another"
    assert table.cell("code", "decoder", record=filled).doubts == ("fewer than 3 seeds",)
    assert [c.way for c in table.ways("code", "decoder", record=filled)] == ["another", "prompt"]
    filled.add(row("search", weights="new", value=0.3))
    filled.add(row("test", weights="new", value=0.3))
    assert table.cell("code", "decoder", way="prompt", record=filled).values == (0.3,)
    assert [c.task for c in table.cells(record=filled)] == ["code"]


@pytest.mark.parametrize(
    "values, search, found",
    [
        ([0.9, 0.91, 0.92], {1: 0.5, 2: 0.9, 3: 0.6}, ()),
        ([0.9, 0.91], {1: 0.5, 2: 0.9, 3: 0.6}, ("fewer than 3 seeds",)),
        ([0.9, 0.7, 0.92], {1: 0.5, 2: 0.9, 3: 0.6}, ("seeds disagree",)),
        ([0.9, 0.9, 0.9], {1: 0.5, 2: 0.6, 3: 0.9}, ("search ended at its edge",)),
        ([0.9, 0.9, 0.9], {1: 0.91, 2: 0.9, 3: 0.6}, ()),
        ([0.9, 0.9, 0.9], {None: 0.9}, ()),
    ],
)
def test_doubts(values, search, found):
    assert table.doubts(values, search) == found


def test_what_is_not_recorded_names_the_command(tmp_path):
    empty = Record(tmp_path / "none.jsonl", "python -m helpers.tasks")
    with pytest.raises(FileNotFoundError, match="no row for code, encoder; `python -m helpers.tasks --tasks code`"):
        table.cell("code", "encoder", record=empty)
    with pytest.raises(ValueError, match="no task is called 'poem'"):
        table.ways("poem", "encoder", record=empty)
    assert table.cells(record=empty) == []


def test_the_search_decides_the_tests_and_is_made_first(tmp_path, monkeypatch):
    monkeypatch.setattr(record, "weights_of", lambda model: "w")
    monkeypatch.setattr(record, "present", lambda family: families.FAMILIES[family] if family == "decoder" else ())
    made = {RATE[0]: 0.1, RATE[1]: 0.3, RATE[2]: 0.3}
    monkeypatch.setattr(record, "scores", lambda *_, recipe, **how: {"exact match": made[recipe.learning_rate]})
    monkeypatch.setattr(record, "bound", lambda task, who, seed: {"exact match": 1.0})
    place = Record(tmp_path / "rows.jsonl", "c")
    todo = ([TASKS["code"]], ["decoder"], [0, 1])
    assert place.run(record.jobs(*todo, place)) == 3 + 2 + 4 == count(*todo)
    assert place.run(record.jobs(*todo, place)) == 0
    assert [r["stage"] for r in place.read()][:5] == ["search"] * 3 + ["test"] * 2
    assert {r["recipe"]["learning_rate"] for r in place.rows(stage="test")} == {RATE[1]}


def test_stale_rows(monkeypatch):
    monkeypatch.setattr(record, "weights_of", lambda model: "w")
    monkeypatch.setattr(record, "present", lambda family: () if family == "encoder" else families.FAMILIES[family])
    fine = row("test")
    assert not record.stale(fine, TASKS) and not record.stale(bounds(0)[0], TASKS)
    old = [{"weights": "old"}, {"way": "cloze"}, {"task": "poem"}, {"recipe": plain(Recipe(steps=7))}]
    assert all(record.stale({**fine, **change}, TASKS) for change in old)
    absent = {**fine, "family": "encoder", "model": "course-bert", "weights": "of another computer"}
    assert not record.stale(absent, TASKS)


def test_peak_memory_counts_what_is_alive_together():
    class Tiny(torch.nn.Module):
        def __init__(self):
            super().__init__()
            self.weight = torch.nn.Parameter(torch.ones(1000))

        def forward(self, x):
            return type("Output", (), {"loss": (self.weight * x).sum()})

    class Solver:
        model = Tiny()

        @staticmethod
        def collate(examples):
            return {"x": torch.ones(1000)}

    one = costs.peak_bytes(Solver, [0] * runs.RECIPE.batch_size)
    assert 4 * 4000 <= one <= 10 * 4000  # the weight, its gradient, the input and AdamW's two averages at least
    assert costs.peak_bytes(Solver, [0] * runs.RECIPE.batch_size) == pytest.approx(one, rel=0.01)


def test_costs_are_ratios_to_the_encoder(filled):
    numbers = {"encoder": {"fine-tuning": 2.0, "memory": 0}, "decoder": {"fine-tuning": 3.0, "memory": 0}}
    filled.add({"stage": "cost", "task": "code", "models": {}, "scores": numbers})
    ratios = table.costs("code", record=filled)
    assert ratios["decoder"]["fine-tuning"] == 1.5 and ratios["encoder"]["fine-tuning"] == 1.0
    assert ratios["decoder"]["memory"] != ratios["decoder"]["memory"]
    assert table.costs("code", ratios=False, record=filled) == numbers
    assert costs.cost_job(TASKS["code"], filled) is None  # no encoder to compare with


def test_every_recorded_row_says_how_it_was_made():
    for made in table.RECORD.read():
        assert made["command"] == "python -m helpers.tasks" and made["scores"] and made["task"] in TASKS
        if made["stage"] in ("search", "test"):
            way = runs.way_named(TASKS[made["task"]], made["family"], made["way"])
            assert made["recipe"] in [plain(recipe) if recipe else None for recipe in record.recipes(way)]
            assert made["seed"] in record.SEEDS and len(made["weights"]) == 12


def test_weights_are_known_by_their_fingerprint():
    from helpers.models import load_course

    assert record.weights_of("course-gpt") == fingerprint(load_course("course-gpt")[0])
