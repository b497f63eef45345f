"""Versions are compared wherever the course is imported; what does not fit stops it with one line."""

import re
import subprocess
import sys
import tomllib
from types import ModuleType

import pytest
from books import ROOT
from jupyter_client.manager import start_new_kernel
from packaging.requirements import Requirement
from pretended import pretend

from helpers.setup import colab, versions

TRIED = tomllib.loads((ROOT / "tests" / "setup" / "tried.toml").read_text(encoding="utf-8"))["tried"]
RANGES = {versions.normal(r): r for r in versions.required()}


def python(script, environment, *options):
    return subprocess.run([sys.executable, *options, "-c", script], capture_output=True, text=True, env=environment)


@pytest.mark.parametrize(
    ("version", "fit"),
    [
        ("4.57.1", False),
        ("5.0", True),
        ("5", True),
        ("5.0.0", True),
        ("5.9.3+cu1", True),
        ("6.0", False),
        ("10", False),
    ],
)
def test_versions_are_compared_as_numbers(version, fit):
    requirement = "transformers>=5.0,<6"
    assert versions.fits(version, requirement) == fit
    assert colab.missing([requirement], {"transformers": version}) == ([] if fit else [requirement])


def test_versions_agree_with_packaging():
    for requirement in ("x>=1.9", "x<2", "x==1.10.0", "x>1.4.1,<2", "x"):
        for version in ("1.4.1", "1.9", "1.10", "1.10.0", "2.0", "2.0.1"):
            assert versions.fits(version, requirement) == Requirement(requirement).specifier.contains(version)


# ---- the lower bounds are versions that were tried


@pytest.mark.parametrize("run", TRIED, ids=lambda run: "-".join(run["versions"].values()))
def test_what_was_tried_decides_what_is_allowed(run):
    fitting = {name for name, version in run["versions"].items() if versions.fits(version, RANGES[name])}
    assert fitting == set(run["versions"]) - set(run["replaced"])
    assert run["same_numbers"] or not fitting


def test_a_lower_bound_is_the_oldest_version_that_was_tried():
    good = [run for run in TRIED if run["same_numbers"]]
    assert good
    for name in {name for run in good for name in run["versions"] if name not in run["replaced"]}:
        oldest = min((run["versions"][name] for run in good if name in run["versions"]), key=versions.numbers)
        assert (">=", oldest) in versions.limits(RANGES[name]), name


@pytest.mark.parametrize("run", TRIED, ids=lambda run: "-".join(run["versions"].values()))
def test_importing_the_course_under_those_versions(run, tmp_path):
    here = {name: version for name, version in run["versions"].items() if name not in run["replaced"]}
    done = python("import helpers; print('imported')", pretend(tmp_path / "good", here))
    assert (done.stdout, done.stderr) == ("imported\n", "")
    done = python("import helpers; print('imported')", pretend(tmp_path / "bad", run["versions"]))
    last = done.stderr.strip().splitlines()[-1]
    assert done.returncode and done.stdout == ""
    for name in run["replaced"]:
        assert f"{name} {run['versions'][name]} is here, the course needs >=" in last
    assert "make env" in last and "python -m helpers.setup env" in last and "conda env update" in last


# ---- what stops it, and what does not


def test_every_module_of_the_course_is_stopped_and_the_setup_is_not(tmp_path):
    old = pretend(tmp_path, {"numpy": "1.0"})
    assert "numpy 1.0 is here, the course needs >=2.1" in python("import helpers.tinytown", old).stderr
    done = subprocess.run([sys.executable, "-m", "helpers.setup", "--help"], capture_output=True, text=True, env=old)
    assert done.returncode == 0 and "fresh" in done.stdout and done.stderr == ""


def test_whoever_knows_better_may_go_on(tmp_path):
    old = pretend(tmp_path, {"numpy": "1.0"})
    assert python("import helpers; print('on')", {**old, "COURSE_ANY_VERSIONS": "1"}).stdout == "on\n"


def test_an_absent_package_stops_the_first_cell_and_not_every_import(tmp_path):
    bare = {"PYTHONPATH": str(ROOT), "PATH": ""}
    assert python("import helpers; print('on')", bare, "-S").stdout == "on\n"  # -S: no site-packages
    said = python("from helpers.setup import versions; versions.require(all_of_them=True)", bare, "-S").stderr
    assert "torch is missing, the course needs >=2.11" in said.splitlines()[-1]


def test_an_old_python_is_named_before_anything_else():
    text = (ROOT / "helpers" / "__init__.py").read_text(encoding="utf-8")
    old = "import sys\nsys.version_info, sys.version = (3, 10, 1), '3.10.1 (main)'\n"
    done = python(old + text, {"PYTHONPATH": str(ROOT)})
    assert done.returncode and done.stderr.strip().splitlines() == [
        "The course needs Python 3.11 or newer; this is Python 3.10.1: run a newer one"
    ]


def test_a_package_replaced_under_a_running_kernel_asks_for_a_restart(monkeypatch):
    module = ModuleType("gguf")
    module.__version__ = "0.0.1"
    monkeypatch.setitem(sys.modules, "gguf", module)
    with pytest.raises(versions.WrongVersionsError, match=r"gguf 0\.0\.1 is here.+: restart the kernel") as stopped:
        versions.require()
    assert str(stopped.value).count("\n") == 0


def test_on_colab_the_remedy_is_a_newer_runtime(monkeypatch, tmp_path):
    (tmp_path / "pyproject.toml").write_text('[project]\ndependencies = ["torch>=999"]\n')
    monkeypatch.setitem(sys.modules, versions.COLAB, ModuleType(versions.COLAB))
    with pytest.raises(versions.WrongVersionsError, match="torch .* needs >=999: choose a newer runtime"):
        versions.require(pyproject=tmp_path / "pyproject.toml")


def test_a_notebook_shows_the_line_alone(tmp_path):
    manager, client = start_new_kernel(env=pretend(tmp_path, {"transformers": "4.57.6"}))
    said = []
    try:
        for code in ("import helpers", "print('goes on')"):
            reply = client.execute_interactive(code, timeout=60, output_hook=said.append)
    finally:
        client.stop_channels()
        manager.shutdown_kernel(now=True)
    shown = [m["content"]["traceback"] for m in said if m["msg_type"] == "error"]
    assert [len(lines) for lines in shown] == [1] and "\n" not in shown[0][0]
    assert re.match(r"WrongVersionsError: transformers 4\.57\.6 is here, the course needs >=", shown[0][0])
    assert reply["content"]["status"] == "ok"
