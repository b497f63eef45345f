"""The commands, carried out: in a small course whose packages are three empty wheels, with and without make."""

import json
import os
import re
import shutil
import signal
import socket
import subprocess
import sys

import pytest
from books import ROOT

from helpers.setup import __main__ as commands
from helpers.setup import adopt, environment

ENVIRONMENT = """\
dependencies:
  - pip:
      - --extra-index-url https://download.pytorch.org/whl/cpu
      - torch==1.0
      - numpy==1.0
      - jupyterlab==1.0
      - -e .
"""
# The course itself is installed with a backend that lies in it, so that nothing has to be fetched for that.
PROJECT = """\
[build-system]
requires = []
build-backend = "backend"
backend-path = ["."]
[project]
name = "one-block-three-masks"
version = "0.1"
dependencies = []
[project.urls]
Repository = "https://github.com/your-name/one-block-three-masks"
"""
BACKEND = """\
import pathlib, sys
sys.path.insert(0, str(pathlib.Path(__file__).parent))
from wheels import write_wheel
def build_editable(folder, settings=None, metadata=None):
    return write_wheel(pathlib.Path(folder), "one_block_three_masks", "0.1", {"course.pth": str(pathlib.Path.cwd())})
build_wheel = build_editable
"""
WHEELS = '''\
import zipfile
def write_wheel(folder, name, version, files):
    """A wheel with these files, by name."""
    info = f"{name}-{version}.dist-info"
    metadata = f"Metadata-Version: 2.1\\nName: {name}\\nVersion: {version}\\n"
    about = "Wheel-Version: 1.0\\nGenerator: test\\nRoot-Is-Purelib: true\\nTag: py3-none-any\\n"
    texts = {**files, f"{info}/METADATA": metadata, f"{info}/WHEEL": about}
    record = "".join(f"{each},,\\n" for each in [*texts, f"{info}/RECORD"])
    with zipfile.ZipFile(folder / f"{name}-{version}-py3-none-any.whl", "w") as wheel:
        for each, text in {**texts, f"{info}/RECORD": record}.items():
            wheel.writestr(each, text)
    return f"{name}-{version}-py3-none-any.whl"
'''
LAB = {
    "jupyterlab/__main__.py": "import os, sys; print('LAB', os.getcwd(), *sys.argv[1:])",
    "jupyterlab/__init__.py": "",
}
SIGN = {
    "nbformat/sign.py": "import sys; open('trusted', 'w').write(' '.join(sys.argv[1:]))",
    "nbformat/__init__.py": "",
}
CELLS = [
    {"cell_type": "markdown", "metadata": {}, "source": ["# A title"]},
    {"cell_type": "code", "metadata": {"tags": ["first-cell"]}, "source": ["x"], "outputs": []},
]
BOOK = {"cells": CELLS, "metadata": {}, "nbformat": 4, "nbformat_minor": 5}


def checkout(folder):
    """A small course: the setup room as it is, three wheels of nothing, one notebook."""
    folder.mkdir()
    shutil.copy2(ROOT / "Makefile", folder)
    (folder / "helpers").mkdir()
    shutil.copy2(ROOT / "helpers" / "__init__.py", folder / "helpers")
    shutil.copytree(
        ROOT / "helpers" / "setup", folder / "helpers" / "setup", ignore=shutil.ignore_patterns("__pycache__")
    )
    texts = {"environment.yml": ENVIRONMENT, "pyproject.toml": PROJECT, "backend.py": BACKEND, "wheels.py": WHEELS}
    for name, text in texts.items():
        (folder / name).write_text(text, encoding="utf-8")
    (folder / "notebooks").mkdir()
    (folder / "notebooks" / "00_two_siblings.ipynb").write_text(json.dumps(BOOK), encoding="utf-8")
    (folder / "index").mkdir()
    scope = {}
    exec(WHEELS, scope)
    for name, files in {"torch": {}, "numpy": {}, "jupyterlab": {**LAB, **SIGN}}.items():
        scope["write_wheel"](folder / "index", name, "1.0", files)
    scope["write_wheel"](folder / "index", "numpy", "2.0", {})
    return folder


@pytest.fixture
def bare(tmp_path):
    return checkout(tmp_path / "a course")


def surroundings(folder, **more):
    """The environment of a person whose only package index is the folder of wheels."""
    dropped = ("MAKE", "PYTHONPATH", "PIP_", "CONDA", "VIRTUAL_ENV")
    clean = {key: value for key, value in os.environ.items() if not key.startswith(dropped)}
    index = {"PIP_NO_INDEX": "1", "PIP_FIND_LINKS": (folder / "index").as_uri()}
    return {**clean, **index, "PIP_CONFIG_FILE": os.devnull, "TORCH_BUILD": "default", **more}


def make(*arguments, cwd, **more):
    command = ["make", "--no-print-directory", *arguments]
    return subprocess.run(command, cwd=cwd, capture_output=True, text=True, env=surroundings(cwd, **more))


def setup(*arguments, cwd, **more):
    command = [sys.executable, "-m", "helpers.setup", *arguments]
    return subprocess.run(command, cwd=cwd, capture_output=True, text=True, env=surroundings(cwd, **more))


def interpreter(folder, *, body):
    path = folder / "some-python"
    path.write_text(f"#!/bin/sh\n{body}\n")
    path.chmod(0o755)
    return f"PYTHON={path}"


def versions(folder):
    """What is installed in .venv, and by which Python."""
    script = "import importlib.metadata as m, sys; print(*sys.version_info[:2], m.version('torch'), m.version('numpy'))"
    return subprocess.run([folder / ".venv/bin/python", "-c", script], capture_output=True, text=True).stdout.split()


HERE = [str(sys.version_info[0]), str(sys.version_info[1])]


def test_what_is_installed_is_decided_by_content(bare):
    made = make("env", f"PYTHON={sys.executable}", cwd=bare)
    assert made.returncode == 0, made.stdout + made.stderr
    assert "making .venv with Python 3." in made.stdout and "1 of 3: torch==1.0" in made.stdout
    assert versions(bare) == [*HERE, "1.0", "1.0"]

    os.utime(bare / "environment.yml")  # a newer time alone is no reason, nor is a comment
    (bare / "environment.yml").write_text("# a comment\n" + ENVIRONMENT, encoding="utf-8")
    for again in (make("env", cwd=bare), make("env", f"PYTHON={sys.executable}", cwd=bare), setup("env", cwd=bare)):
        assert (again.returncode, again.stdout, again.stderr) == (0, "", "")

    adopted = make("adopt", "REPO=git@github.com:ada/course.git", cwd=bare)  # nor is an address
    assert "pyproject.toml" in adopted.stdout and adopt.address(bare) == "https://github.com/ada/course"
    assert (make("env", cwd=bare).stdout, make("env", cwd=bare).returncode) == ("", 0)

    (bare / "environment.yml").write_text(ENVIRONMENT.replace("numpy==1.0", "numpy==2.0"), encoding="utf-8")
    changed = make("env", cwd=bare)
    assert "making .venv" not in changed.stdout and "2 of 3" in changed.stdout
    assert versions(bare) == [*HERE, "1.0", "2.0"]

    (bare / "environment.yml").write_text(ENVIRONMENT.replace("numpy==1.0", "numpy==3.0"), encoding="utf-8")
    failed = make("env", cwd=bare)  # no such version: one line, and tried again the next time
    assert failed.returncode and "env: pip: No matching distribution found for numpy==3.0" in failed.stderr
    assert make("env", cwd=bare).returncode


def other_python():
    """Another Python of this machine with venv, or the test is skipped."""
    names = [f"python3.{minor}" for minor in range(11, 16) if minor != sys.version_info.minor]
    root = os.path.expanduser(os.environ.get("PYENV_ROOT", "~/.pyenv"))
    for name in names:
        found = [shutil.which(name), *map(str, environment.Path(root).glob(f"versions/*/bin/{name}"))]
        for path in filter(None, found):
            if environment.identity(path):
                return path
    pytest.skip("no other Python on this machine")


def test_a_named_python_is_obeyed_and_kept(bare):
    other = other_python()
    assert make("env", f"PYTHON={sys.executable}", cwd=bare).returncode == 0
    before = versions(bare)
    named = make("env", f"PYTHON={other}", cwd=bare)
    assert re.search(r"making .venv with Python 3\.\S+ instead of 3\.", named.stdout), named.stdout + named.stderr
    after = versions(bare)
    assert after[1] != before[1] and after[2:] == before[2:]
    assert make("env", cwd=bare).stdout == "" and versions(bare) == after  # nobody named one: it stays

    shutil.rmtree(bare / "index")
    failed = make("env", f"PYTHON={sys.executable}", cwd=bare)  # nothing to install from: the old one comes back
    assert failed.returncode and versions(bare) == after
    assert not (bare / ".venv.before").exists()


@pytest.mark.parametrize(
    ("body", "word"),
    [
        ('[ "$1" = --version ] && echo Python 3.8.1 || exit 1', "Python 3.8.1"),
        (
            "printf 'pyenv: python3.14: command not found\\n\\nNote: see pyenv help\\n' >&2; exit 127",
            "command not found.",
        ),
    ],
)
def test_a_python_that_will_not_do_is_refused_in_words(body, word, bare):
    (bare / ".venv").mkdir()
    (bare / ".venv" / "mine").touch()
    for target in ("test", "lab", "adopt", "env"):
        result = make(target, interpreter(bare, body=body), cwd=bare)
        assert result.returncode and len(result.stdout.splitlines()) == 1, result.stdout
        assert "needs Python 3.11 or newer" in result.stdout and word in result.stdout
    assert "not found" in make("env", "PYTHON=no-such-python", cwd=bare).stdout
    assert [path.name for path in (bare / ".venv").iterdir()] == ["mine"]


def test_a_python_without_venv_is_refused_in_words(bare, tmp_path):
    (tmp_path / "ensurepip.py").write_text("raise ImportError")
    result = setup("lab", cwd=bare, PYTHONPATH=str(tmp_path))
    assert result.returncode == 1 and "venv and ensurepip are missing" in result.stderr
    assert "python3-venv" in result.stderr and "Traceback" not in result.stderr
    assert not (bare / ".venv").exists()


def test_without_a_network_that_is_what_it_says(bare):
    nowhere = {"PIP_INDEX_URL": "http://127.0.0.1:9/simple", "PIP_RETRIES": "1", "PIP_FIND_LINKS": ""}
    result = setup("env", cwd=bare, **nowhere, PIP_NO_INDEX="0")
    assert result.returncode == 1 and "env: network: no package index answers" in result.stderr
    assert "Traceback" not in result.stderr and len(result.stderr.splitlines()) <= 2


def test_ctrl_c_ends_it_without_a_traceback(bare):
    with socket.create_server(("127.0.0.1", 0)) as silent:  # an index that takes the call and never answers
        index = f"http://127.0.0.1:{silent.getsockname()[1]}/simple"
        process = subprocess.Popen(
            [sys.executable, "-u", "-m", "helpers.setup", "env"],
            cwd=bare,
            env=surroundings(bare, PIP_INDEX_URL=index, PIP_NO_INDEX="0", PIP_FIND_LINKS=""),
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
            start_new_session=True,
            preexec_fn=lambda: signal.signal(signal.SIGINT, signal.SIG_DFL),  # heard also where this test runs unheard
        )
        silent.settimeout(120)
        caller, _ = silent.accept()  # pip is at work
        os.killpg(process.pid, signal.SIGINT)  # what a terminal does
        out, said = process.communicate(timeout=60)
        caller.close()
    assert process.returncode == 130 and commands.AGAIN in said
    assert "Traceback" not in out + said


def test_lab_opens_a_copy_and_originals_on_demand(bare):
    own = setup("lab", "--no-browser", cwd=bare)
    assert own.returncode == 0, own.stderr
    line = next(line for line in own.stdout.splitlines() if line.startswith("LAB"))
    assert line.startswith(f"LAB {bare}") and "--LabApp.default_url=/lab/tree/my/00_two_siblings.ipynb" in line
    assert line.endswith("--no-browser")
    assert (bare / "my" / "00_two_siblings.ipynb").exists()
    assert (bare / "trusted").read_text() == str(bare / "my" / "00_two_siblings.ipynb")

    authors = make("lab", "ORIGINALS=1", "LAB_ARGS=--no-browser --ServerApp.port=9", cwd=bare)
    assert "/lab/tree/notebooks/00_two_siblings.ipynb --no-browser --ServerApp.port=9" in authors.stdout, authors.stderr

    (bare / "notebooks" / "00_two_siblings.ipynb").write_text(json.dumps({**BOOK, "metadata": {"new": 1}}))
    assert "changed since your copies in my were made: 00_two_siblings.ipynb" in make("lab", cwd=bare).stdout
    assert "my/00_two_siblings.ipynb is new" in make("fresh", cwd=bare).stdout
    assert make("fresh", cwd=bare).stdout == "nothing has changed\n"
    assert "my/00_two_siblings.ipynb is new" in make("fresh", "ONLY=00", cwd=bare).stdout
    wrong = make("fresh", "ONLY=7", cwd=bare)
    assert wrong.returncode and "no notebook has the number 7: write two digits" in wrong.stderr


def test_conda_s_own_python_is_used_where_it_holds_the_course(monkeypatch):
    monkeypatch.setattr(commands.environment, "build", lambda *, exactly: "built")
    monkeypatch.setenv("CONDA_PREFIX", sys.prefix)
    assert str(commands.python_of_course(exactly=False)) == sys.executable
    monkeypatch.setenv("CONDA_PREFIX", "/opt/conda")  # some other environment is active
    assert commands.python_of_course(exactly=False) == "built"


def test_make_help_lists_every_target():
    listed = re.findall(r"^  make ([\w-]+)", make("help", cwd=ROOT).stdout, re.MULTILINE)
    phony = re.search(r"^\.PHONY: (.+)$", (ROOT / "Makefile").read_text(), re.MULTILINE)[1].split()
    assert sorted(listed) == sorted(phony)
    assert {"help", "env", "lab", "fresh", "test", "real", "models", "results", "bench", "adopt"} <= set(listed)


def test_an_unknown_word_is_refused(capsys):
    with pytest.raises(SystemExit):
        commands.main(["env", "--faster"])
    assert "unknown: --faster" in capsys.readouterr().err


def test_a_name_that_stands_for_ones_own_is_refused(capsys):
    for name in ("owner/name", "your-name/one-block-three-masks", "git@github.com:your-name/x.git", "nonsense"):
        assert commands.main(["adopt", name]) == 1
    said = capsys.readouterr().err.splitlines()
    assert len(said) == 4 and all(line.startswith("adopt: ") for line in said)
    assert sum("only stands for your own" in line for line in said) == 3
