"""Google Colab: add what the course needs to an environment that somebody else chose.

Standard library only: the first cell of every notebook calls `install_missing` before anything else is imported.
"""

import importlib.metadata
import re
import subprocess
import sys
import tempfile
import tomllib
from collections.abc import Iterable
from pathlib import Path

PYPROJECT = Path(__file__).resolve().parents[2] / "pyproject.toml"
NEVER = {"torch"}  # Colab's own build fits its machine; replacing it breaks the running kernel


def normal(name: str) -> str:
    """A distribution's name as package indexes compare it.

    >>> normal("XStatic-jQuery >=3.5")
    'xstatic-jquery'
    """
    return re.sub(r"[-_.]+", "-", re.match(r"[\w.-]+", name)[0]).lower()


def missing(requirements: Iterable[str], installed: Iterable[str]) -> list[str]:
    """The requirements whose distribution is not installed, never torch.

    >>> missing(["torch>=2.5", "numpy>=1.26", "bertviz>=1.4.1"], ["NumPy"])
    ['bertviz>=1.4.1']
    """
    present = {normal(name) for name in installed} | NEVER
    return [requirement for requirement in requirements if normal(requirement) not in present]


def install_missing(pyproject: Path = PYPROJECT) -> list[str]:
    """Install what pyproject.toml asks for and nobody installed; what it asks for and is there keeps its version.

    Returns the requirements that were installed.
    Raises RuntimeError with pip's own last words when that cannot be done.
    """
    versions = {normal(d.metadata["Name"]): d.version for d in importlib.metadata.distributions()}
    required = tomllib.loads(pyproject.read_text(encoding="utf-8"))["project"]["dependencies"]
    wanted = missing(required, versions)
    if wanted:
        print("installing:", ", ".join(wanted), flush=True)
        pip_install(wanted, keep={name: versions[name] for name in map(normal, required) if name in versions})
        importlib.invalidate_caches()
    return wanted


def pip_install(requirements: list[str], *, keep: dict[str, str]) -> None:
    """Install requirements while every distribution in `keep` stays at its version."""
    with tempfile.TemporaryDirectory() as folder:
        constraints = Path(folder, "installed.txt")
        constraints.write_text("".join(f"{name}=={version}\n" for name, version in keep.items()), encoding="utf-8")
        command = [sys.executable, "-m", "pip", "install", "--quiet", "--disable-pip-version-check"]
        done = subprocess.run(
            [*command, "--constraint", str(constraints), *requirements], capture_output=True, text=True
        )
    if done.returncode:
        raise RuntimeError(
            f"pip could not install {', '.join(requirements)} beside what is here already; "
            f"it says: {done.stderr.strip()[-600:]}\nIn a fresh runtime, run this cell again."
        )
