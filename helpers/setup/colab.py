"""Google Colab: add what the course needs to an environment that somebody else chose.

Standard library only: the first cell of every notebook calls `install_missing` before anything else is imported.
"""

import importlib
import subprocess
import sys
import tempfile
from collections.abc import Iterable, Mapping
from pathlib import Path

from helpers.setup.versions import PYPROJECT, fits, installed, misfits, normal, required

NEVER = {"torch"}  # Colab's own build fits its machine; replacing it breaks the running kernel


def missing(requirements: Iterable[str], here: Mapping[str, str]) -> list[str]:
    """The requirements whose distribution is not installed, or in a version that does not fit; never torch.

    here: normal name of a distribution -> its version.

    >>> missing(["torch>=2.5", "numpy>=1.26", "bertviz>=1.4", "mpld3>=0.5"], {"numpy": "2.0", "mpld3": "0.4.1"})
    ['bertviz>=1.4', 'mpld3>=0.5']
    """
    return [
        requirement
        for requirement in requirements
        if (name := normal(requirement)) not in NEVER and not (name in here and fits(here[name], requirement))
    ]


def install_missing(pyproject: Path = PYPROJECT) -> list[str]:
    """Install what pyproject.toml asks for and is not here in a version that fits; everything else keeps its version.

    Returns the requirements that were installed; prints one line for each version that it replaces.

    Raises RuntimeError with pip's own last words when that cannot be done. What is left that does not fit (torch, or
    what this kernel has imported before) is for `versions.require` to say.
    """
    requirements = required(pyproject)
    here = installed(requirements)
    wanted = missing(requirements, here)
    for line in misfits(wanted, here):
        print(f"{line}: it is replaced", flush=True)
    if wanted:
        print("installing:", ", ".join(wanted), flush=True)
        replaced = {normal(requirement) for requirement in wanted}
        pip_install(wanted, keep={name: version for name, version in here.items() if name not in replaced})
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
