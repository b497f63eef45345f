"""environment.yml, pyproject.toml and what is installed say the same; the commands explain themselves."""

import importlib.metadata
import platform
import re
import subprocess
import sys
import tomllib
from pathlib import PureWindowsPath

import pytest
import yaml
from books import ROOT
from packaging.requirements import Requirement
from packaging.version import Version

from helpers.setup import environment
from helpers.setup.colab import missing
from helpers.setup.environment import digest, extra_index, identity, interpreter, pins, set_aside, stamped, state
from helpers.setup.progress import Stop
from helpers.setup.versions import normal

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


def dependencies():
    """environment.yml as conda's own parser of YAML reads it: packages of conda, then those of pip."""
    file = yaml.safe_load(TEXT)
    assert set(file) == {"name", "channels", "dependencies"} and file["name"] == PROJECT["name"]
    return [d for d in file["dependencies"] if isinstance(d, str)], file["dependencies"][-1]["pip"]


def test_conda_reads_the_file_as_we_do():
    conda, pip = dependencies()
    assert [line.split("=")[0] for line in conda] == ["python", "pip"]
    assert conda[0].split("=")[1] in {"3.11", "3.12", "3.13"}
    assert pip[0] == f"--extra-index-url {extra_index(TEXT)}" and pip[-1] == "-e ."
    assert [line for line in pip[1:-1] if not re.fullmatch(r"[\w.-]+==[\w.]+", line)] == []
    assert [line.split("==")[0] for line in pip[1:-1]] == list(pins(TEXT))
    assert pip[1].startswith("torch==")  # installed first and alone


def test_pip_reads_the_section_as_conda_hands_it_over(tmp_path):
    """conda writes the section into a file of requirements; all of it is here, so that nothing is fetched."""
    (tmp_path / "requirements.txt").write_text("\n".join(dependencies()[1][:-1]) + "\n", encoding="utf-8")
    command = [sys.executable, "-m", "pip", "install", "--dry-run", "--no-deps", "-r", "requirements.txt"]
    done = subprocess.run(command, cwd=tmp_path, capture_output=True, text=True)
    assert done.returncode == 0, done.stderr
    assert done.stdout.count("Requirement already satisfied") == len(PINS) and "Collecting" not in done.stdout


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


# ---- what decides whether an environment is made again


def test_comments_and_empty_lines_change_nothing_and_a_version_does():
    assert digest(TEXT) == digest("# once more\n\n" + TEXT.replace("# pictures", "# drawings"))
    assert digest(TEXT) != digest(TEXT.replace("numpy==2", "numpy==3"))


def test_the_state_tells_versions_interpreters_and_folders_apart(tmp_path):
    for folder in (tmp_path / "a", tmp_path / "b"):
        folder.mkdir()
        (folder / "environment.yml").write_text(TEXT, encoding="utf-8")
    first = state(["3.11.7", "/x"], root=tmp_path / "a")
    assert first == state(["3.11.9", "/y"], root=tmp_path / "a")  # a newer patch release holds the same packages
    assert first != state(["3.12.1", "/x"], root=tmp_path / "a")
    assert first != state(["3.11.7", "/x"], root=tmp_path / "b")
    (tmp_path / "a" / "environment.yml").write_text(TEXT.replace("==", "==9."), encoding="utf-8")
    assert first != state(["3.11.7", "/x"], root=tmp_path / "a")


def test_an_interpreter_says_who_it_is_and_what_does_not_run_is_nobody(tmp_path):
    assert identity(sys.executable)[0] == platform.python_version()
    (tmp_path / "dead").write_text("no program")
    assert identity(tmp_path / "dead") is identity(tmp_path / "absent") is None


@pytest.mark.parametrize("text", [None, "", "{"])
def test_an_environment_without_a_readable_stamp_is_not_finished(text, tmp_path):
    if text is not None:
        (tmp_path / environment.STAMP).write_text(text)
    assert stamped(tmp_path) is None


def test_an_old_environment_comes_back_where_the_new_one_fails(tmp_path):
    folder = tmp_path / ".venv"
    folder.mkdir()
    (folder / "old").touch()
    with pytest.raises(KeyboardInterrupt), set_aside(folder):
        folder.mkdir()
        raise KeyboardInterrupt
    assert [path.name for path in folder.iterdir()] == ["old"]
    with set_aside(folder):
        folder.mkdir()
    assert list(folder.iterdir()) == [] and list(tmp_path.iterdir()) == [folder]


def test_the_python_of_windows_lies_elsewhere():
    assert str(interpreter(PureWindowsPath(r"C:\course\.venv"), windows=True)) == r"C:\course\.venv\Scripts\python.exe"


def test_an_intel_mac_is_told_before_anything_is_made(monkeypatch, tmp_path):
    monkeypatch.setattr(environment.sys, "platform", "darwin")
    monkeypatch.setattr(environment.platform, "machine", lambda: "x86_64")
    with pytest.raises(Stop, match="no builds for Intel Macs any more: use Colab or Binder"):
        environment.build(root=tmp_path)
    assert list(tmp_path.iterdir()) == []


def test_torch_is_installed_first_and_alone_and_the_course_last_without_its_needs(monkeypatch, tmp_path):
    (tmp_path / "environment.yml").write_text("  - pip:\n      - a==1.0\n      - torch==2.5\n      - b==2.0\n")
    commands = []
    monkeypatch.setattr(environment, "cpu_index", lambda text: ["--extra-index-url", "wheels"])
    monkeypatch.setattr(environment, "follow", lambda command, *, show: commands.append(command[6:]))
    environment.install(ROOT / "python", root=tmp_path)
    assert commands == [
        ["torch==2.5", "--extra-index-url", "wheels"],
        ["torch==2.5", "a==1.0", "b==2.0"],
        ["--no-deps", "--editable", str(tmp_path)],
    ]
