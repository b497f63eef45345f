"""Google Colab: add what the course needs to an environment that somebody else chose.

Standard library only: the first cell of every notebook calls `install_missing` before anything else is imported.
"""

import importlib.metadata
import operator
import re
import subprocess
import sys
import tempfile
import tomllib
from collections.abc import Iterable, Mapping
from pathlib import Path

PYPROJECT = Path(__file__).resolve().parents[2] / "pyproject.toml"
NEVER = {"torch"}  # Colab's own build fits its machine; replacing it breaks the running kernel


def normal(name: str) -> str:
    """A distribution's name as package indexes compare it.

    >>> normal("XStatic-jQuery >=3.5")
    'xstatic-jquery'
    """
    return re.sub(r"[-_.]+", "-", re.match(r"[\w.-]+", name)[0]).lower()


def numbers(version: str) -> tuple[int, ...]:
    """The leading numbers of a version, for comparing.

    >>> numbers("4.57.1"), numbers("2.9.0+cu126"), numbers("5.0rc1")
    ((4, 57, 1), (2, 9, 0), (5, 0))
    """
    found = []
    for part in re.split(r"[.+]", version):
        digits = re.match(r"\d+", part)
        if digits:
            found.append(int(digits[0]))
        if not digits or digits[0] != part:
            break
    return tuple(found)


def limits(requirement: str) -> list[tuple[str, str]]:
    """The versions that a requirement allows, as (sign, version).

    >>> limits("transformers>=5.0,<6")
    [('>=', '5.0'), ('<', '6')]
    """
    return re.findall(r"(>=|<=|==|<|>)\s*([\w.+]+)", requirement)


def fits(version: str, requirement: str) -> bool:
    """Whether an installed version is one that a requirement allows.

    >>> [fits(version, "transformers>=5.0,<6") for version in ("4.57.1", "5", "5.2.0", "6.0")]
    [False, True, True, False]
    """
    compare = {">=": operator.ge, "<=": operator.le, "==": operator.eq, "<": operator.lt, ">": operator.gt}
    here = numbers(version)
    padded = [(sign, numbers(limit)) for sign, limit in limits(requirement)]
    width = max([len(here), *(len(limit) for _, limit in padded)])

    def wide(found):
        return found + (0,) * (width - len(found))

    return all(compare[sign](wide(here), wide(limit)) for sign, limit in padded)


def missing(requirements: Iterable[str], installed: Mapping[str, str]) -> list[str]:
    """The requirements whose distribution is not installed, or in a version that does not fit; never torch.

    installed: name of a distribution -> its version.

    >>> missing(["torch>=2.5", "numpy>=1.26", "bertviz>=1.4", "mpld3>=0.5"], {"NumPy": "2.0", "mpld3": "0.4.1"})
    ['bertviz>=1.4', 'mpld3>=0.5']
    """
    versions = {normal(name): version for name, version in installed.items()}
    return [
        requirement
        for requirement in requirements
        if (name := normal(requirement)) not in NEVER and not (name in versions and fits(versions[name], requirement))
    ]


def misfits(requirements: Iterable[str], installed: Mapping[str, str]) -> list[str]:
    """One line for each distribution that is there in a version that does not fit, with what happens to it.

    >>> misfits(["gguf>=0.10,<1"], {"gguf": "0.9.1"})
    ['gguf 0.9.1 is here, the course needs >=0.10, <1: it is replaced']
    """
    versions = {normal(name): version for name, version in installed.items()}
    lines = []
    for requirement in requirements:
        name = normal(requirement)
        if name in versions and not fits(versions[name], requirement):
            needed = ", ".join(sign + limit for sign, limit in limits(requirement))
            remedy = "choose a newer runtime" if name in NEVER else "it is replaced"
            remedy += "; restart the runtime, then run this cell again" if name in sys.modules else ""
            lines.append(f"{name} {versions[name]} is here, the course needs {needed}: {remedy}")
    return lines


def install_missing(pyproject: Path = PYPROJECT) -> list[str]:
    """Install what pyproject.toml asks for and is not here in a version that fits; everything else keeps its version.

    Returns the requirements that were installed; prints one line for each version that did not fit.
    Raises RuntimeError with pip's own last words when that cannot be done.
    """
    versions = {normal(d.metadata["Name"]): d.version for d in importlib.metadata.distributions()}
    required = tomllib.loads(pyproject.read_text(encoding="utf-8"))["project"]["dependencies"]
    wanted = missing(required, versions)
    for line in misfits(required, versions):
        print(line, flush=True)
    if wanted:
        print("installing:", ", ".join(wanted), flush=True)
        kept = {normal(requirement) for requirement in required} - {normal(requirement) for requirement in wanted}
        pip_install(wanted, keep={name: versions[name] for name in kept if name in versions})
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
