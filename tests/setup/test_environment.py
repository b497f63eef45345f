"""environment.yml, pyproject.toml and what is installed say the same; the commands explain themselves."""

import importlib.metadata
import os
import re
import subprocess
import sys
import tomllib

import pytest
from books import ROOT
from packaging.requirements import Requirement
from packaging.version import Version

from helpers.setup import environment
from helpers.setup.colab import missing, normal
from helpers.setup.environment import pins

TEXT = (ROOT / "environment.yml").read_text(encoding="utf-8")
PINS = {normal(name): version for name, version in pins(TEXT).items()}
PROJECT = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]
EXTRAS = PROJECT["optional-dependencies"]
GROUPS = [
    PROJECT["dependencies"],
    *(EXTRAS[name] for name in EXTRAS if name != "site"),
]  # it has an environment of its own
RANGES = {normal(r.name): r for group in GROUPS for r in map(Requirement, group)}


def disagreements(pinned, ranges, installed):
    """Every way in which the three lists of versions contradict each other, in words."""
    for name in sorted(set(pinned) ^ set(ranges)):
        yield f"{name} stands only in {'environment.yml' if name in pinned else 'pyproject.toml'}"
    for name in sorted(set(pinned) & set(ranges)):
        if not ranges[name].specifier.contains(pinned[name]):
            yield f"{name} {pinned[name]} is outside {ranges[name].specifier}"
    for name, version in pinned.items():
        if name not in installed or Version(installed[name]).public != version:
            yield f"{name} is {installed.get(name, 'missing')}, environment.yml says {version}: run make env"


def installed_versions():
    return {normal(d.metadata["Name"]): d.version for d in importlib.metadata.distributions() if d.metadata["Name"]}


def test_pins_ranges_and_installed_versions_agree():
    assert list(disagreements(PINS, RANGES, installed_versions())) == []


def test_every_kind_of_disagreement_is_found():
    ranges = {"a": Requirement("a>=2"), "b": Requirement("b"), "c": Requirement("c")}
    found = list(disagreements({"a": "1.0", "b": "1.0", "d": "1"}, ranges, {"a": "1.0+cpu", "b": "1.1", "d": "1"}))
    assert [line.split()[0] for line in found] == ["c", "d", "a", "b"]


def test_every_line_of_the_pip_section_is_an_exact_pin():
    lines = [line.strip().split("#")[0].strip() for line in TEXT.split("- pip:")[1].splitlines()]
    lines = [line for line in lines if line]
    assert lines.pop() == "- -e ."
    assert [line for line in lines if not re.fullmatch(r"- [\w.-]+==[\w.]+", line)] == []
    assert lines[0].startswith("- torch==")  # installed first and alone


def test_conda_reads_the_file_as_we_do():
    yaml = pytest.importorskip("yaml")
    pip = next(d for d in yaml.safe_load(TEXT)["dependencies"] if isinstance(d, dict))["pip"]
    assert [line.split("==")[0] for line in pip[:-1]] == list(pins(TEXT))


def test_torch_is_never_reported_as_missing():
    assert missing(PROJECT["dependencies"], {}) == [r for r in PROJECT["dependencies"] if not r.startswith("torch>")]


def test_only_what_a_tool_needs_stands_at_the_top():
    git = subprocess.run(["git", "ls-files"], cwd=ROOT, capture_output=True, text=True)
    if git.returncode or not git.stdout:
        pytest.skip("not a git checkout")
    top = {name.split("/")[0] for name in git.stdout.split("\n") if name}
    assert top <= {
        "notebooks",
        "helpers",
        "data",
        "tests",
        "site",
        "environment.yml",
        "README.md",
        "pyproject.toml",
        "Makefile",
        "LICENSE",
        ".ci",
        ".gitignore",
    }


def make(*arguments, cwd=ROOT):
    env = {key: value for key, value in os.environ.items() if not key.startswith("MAKE")}
    return subprocess.run(["make", *arguments], cwd=cwd, capture_output=True, text=True, env=env)


@pytest.fixture
def bare_checkout(tmp_path):
    """What `make env` reads, without a .venv."""
    for name in ("Makefile", "environment.yml", "pyproject.toml"):
        (tmp_path / name).write_bytes((ROOT / name).read_bytes())
    return tmp_path


def interpreter(folder, *, body):
    path = folder / "some-python"
    path.write_text(f"#!/bin/sh\n{body}\n")
    path.chmod(0o755)
    return f"PYTHON={path}"


def test_make_help_lists_every_target():
    listed = re.findall(r"^  make ([\w-]+)", make("help").stdout, re.MULTILINE)
    phony = re.search(r"^\.PHONY: (.+)$", (ROOT / "Makefile").read_text(), re.MULTILINE)[1].split()
    assert sorted(listed) == sorted(phony)
    assert {"help", "env", "lab", "test", "real", "models", "results", "bench", "adopt"} <= set(listed)


def test_an_old_python_is_refused_in_words(bare_checkout):
    old = interpreter(bare_checkout, body='[ "$1" = --version ] && echo Python 3.8.1 || exit 1')
    result = make("test", old, cwd=bare_checkout)
    assert result.returncode and "needs Python 3.11 or newer" in result.stdout and "Python 3.8.1" in result.stdout
    assert not (bare_checkout / ".venv").exists()


def test_a_python_without_venv_is_refused_in_words(bare_checkout):
    body = f'case "$2" in *ensurepip*) exit 1;; *) exec "{sys.executable}" "$@";; esac'
    result = make("lab", interpreter(bare_checkout, body=body), cwd=bare_checkout)
    assert result.returncode and "venv and ensurepip are missing" in result.stdout
    assert "python3-venv" in result.stdout and not (bare_checkout / ".venv").exists()


def test_nothing_is_installed_again_when_nothing_changed(bare_checkout):
    (bare_checkout / ".venv").mkdir()
    (bare_checkout / ".venv" / ".built").touch()
    result = make("env", "PYTHON=/nonexistent", cwd=bare_checkout)
    assert result.returncode == 0 and "installing" not in result.stdout


def test_torch_is_installed_first_and_alone_and_the_course_last_without_its_needs(monkeypatch, tmp_path):
    (tmp_path / "environment.yml").write_text("  - pip:\n      - a==1.0\n      - torch==2.5\n      - b==2.0\n")
    commands = []
    monkeypatch.setattr(environment, "cpu_index", lambda: ["--extra-index-url", "wheels"])
    monkeypatch.setattr(environment.subprocess, "run", lambda command, *, check: commands.append(command[6:]))
    environment.install(ROOT / "python", root=tmp_path)
    assert commands == [
        ["torch==2.5", "--extra-index-url", "wheels"],
        ["torch==2.5", "a==1.0", "b==2.0"],
        ["--no-deps", "--editable", str(tmp_path)],
    ]
