"""The record of a run: readable after a kill, cut back to the checkpoint when the run resumes."""

import json

import pytest

from helpers.training import log


def test_a_record_cut_short_by_a_kill_is_still_read(tmp_path):
    log.start(tmp_path / "run.jsonl", {"recipe": {}})
    log.append(tmp_path / "run.jsonl", {"step": 1})
    with (tmp_path / "run.jsonl").open("a") as file:
        file.write('{"step": 2, "los')
    assert log.read(tmp_path / "run.jsonl") == ({"recipe": {}}, [{"step": 1}])
    assert json.loads((tmp_path / "run.jsonl").read_text().splitlines()[0]) == {"recipe": {}}


def test_a_resumed_run_drops_what_came_after_its_checkpoint(tmp_path):
    path = tmp_path / "run.jsonl"
    log.start(path, {"run": 1}, after=7)  # a resumed run whose record was lost
    for step in (5, 10, 15):
        log.append(path, {"step": step})
    log.start(path, {"run": 2}, after=10)
    assert log.read(path) == ({"run": 2}, [{"step": 5}, {"step": 10}])
    log.start(path, {"run": 3})
    assert log.read(path) == ({"run": 3}, [])


def test_a_record_that_is_not_there_names_the_command(tmp_path):
    with pytest.raises(FileNotFoundError, match="python -m helpers.training course-gpt` makes it"):
        log.read(tmp_path / "course-gpt.jsonl")


def test_an_ability_along_a_training_is_what_its_record_holds(tmp_path, monkeypatch):
    monkeypatch.setattr(log, "RECORDS", tmp_path)
    log.start(tmp_path / "run.jsonl", {})
    for words, evaluations in (
        (5e5, {"evaluations": {"four_shot": 0.4}}),
        (1e6, {}),
        (2e6, {"evaluations": {"four_shot": 0.9}}),
    ):
        log.append(tmp_path / "run.jsonl", {"words": words, **evaluations})
    assert log.along("run", "four_shot") == [(0.5, 0.4), (2.0, 0.9)]
    with pytest.raises(KeyError, match="one_shot"):
        log.along("run", "one_shot")
