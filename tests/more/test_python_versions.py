"""Other Pythons that this machine has: the course's sources compile, and Tinytown's own tests pass.

torch is left out: its wheels for another Python may be several GB. The full run belongs to the Python of .venv.
"""

import glob
import os
import re
import shutil
import subprocess
import sys

import pytest
from books import ROOT

from helpers.setup.environment import pins

VERSIONS = [f"3.{minor}" for minor in range(11, 16) if minor != sys.version_info.minor]
LIGHT = ["numpy", "scipy", "pytest"]


def interpreter(version):
    """A working interpreter of this version, on the PATH or where pyenv keeps them."""
    pattern = os.path.expanduser(f"{os.environ.get('PYENV_ROOT', '~/.pyenv')}/versions/{version}.*/bin/python")
    for candidate in filter(None, [shutil.which(f"python{version}"), *sorted(glob.glob(pattern))]):
        said = subprocess.run(
            [candidate, "-c", "import sys, venv, ensurepip; print('%d.%d' % sys.version_info[:2])"],
            capture_output=True,
            text=True,
        )
        if said.stdout.strip() == version:
            return candidate
    return None


@pytest.fixture(scope="module", params=VERSIONS)
def other_python(request, tmp_path_factory):
    found = interpreter(request.param)
    if not found:
        pytest.skip(f"no Python {request.param} on this machine")
    folder = tmp_path_factory.mktemp(f"python{request.param}")
    subprocess.run([found, "-m", "venv", folder], check=True)
    versions = pins((ROOT / "environment.yml").read_text(encoding="utf-8"))
    python = folder / "bin" / "python"
    wanted = [f"{name}=={versions[name]}" for name in LIGHT]
    installed = subprocess.run(
        [python, "-m", "pip", "install", "--quiet", "--only-binary", ":all:", *wanted], capture_output=True, text=True
    )
    if installed.returncode:
        pytest.skip(f"Python {request.param}: {', '.join(wanted)} cannot be installed: {installed.stderr[-200:]}")
    return python


def run(python, *arguments, **environment):
    done = subprocess.run(
        [python, *arguments],
        cwd=ROOT,
        capture_output=True,
        text=True,
        env={**os.environ, "PYTHONPATH": str(ROOT), "PYTHONDONTWRITEBYTECODE": "1", **environment},
    )
    assert done.returncode == 0, (done.stdout + done.stderr)[-4000:]
    return done.stdout


def test_every_source_compiles_without_a_warning(other_python):
    run(
        other_python,
        "-W",
        "error",
        "-c",
        "import pathlib\nfor p in [*pathlib.Path('helpers').rglob('*.py'), *pathlib.Path('tests').rglob('*.py')]:\n"
        "    compile(p.read_text(encoding='utf-8'), str(p), 'exec')",
    )


HEAVY = re.compile(
    r"^(?:import torch|from helpers\.(?!tinytown|setup))|^from helpers import (?!tinytown$)", re.MULTILINE
)


def test_tinytown_passes_its_tests(other_python):
    """Those of its tests that need no torch, which is not installed there."""
    files = (ROOT / "tests" / "tinytown").rglob("test_*.py")
    tests = sorted(str(path) for path in files if not HEAVY.search(path.read_text(encoding="utf-8")))
    assert len(tests) >= 8
    said = run(other_python, "-m", "pytest", "-q", "-p", "no:cacheprovider", "--noconftest", *tests)
    assert " passed" in said and " failed" not in said
