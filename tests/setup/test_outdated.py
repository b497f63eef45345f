"""Newer versions are tried in an environment of their own; what differs is named, and what was tried is kept."""

import json
import subprocess
import sys
import tomllib
from pathlib import Path

import pytest
from books import ROOT

from helpers.setup import outdated
from helpers.setup.environment import pins


def notebook(folder, name, *, printed):
    """A notebook of one cell, which prints 42, with another stored output."""
    output = {"output_type": "stream", "name": "stdout", "text": [f"{printed}\n"]}
    cell = {"cell_type": "code", "id": "a", "metadata": {}, "source": "print(42)", "outputs": [output]}
    kernel = {"kernelspec": {"name": "python3", "display_name": "Python 3", "language": "python"}}
    book = {"cells": [{**cell, "execution_count": 1}], "metadata": kernel, "nbformat": 4, "nbformat_minor": 5}
    path = folder / name
    path.write_text(json.dumps(book), encoding="utf-8")
    return path


def test_the_notebook_that_prints_something_else_is_named_with_its_cell(tmp_path):
    books = [notebook(tmp_path, "00.ipynb", printed=42), notebook(tmp_path, "01.ipynb", printed=43)]
    found = outdated.differing(Path(sys.executable), books)
    assert list(found) == ["01.ipynb"] and found["01.ipynb"].endswith("Cell 0")


def test_the_newest_of_every_package_is_installed_torch_first_and_the_course_last(monkeypatch, tmp_path):
    commands = []
    monkeypatch.setattr(outdated, "cpu_index", lambda *_: ["--extra-index-url", "wheels"])
    monkeypatch.setattr(outdated.subprocess, "run", lambda command, *, check: commands.append(command))
    python = outdated.newest(into=tmp_path / "new")
    assert commands[0][1:] == ["-m", "venv", "--clear", str(tmp_path / "new")]
    assert {command[0] for command in commands[1:]} == {str(python)}
    wanted = [command[command.index("--upgrade") + 1 :] for command in commands[1:]]
    assert wanted[0] == ["torch", "--extra-index-url", "wheels"]
    assert wanted[1] == list(pins((ROOT / "environment.yml").read_text())) and "numpy" in wanted[1]
    assert wanted[2] == ["--no-deps", "--editable", str(ROOT)]


def test_the_versions_are_those_of_the_environment_asked():
    found = outdated.versions(Path(sys.executable))
    assert found["python"] == sys.version.split()[0] and found["torch"].split("+")[0].count(".") == 2
    assert set(found) == {"python", *outdated.names()}


def test_runs_are_added_to_what_was_tried_and_can_be_read(tmp_path):
    file = tmp_path / "tried.toml"
    here = {"python": "3.13.1", "torch": "2.14.0+cpu", "scikit-learn": "1.9"}
    outdated.record(outdated.block("newest versions", here, {"01.ipynb": "Cell 3"}, date="2026-08-01"), file=file)
    outdated.record(outdated.block("environment.yml", here, {}, date="2026-08-02"), file=file)
    first, second = tomllib.loads(file.read_text(encoding="utf-8"))["tried"]
    assert first["what"] == "newest versions: 01.ipynb differ" and not first["same_numbers"]
    assert second["same_numbers"] and second["date"] == "2026-08-02"
    assert first["versions"] == {"torch": "2.14.0+cpu", "scikit-learn": "1.9"}
    assert file.read_text(encoding="utf-8").startswith("# Versions with which")


def test_what_could_not_be_read_again_is_not_written(tmp_path):
    file = tmp_path / "tried.toml"
    with pytest.raises(tomllib.TOMLDecodeError):
        outdated.record("what = ", file=file)
    assert not file.exists()


def test_the_command_names_what_changed_and_fails_where_a_notebook_differs(monkeypatch, tmp_path, capsys):
    file = tmp_path / "tried.toml"
    monkeypatch.setattr(outdated.record, "__kwdefaults__", {"file": file})
    monkeypatch.setattr(outdated, "newest", lambda: Path("python"))
    pinned = pins((ROOT / "environment.yml").read_text(encoding="utf-8"))
    monkeypatch.setattr(outdated, "versions", lambda python: {"python": "3.13.1", **pinned, "numpy": "99.0"})
    monkeypatch.setattr(outdated, "differing", lambda python, paths: {"04.ipynb": "Cell 2"})
    assert outdated.main([]) == 1
    said = capsys.readouterr().out
    assert f"numpy {pinned['numpy']} -> 99.0" in said and "04.ipynb differs, first at Cell 2" in said
    assert tomllib.loads(file.read_text(encoding="utf-8"))["tried"][0]["what"].startswith("newest versions")
    monkeypatch.setattr(outdated, "differing", lambda python, paths: {})
    assert outdated.main(["--only", "00"]) == 0
    assert len(tomllib.loads(file.read_text(encoding="utf-8"))["tried"]) == 1


def test_an_environment_that_cannot_be_built_stops_the_command(monkeypatch, tmp_path):
    def fail(command, *, check):
        raise subprocess.CalledProcessError(1, command)

    monkeypatch.setattr(outdated.subprocess, "run", fail)
    with pytest.raises(subprocess.CalledProcessError):
        outdated.newest(into=tmp_path)
