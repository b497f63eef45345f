"""The checks: what is run, in which order, and what a failure says."""

import subprocess
import sys

import pytest
from books import PATHS, ROOT

from helpers.setup import checks
from helpers.setup.progress import Stop


def test_the_whole_course_is_checked():
    titles, lines = zip(*checks.commands(ROOT / "python", ROOT, workers=3))
    assert [title.split(",")[0] for title in titles] == [
        "the two real models",
        "unit tests",
        "examples in the docstrings",
        "notebooks",
    ]
    assert lines[1][1:] == ["-m", "pytest", "-q", "-n", "3", "--dist", "loadfile"]
    assert lines[3][-len(PATHS) :] == [str(path.relative_to(ROOT)) for path in PATHS]
    assert all(line[0] == str(ROOT / "python") for line in lines)


def test_the_first_failure_ends_it_and_is_named(monkeypatch, tmp_path, capfd):
    script = "import os, sys; print(os.environ['OMP_NUM_THREADS']); sys.exit(int(sys.argv[1]))"
    steps = [(f"step {code}", [sys.executable, "-c", script, code]) for code in "070"]
    monkeypatch.setattr(checks, "commands", lambda *a, **k: steps)
    with pytest.raises(Stop, match=r"not passed: step 7 \(code 7\)"):
        checks.run(ROOT, tmp_path, workers=1)
    assert capfd.readouterr().out.splitlines() == ["== step 0", "1", "== step 7", "1"]


def test_nothing_but_pytest_is_needed_to_find_the_slow_variants():
    (_, real), (_, slow) = checks.commands(ROOT / "python", ROOT, workers=1, more=True)
    assert real[1:] == ["-m", "helpers.models", "real"] and slow[-1] == "tests/more"
    assert (ROOT / slow[-1]).is_dir()
    found = subprocess.run([sys.executable, "-m", "helpers.models", "--help"], cwd=ROOT, capture_output=True)
    assert found.returncode == 0
