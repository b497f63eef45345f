"""The README's section "Contributing", done as it says: its scene, its experiment and its claim work."""

import json
import os
import re
import shutil
import subprocess
import sys

import pytest
from books import ROOT

from helpers.setup.ledger import decided, sources
from helpers.setup.site import verdicts

TEXT = (ROOT / "README.md").read_text(encoding="utf-8").split("\n## Contributing\n")[1].split("\n## ")[0]
FILES = dict(re.findall(r"```python\n# (\S+)\n(.*?)```", TEXT, re.DOTALL))
ONE_SCREEN = 50  # lines


@pytest.fixture
def copy(tmp_path):
    """The helpers in a folder of their own, with the shipped data beside them and room for new results."""
    shutil.copytree(ROOT / "helpers", tmp_path / "helpers", ignore=shutil.ignore_patterns("__pycache__"))
    shutil.copyfile(ROOT / "pyproject.toml", tmp_path / "pyproject.toml")
    (tmp_path / "data" / "results").mkdir(parents=True)
    for path in (ROOT / "data").iterdir():
        if path.name != "results":
            (tmp_path / "data" / path.name).symlink_to(path)
    for name, text in FILES.items():
        (tmp_path / name).write_text(text, encoding="utf-8")
    return tmp_path


def named(path, module, tuple_of):
    """A module's name added to an import and to a tuple of a file, as a contributor would add it."""
    text = path.read_text(encoding="utf-8")
    fresh = re.sub(r"(from \S+ import \(\n)", rf"\1    {module},\n", text, count=1)
    fresh = re.sub(tuple_of, lambda match: f"{match[0]}{module}, ", fresh, count=1)
    assert fresh.count(module) == text.count(module) + 2
    path.write_text(fresh, encoding="utf-8")


def python(folder, *arguments):
    environment = {**os.environ, "PYTHONPATH": str(folder), "OMP_NUM_THREADS": "1"}
    done = subprocess.run([sys.executable, *arguments], cwd=folder, env=environment, capture_output=True, text=True)
    assert done.returncode == 0, done.stderr[-2000:]
    return done.stdout


def test_each_way_to_contribute_fits_one_screen():
    sections = re.split(r"^### ", TEXT, flags=re.MULTILINE)[1:]
    assert [text.split("\n")[0] for text in sections][:4] == ["A scene", "A claim", "An experiment", "A notebook"]
    assert {text.split("\n")[0]: n for text in sections if (n := len(text.strip().splitlines())) > ONE_SCREEN} == {}


def test_the_scene_is_read_written_and_inferred_exactly(copy):
    named(copy / "helpers" / "tinytown" / "language.py", "harbour", r"SCENE_MODULES = \(\n    ")
    shown = re.search(r'python -c "(.+?)"`', TEXT)[1]
    assert "the" in python(copy, "-c", shown)
    asked = "the [MASK] came in at noon . the fish went ashore ."
    assert (
        python(copy, "-c", f"from helpers import tinytown; print(tinytown.cloze_probs({asked!r}))")
        == "[{'trawler': 1.0}]\n"
    )
    assert "models: 0 current, to score: course-bert" in python(copy, "-m", "helpers.experiments", "models", "--plan")


def test_the_experiment_is_planned_run_and_read(copy):
    named(copy / "helpers" / "experiments" / "registry.py", "right_side", r"for module in \(")
    assert "right_side: 0 current, 6 to run" in python(copy, "-m", "helpers.experiments", "right_side", "--plan")
    said = python(copy, "-m", "helpers.experiments", "right_side", "--only", "scene=animal", "seed=0", "--workers", "1")
    assert "right_side: 1 runs made; 1 current, 5 to run" in said
    read = (
        "from helpers.experiments.right_side import EXPERIMENT as e; print(e.frame()[['left', 'both']].values.tolist())"
    )
    [[left, both]] = json.loads(python(copy, "-c", read))
    assert left > both > 0


def test_the_claim_becomes_a_row_of_the_verdicts():
    details = json.loads(re.search(r"```json\n\s*(\{.+?\})\n", TEXT)[1])
    cell = {"cell_type": "code", "metadata": details, "source": "decide()", "outputs": []}
    [row] = decided({"cells": [cell]}, "05_pet.ipynb")
    assert row.verdict in TEXT.split("The verdict is one of")[1]
    assert details["because"] in verdicts.verdict_page([row], sources())
