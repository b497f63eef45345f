"""Which versions the notebooks were tried with, and what the newest would change: `make outdated` and `make tried`.

`make outdated` builds an environment of its own with the newest versions that pyproject.toml's names have, whatever its
ranges say, runs every notebook there and names those whose outputs differ from the stored ones. `make tried` does the
same with the versions that are here. Each writes what came of it, with the date, into `tests/setup/tried.toml`.
Standard library only.
"""

from __future__ import annotations

import argparse
import datetime
import json
import os
import re
import subprocess
import sys
import tomllib
from pathlib import Path

from helpers.setup.checks import NBVAL
from helpers.setup.environment import ROOT, cpu_index, pins

NEWEST = ROOT / ".venv-newest"
TRIED = ROOT / "tests" / "setup" / "tried.toml"
HEAD = (
    "# Versions with which the notebooks were run, and what came of it: `make tried` and `make outdated` write here.\n"
)
VERSIONS = "import importlib.metadata as m, json, sys; print(json.dumps({n: m.version(n) for n in sys.argv[1:]}))"


def names(root: Path = ROOT) -> list[str]:
    """Every package of environment.yml, torch first, without its version."""
    return list(pins((root / "environment.yml").read_text(encoding="utf-8")))


def newest(root: Path = ROOT, *, into: Path = NEWEST) -> Path:
    """The interpreter of a fresh environment with the newest version of every package.

    Raises CalledProcessError when the environment cannot be built; pip's own message stands above.
    """
    subprocess.run([sys.executable, "-m", "venv", "--clear", str(into)], check=True)
    python = into / ("Scripts/python.exe" if os.name == "nt" else "bin/python")
    pip = [str(python), "-m", "pip", "install", "--quiet", "--disable-pip-version-check", "--upgrade"]
    torch, *rest = names(root)
    subprocess.run([*pip, torch, *cpu_index((root / "environment.yml").read_text(encoding="utf-8"))], check=True)
    subprocess.run([*pip, torch, *rest], check=True)
    subprocess.run([*pip, "--no-deps", "--editable", str(root)], check=True)
    return python


def versions(python: Path, root: Path = ROOT) -> dict[str, str]:
    """The versions of the course's packages in an environment, and that of its Python."""
    command = [str(python), "-c", VERSIONS, *names(root)]
    found = json.loads(subprocess.run(command, check=True, capture_output=True, text=True).stdout)
    said = subprocess.run([str(python), "--version"], check=True, capture_output=True, text=True).stdout
    return {"python": said.split()[1], **found}


def differing(python: Path, notebooks: list[Path], *, root: Path = ROOT) -> dict[str, str]:
    """The notebooks whose outputs are not the stored ones there, each with the first cell that says so.

    They run one after the other, compared as `make test` does, each in a process of its own.
    """
    environment = {**os.environ, "PYTHONPATH": str(root), "TQDM_DISABLE": "1", "COURSE_ANY_VERSIONS": "1"}
    command = [str(python), "-m", "pytest", "-q", "-p", "no:cacheprovider", "-W", "default", *NBVAL]
    found = {}
    for path in notebooks:
        print(f"{path.name} ...", flush=True)
        done = subprocess.run([*command, str(path)], cwd=root, env=environment, capture_output=True, text=True)
        if done.returncode:
            found[path.name] = first_fault(done.stdout + done.stderr)
    return found


def first_fault(said: str) -> str:
    """The first line of pytest's summary, or its last words.

    >>> first_fault("...\\nFAILED notebooks/00.ipynb::Cell 3\\nFAILED notebooks/00.ipynb::Cell 4\\n2 failed")
    'notebooks/00.ipynb::Cell 3'
    """
    named = re.search(r"^(?:FAILED|ERROR) (.+?)(?: - .*)?$", said, re.MULTILINE)
    return named[1] if named else said.strip().split("\n")[-1]


def changed(here: dict[str, str], pinned: dict[str, str]) -> dict[str, str]:
    """The packages that differ from environment.yml, with both versions.

    >>> changed({"python": "3.13.1", "numpy": "2.5.0", "torch": "2.13.0+cpu"}, {"numpy": "2.4.6", "torch": "2.13.0"})
    {'numpy': '2.4.6 -> 2.5.0'}
    """
    public = {name: version.split("+")[0] for name, version in here.items()}
    return {name: f"{pin} -> {public[name]}" for name, pin in pinned.items() if public[name] != pin}


def block(what: str, here: dict[str, str], faults: dict[str, str], *, date: str) -> str:
    """One run as a table of TOML.

    >>> print(block("newest", {"python": "3.13.1", "torch": "2.14.0"}, {}, date="2026-08-01"))
    [[tried]]
    what = "newest: every notebook printed the same"
    date = "2026-08-01"
    python = "3.13.1"
    same_numbers = true
    replaced = []
    versions = { torch = "2.14.0" }
    """
    result = f"{', '.join(sorted(faults))} differ" if faults else "every notebook printed the same"
    packages = ", ".join(f'{name} = "{version}"' for name, version in here.items() if name != "python")
    lines = {
        "what": json.dumps(f"{what}: {result}"),
        "date": json.dumps(date),
        "python": json.dumps(here["python"]),
        "same_numbers": json.dumps(not faults),
        "replaced": "[]",
        "versions": f"{{ {packages} }}",
    }
    return "\n".join(["[[tried]]", *(f"{key} = {value}" for key, value in lines.items())])


def record(text: str, *, file: Path = TRIED) -> None:
    """Add a run to the file of what was tried.

    Raises TOMLDecodeError, and writes nothing, when the file would not be readable any more.
    """
    before = file.read_text(encoding="utf-8") if file.exists() else HEAD
    after = f"{before.rstrip()}\n\n{text}\n"
    tomllib.loads(after)
    file.write_text(after, encoding="utf-8")


def main(arguments: list[str] | None = None) -> int:
    """Try all notebooks with the newest versions, or with those that are here; the status says whether any differs."""
    parser = argparse.ArgumentParser(description="run every notebook with other versions and say which differ")
    parser.add_argument("--here", action="store_true", help="with the versions of this environment")
    parser.add_argument(
        "--only", nargs="*", default=[], help="numbers of notebooks, such as 00; these are not recorded"
    )
    asked = parser.parse_args(arguments)
    python = Path(sys.executable) if asked.here else newest()
    here = versions(python)
    pinned = pins((ROOT / "environment.yml").read_text(encoding="utf-8"))
    for name, step in changed(here, pinned).items():
        print(f"{name} {step}")
    paths = sorted((ROOT / "notebooks").glob("*.ipynb"))
    paths = [path for path in paths if not asked.only or path.name[:2] in asked.only]
    faults = differing(python, paths)
    for name, fault in faults.items():
        print(f"{name} differs, first at {fault}")
    if not asked.only:
        what = (
            "environment.yml" if not changed(here, pinned) else "this environment" if asked.here else "newest versions"
        )
        record(block(what, here, faults, date=datetime.date.today().isoformat()))
    print(f"{len(paths)} notebooks were run, {len(faults)} differ")
    return 1 if faults else 0


if __name__ == "__main__":
    sys.exit(main())
