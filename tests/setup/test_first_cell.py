"""The first cell of every notebook, on a pretended Colab and at home."""

import importlib.metadata
import json
import os
import re
import shutil
import subprocess
import sys
from pathlib import Path

import pytest
from books import PATHS, ROOT, code_cells, read, source
from packaging.requirements import Requirement
from pretended import pretend

from helpers.setup import adopt
from helpers.setup.versions import normal

COLAB_HAS = ["torch", "transformers", "matplotlib", "ipywidgets"]
ON_COLAB = """
import importlib.machinery, sys, types
for name in ("google", "google.colab"):
    sys.modules[name] = types.ModuleType(name)
    sys.modules[name].__spec__ = importlib.machinery.ModuleSpec(name, None, is_package=True)
"""


# ---- at home


@pytest.mark.parametrize("path", PATHS, ids=lambda path: path.stem)
def test_every_notebook_opens_with_the_same_cell(path):
    first = code_cells(read(path))[0]
    assert source(first) == adopt.first_cell(adopt.address())
    assert first["outputs"] == [] and "first-cell" in first["metadata"]["tags"]


def run_cell(cell, *, cwd, **environment):
    """Run a cell where neither git nor pip could be started; the names that it leaves behind are printed."""
    script = f"before = set(globals())\n{cell}\nprint(os.getcwd(), sorted(set(globals()) - before))"
    command = [sys.executable, "-c", script]
    return subprocess.run(command, cwd=cwd, capture_output=True, text=True, env={"PATH": "", **environment})


@pytest.mark.parametrize("folder", ["notebooks", "tests"], ids=["its own folder", "another"])
def test_elsewhere_the_cell_compares_versions_and_does_nothing_else(folder):
    done = run_cell(adopt.first_cell("x"), cwd=ROOT / folder)
    names = ["before", "colab", "course", "os", "pathlib", "subprocess", "sys", "versions"]
    assert (done.stdout.strip(), done.stderr) == (f"{ROOT / folder} {names}", "")


def test_elsewhere_an_old_version_stops_the_cell(tmp_path):
    done = run_cell(adopt.first_cell("x"), cwd=ROOT / "notebooks", **pretend(tmp_path, {"transformers": "5.0.0"}))
    assert "transformers 5.0.0 is here, the course needs >=5.15, <6: run `make env`" in done.stderr.splitlines()[-1]


def test_a_notebook_without_its_course_says_so(tmp_path):
    cell = f"import sys\nsys.modules['helpers'] = None\n{adopt.first_cell('x')}"  # None: it cannot be imported
    done = run_cell(cell, cwd=tmp_path)
    assert done.returncode == 1 and list(tmp_path.iterdir()) == []
    assert done.stderr.splitlines() == [
        "The course is not here: open this notebook in the course's own folder, with make lab."
    ]


# ---- on Colab, before anything is fetched


def test_a_copy_without_an_address_says_so(tmp_path):
    done = run_cell(ON_COLAB + adopt.first_cell(f"https://github.com/{adopt.PLACEHOLDER}/x"), cwd=tmp_path)
    assert done.returncode == 1 and done.stderr.splitlines() == [adopt.NO_ADDRESS]
    assert list(tmp_path.iterdir()) == []


def test_an_old_torch_asks_for_a_newer_runtime_and_is_never_replaced(tmp_path):
    done = run_cell(ON_COLAB + adopt.first_cell("x"), cwd=ROOT / "notebooks", **pretend(tmp_path, {"torch": "2.4.0"}))
    assert "torch 2.4.0 is here, the course needs >=2.11: choose a newer runtime" in done.stderr.splitlines()[-1]
    assert "installing" not in done.stdout


# ---- on Colab: an environment with torch, transformers, matplotlib and ipywidgets, neither bertviz nor helpers


def closure(names):
    """The distributions that these need, themselves included."""
    found, waiting = {}, list(names)
    while waiting:
        name = normal(waiting.pop())
        if name not in found:
            found[name] = importlib.metadata.distribution(name)
            needs = map(Requirement, found[name].requires or [])
            waiting += [r.name for r in needs if not r.marker or r.marker.evaluate({"extra": ""})]
    return found.values()


def link_or_copy(old, new):
    """Hard links: no second torch on the disk, and what pip does to the copy never reaches the original."""
    try:
        os.link(old, new)
    except OSError:
        shutil.copy2(old, new)


def provide(distribution, *, site):
    tops = {file.parts[0] for file in distribution.files if file.parts[0] not in ("..", "__pycache__")}
    for top in tops - {path.name for path in site.iterdir()}:
        origin = Path(distribution.locate_file(top))
        if origin.is_dir():
            shutil.copytree(origin, site / top, copy_function=link_or_copy)
        elif origin.exists():
            link_or_copy(origin, site / top)


@pytest.fixture(scope="module")
def colab_python(tmp_path_factory):
    """An interpreter of its own in which the four packages of COLAB_HAS are installed, and nothing else of ours."""
    folder = tmp_path_factory.mktemp("colab")
    subprocess.run([sys.executable, "-m", "venv", folder], check=True)
    site = next(folder.glob("lib/python*/site-packages"))
    for old in site.glob("setuptools*"):  # venv's own is older than torch asks for
        shutil.rmtree(old)
    for distribution in closure(COLAB_HAS):
        provide(distribution, site=site)
    return folder / "bin" / "python"


@pytest.fixture(scope="module")
def repository(tmp_path_factory):
    """A git repository with the course as it lies on this disk, uncommitted changes included."""
    folder = tmp_path_factory.mktemp("origin") / "course"
    listed = subprocess.run(["git", "ls-files", "-co", "--exclude-standard"], cwd=ROOT, capture_output=True, text=True)
    if listed.returncode:
        pytest.skip("not a git checkout")
    for name in filter(lambda name: (ROOT / name).is_file(), listed.stdout.splitlines()):
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        shutil.copy2(ROOT / name, folder / name)
    git = ["git", "-c", "user.name=test", "-c", "user.email=test@example.org", "-C", str(folder)]
    for arguments in (["init", "-q"], ["add", "-A"], ["commit", "-qm", "the course"]):
        subprocess.run([*git, *arguments], check=True)
    return folder


def clean_environment():
    return {key: value for key, value in os.environ.items() if key not in ("PYTHONPATH", "VIRTUAL_ENV")}


def run_as_colab(python, script, *, cwd, repository):
    return subprocess.run(
        [python, "-c", ON_COLAB + script],
        cwd=cwd,
        capture_output=True,
        text=True,
        env={**clean_environment(), "COURSE_REPO": str(repository)},
    )


def versions(python):
    listed = subprocess.run(
        [python, "-m", "pip", "list", "--format=json"],
        capture_output=True,
        text=True,
        check=True,
        env=clean_environment(),
    )
    return {row["name"]: row["version"] for row in json.loads(listed.stdout)}


def index_reached():
    command = [sys.executable, "-m", "pip", "download", "--quiet", "--no-deps", "--dest", os.devnull, "bertviz==0"]
    said = subprocess.run(command, capture_output=True, text=True).stderr
    return "from versions: none" not in said


def test_on_colab_the_cell_fetches_the_course_and_adds_only_what_is_missing(colab_python, repository, tmp_path):
    if not os.environ.get("CI") and not index_reached():
        pytest.skip("no package index can be reached")
    before = versions(colab_python)
    for absent in ("bertviz", "helpers"):
        done = run_as_colab(colab_python, f"import {absent}", cwd=tmp_path, repository=repository)
        assert f"No module named '{absent}'" in done.stderr
    cell = adopt.first_cell(adopt.address())
    imports = "\n".join(sorted({line for path in PATHS for line in import_lines(read(path))}))
    check = """
import os, pathlib, helpers, bertviz
from helpers.models import load_course
model, tokenizer = load_course("course-bert")
print("answers", tuple(model(**tokenizer("the cat sat on the mat .", return_tensors="pt")).prediction_logits.shape[:2]))
print("at", os.getcwd()); print("from", pathlib.Path(helpers.__file__).parent)
"""
    done = run_as_colab(colab_python, f"{cell}\n{cell}\n{imports}\n{check}", cwd=tmp_path, repository=repository)
    assert done.returncode == 0, done.stderr
    course = tmp_path / adopt.TITLE
    assert f"at {course / 'notebooks'}" in done.stdout and f"from {course / 'helpers'}" in done.stdout
    assert "answers (1, 9)" in done.stdout
    assert done.stdout.count("installing:") == 1  # the second time nothing is missing

    after = versions(colab_python)
    assert {name: after[name] for name in before} == before  # nothing that was there has changed
    assert "bertviz" in after and "torch" in before


def import_lines(book):
    """The notebook's imports that stand at the left margin."""
    for cell in code_cells(book)[1:]:
        yield from re.findall(r"^(?:import \w[\w., ]*|from [\w.]+ import \w[\w, ]*)$", source(cell), re.MULTILINE)


def test_an_address_that_cannot_be_fetched_is_named(colab_python, tmp_path):
    done = run_as_colab(colab_python, adopt.first_cell("x"), cwd=tmp_path, repository=tmp_path / "nowhere")
    assert done.returncode and f"The course could not be fetched from {tmp_path / 'nowhere'}" in done.stderr
    assert list(tmp_path.iterdir()) == []
