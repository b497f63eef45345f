"""Which versions are here, and whether the course has been tried with them.

Standard library only: this runs whenever `helpers` is imported, and before anything is installed.
"""

import importlib.metadata
import operator
import os
import re
import sys
import tomllib
from collections.abc import Collection, Iterable, Mapping, Sequence
from pathlib import Path

PYPROJECT = Path(__file__).resolve().parents[2] / "pyproject.toml"
COLAB = "google.colab"  # loaded in every kernel of Google Colab
MODULES = {"scikit-learn": "sklearn"}  # imported under another name
REMEDY = (
    "run `make env` (without make: python -m helpers.setup env; conda: conda env update -f environment.yml) "
    "and use the Python of that environment; COURSE_ANY_VERSIONS=1 goes on all the same, with other numbers"
)
RESTART = "restart the kernel, then run this cell again"
RUNTIME = "choose a newer runtime (Runtime, Change runtime type), then run this cell again"


class WrongVersionsError(ImportError):
    """Versions under which the course would fail or print other numbers; a notebook shows its one line alone."""

    def _render_traceback_(self) -> list[str]:
        """What IPython shows in place of the traceback."""
        return [f"WrongVersionsError: {self}"]


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


def required(pyproject: Path = PYPROJECT) -> list[str]:
    """What the course needs to run, from the one place where the ranges stand."""
    return tomllib.loads(pyproject.read_text(encoding="utf-8"))["project"]["dependencies"]


def installed(requirements: Iterable[str]) -> dict[str, str]:
    """The distributions among these that are installed: name -> version."""
    found = {}
    for name in map(normal, requirements):
        try:
            found[name] = importlib.metadata.version(name)
        except importlib.metadata.PackageNotFoundError:
            continue
    return found


def loaded(requirements: Iterable[str]) -> dict[str, str]:
    """The distributions among these that this process has imported already: name -> version.

    It differs from the installed version where pip has replaced a package under a running kernel.
    """
    modules = {name: sys.modules.get(MODULES.get(name, name.replace("-", "_"))) for name in map(normal, requirements)}
    return {name: str(v) for name, module in modules.items() if (v := getattr(module, "__version__", None))}


def misfits(requirements: Iterable[str], here: Mapping[str, str]) -> list[str]:
    """A few words on each distribution that is here in a version that the course does not allow.

    >>> misfits(["gguf>=0.19,<1", "numpy>=2.1", "scipy"], {"gguf": "0.9.1", "scipy": "1.1"})
    ['gguf 0.9.1 is here, the course needs >=0.19, <1']
    """
    lines = []
    for requirement in requirements:
        version = here.get(normal(requirement))
        if version and not fits(version, requirement):
            needed = ", ".join(sign + limit for sign, limit in limits(requirement))
            lines.append(f"{normal(requirement)} {version} is here, the course needs {needed}")
    return lines


def absent(requirements: Iterable[str], here: Mapping[str, str]) -> list[str]:
    """A few words on each distribution that is not here at all.

    >>> absent(["gguf>=0.19", "numpy>=2.1"], {"numpy": "2.2"})
    ['gguf is missing, the course needs >=0.19']
    """
    needed = {normal(r): ", ".join(sign + limit for sign, limit in limits(r)) for r in requirements}
    return [f"{name} is missing, the course needs {limit}" for name, limit in needed.items() if name not in here]


def require(*, all_of_them: bool = False, pyproject: Path = PYPROJECT) -> None:
    """Stop with one line unless every version that is here is one that the course allows.

    all_of_them: packages that are not installed stop it, too; else only the cell that imports one would.

    Raises WrongVersionsError naming what is here, what is needed and what to do.
    """
    if os.environ.get("COURSE_ANY_VERSIONS") or not pyproject.exists():
        return
    requirements = required(pyproject)
    here = installed(requirements)
    lines = misfits(requirements, here) + (absent(requirements, here) if all_of_them else [])
    if lines:
        raise WrongVersionsError(f"{'; '.join(lines)}: {RUNTIME if COLAB in sys.modules else REMEDY}")
    if stale := misfits(requirements, loaded(requirements)):
        raise WrongVersionsError(f"{'; '.join(stale)}; the right version is installed, this kernel is older: {RESTART}")


def being_set_up(command: Sequence[str], modules: Collection[str]) -> bool:
    """Whether what the course needs is still to be installed: on Colab, and in `python -m helpers.setup`.

    >>> being_set_up(["python3", "-m", "helpers.setup", "env"], []), being_set_up(["python3", "run.py"], [])
    (True, False)
    """
    after = [word for before, word in zip(command, command[1:]) if before == "-m"][:1]
    return COLAB in modules or any(word.split(".")[:2] == ["helpers", "setup"] for word in after)
