"""The commands that check the course, for `make test` and `python -m helpers.setup test` alike."""

import os
import subprocess
from pathlib import Path

from helpers.setup.progress import Stop

# Words are compared exactly, decimals within a cell's tolerance (tests/nbval_tolerance.py); no result is rewritten.
NBVAL = "-p nbval_tolerance --nbval --nbval-current-env --nbval-sanitize-with tests/nbval_sanitize.cfg".split()


def commands(python: Path, root: Path, *, workers: int, more: bool = False) -> list[tuple[str, list[str]]]:
    """Each check: its title, and the command that runs it.

    Checks run side by side, a file or notebook at a time in each worker: so no two browsers and no two notebooks on two
    threads meet. more: the slow variants instead.

    >>> [title for title, _ in commands(Path("python"), Path("."), workers=2, more=True)]
    ['the two real models', 'the slow variants']
    """
    check = [str(python), "-m", "pytest", "-q", "-n", str(workers), "--dist", "loadfile"]
    notebooks = [str(path.relative_to(root)) for path in sorted((root / "notebooks").glob("*.ipynb"))]
    real = ("the two real models", [str(python), "-m", "helpers.models", "real"])
    if more:
        return [real, ("the slow variants", [*check, "-v", "tests/more"])]
    return [
        real,
        ("unit tests", check),
        ("examples in the docstrings", [*check, "--doctest-modules", "helpers"]),
        ("notebooks, their outputs compared with the stored ones", [*check, "-W", "default", *NBVAL, *notebooks]),
    ]


def run(python: Path, root: Path, *, workers: int, more: bool = False) -> None:
    """Run the checks one after the other, each worker on one thread, up to the first that fails.

    Raises Stop naming that one.
    """
    quiet = {**os.environ, "OMP_NUM_THREADS": "1", "TQDM_DISABLE": "1"}
    for title, command in commands(python, root, workers=workers, more=more):
        print(f"== {title}", flush=True)
        if code := subprocess.run(command, cwd=root, env=quiet).returncode:
            raise Stop(f"not passed: {title} (code {code})")
