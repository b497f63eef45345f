"""One weight of the grammar changes, or a scene is added: rows and models are known to be of another."""

import os
import shutil
import subprocess
import sys

import pytest
from books import ROOT

MEASURE = """
from helpers import evaluation
from helpers.models import load_course
model, tokenizer = load_course("course-gpt")
print(evaluation.causal_excess(model, tokenizer, count=4))
"""
PLAN = ["-m", "helpers.experiments", "few_shot", "models", "--plan"]
ADDED = """
from dataclasses import replace
from helpers.tinytown.grammar import Scene, words
SCENES = [*SCENES, Scene(name="moon", facts={"colour": words("red blue")}, tables={},
                         kinds={"say": ["the moonrock was {colour} ."]}, orders=[(1, "say")])]
"""


@pytest.fixture
def copy(tmp_path):
    """The helpers in a folder of their own, with the shipped data beside them."""
    shutil.copytree(ROOT / "helpers", tmp_path / "helpers", ignore=shutil.ignore_patterns("__pycache__"))
    (tmp_path / "data").symlink_to(ROOT / "data")
    return tmp_path


def python(folder, *arguments):
    environment = {**os.environ, "PYTHONPATH": str(folder)}
    return subprocess.run([sys.executable, *arguments], cwd=folder, env=environment, capture_output=True, text=True)


def test_a_changed_weight_makes_rows_stale_and_models_refused(copy):
    reviews = copy / "helpers" / "tinytown" / "scenes" / "reviews.py"
    text = reviews.read_text()
    reviews.write_text(text.replace('good="good*9 bad*1"', 'good="good*6 bad*4"'))
    assert reviews.read_text() != text
    plan = python(copy, *PLAN)
    assert plan.returncode == 0, plan.stderr
    assert "few_shot: 0 current" in plan.stdout and "stale (another language)" in plan.stdout
    assert "models: 0 current, to score: course-bert" in plan.stdout
    refused = python(copy, "-c", MEASURE)
    assert refused.returncode != 0 and "make models" in refused.stderr and "another language" in refused.stderr


def test_an_added_scene_is_another_language_and_only_leaves_the_old_scenes_measurable(copy):
    with (copy / "helpers" / "tinytown" / "scenes" / "lists.py").open("a") as file:
        file.write(ADDED)
    refused = python(copy, "-c", MEASURE)
    assert refused.returncode != 0 and "only(" in refused.stderr and "make models" in refused.stderr
    part = MEASURE.replace("from helpers import", "from helpers import tinytown,").replace(
        "count=4", 'count=4, language=tinytown.only("animal", "errand")'
    )
    measured = python(copy, "-c", part)
    assert measured.returncode == 0, measured.stderr
    assert "excess" in measured.stdout
