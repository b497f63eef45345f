"""The command: what it asks for, where its files go, and the export of a run that still goes on."""

import subprocess

import pytest
import small_language
from books import ROOT
from tiny_runs import NAMES, command, paths, recipe, same, train
from transformers import GPT2LMHeadModel

from helpers.models import DATA
from helpers.models.course import CONTROLS
from helpers.training import log
from helpers.training.__main__ import main, parser, paths_of, recipe_of
from helpers.training.recipe import Recipe


def test_by_default_everything_goes_where_the_course_looks_for_it():
    found = paths_of(parser().parse_args(["course-gpt"]))
    assert (found.model, found.record) == (DATA / "models" / "course-gpt", DATA / "training" / "course-gpt.jsonl")
    assert found.checkpoints == DATA / "models" / ".checkpoints" / "course-gpt"


def test_the_command_trains_as_the_function_does_and_exports(tmp_path, capsys):
    made = recipe("course-gpt", steps=4)
    trained, _ = train(tmp_path / "a", "course-gpt", steps=4)
    main(command(tmp_path / "b", made), language=small_language, evaluations=lambda name: ())
    assert same(GPT2LMHeadModel.from_pretrained(tmp_path / "b" / "course-gpt"), trained)
    main([*command(tmp_path / "b", made), "--export"], language=small_language)
    assert f"step 4 of course-gpt saved in {paths(tmp_path / 'b', 'course-gpt').model}" in capsys.readouterr().out


@pytest.mark.parametrize("name", [*NAMES, *CONTROLS])
def test_make_trains_models_and_controls_by_their_recorded_recipe(name):
    recorded = Recipe.from_dict(log.read(log.RECORDS / f"{name}.jsonl")[0]["recipe"])
    said = subprocess.run(
        ["make", "-n", "--no-print-directory", name], cwd=ROOT, capture_output=True, text=True, check=True
    ).stdout
    options = parser().parse_args(said.replace("\\\n", " ").split("helpers.training ")[1].split("#")[0].split())
    assert recipe_of(options) == recorded and options.threads == 1
