"""The commands that set the course up, on every system: `python -m helpers.setup lab` (or test, env, fresh, adopt).

`make` calls these; where there is no make, as on Windows, they are typed as they stand. Standard library only.
"""

import argparse
import importlib.metadata
import os
import sys
from pathlib import Path

from helpers.setup import adopt, checks, environment, lab, working_copy
from helpers.setup.environment import ROOT
from helpers.setup.progress import Stop

AGAIN = "stopped; the same command goes on where it stopped"


def parser() -> argparse.ArgumentParser:
    """What can be typed."""
    top = argparse.ArgumentParser(
        prog="python -m helpers.setup", description=__doc__.split("\n")[0], allow_abbrev=False
    )
    commands = top.add_subparsers(dest="command", required=True)
    for name, words in {
        "env": "build .venv with the versions of environment.yml",
        "lab": "open your copy of the course in JupyterLab; what follows is handed to JupyterLab",
        "test": "run every check",
        "fresh": "renew your copies of notebooks that have changed; yours stay beside them",
        "adopt": "write a repository's address into badges and first cells",
    }.items():
        added = commands.add_parser(name, help=words, description=words, allow_abbrev=False)
        if name in ("env", "lab", "test"):
            added.add_argument("--with-this-python", action="store_true", help="even if .venv has another Python now")
    commands.choices["lab"].add_argument(
        "--originals", action="store_true", help="the notebooks themselves, for authors"
    )
    commands.choices["test"].add_argument("--workers", type=int, default=2, help="how many checks run side by side")
    commands.choices["test"].add_argument("--more", action="store_true", help="the slow variants")
    commands.choices["fresh"].add_argument("numbers", nargs="*", help="these notebooks in any case, such as 03")
    commands.choices["adopt"].add_argument("repository", nargs="?", help="owner/name, or an address on GitHub")
    return top


def of_conda() -> bool:
    """Whether this is the Python of an active conda environment that holds the course already."""
    here = {d.metadata["Name"] for d in importlib.metadata.distributions()}
    return os.environ.get("CONDA_PREFIX") == sys.prefix and adopt.TITLE in here


def python_of_course(*, exactly: bool) -> Path:
    """The interpreter to run the course with: conda's, or .venv's, which is built where need be."""
    return Path(sys.executable) if of_conda() else environment.build(exactly=exactly)


def carry_out(asked: argparse.Namespace, more: list[str]) -> int:
    """Do what was typed; returns the exit status."""
    if asked.command == "env":
        environment.build(exactly=asked.with_this_python)
    elif asked.command == "lab":
        return lab.run(python_of_course(exactly=asked.with_this_python), ROOT, originals=asked.originals, more=more)
    elif asked.command == "test":
        python = python_of_course(exactly=asked.with_this_python)
        checks.run(python, ROOT, workers=asked.workers, more=asked.more)
    elif asked.command == "fresh":
        print("\n".join(working_copy.renew(ROOT, only=asked.numbers) or ["nothing has changed"]))
    else:
        adopt.main(asked.repository)
    return 0


def main(arguments: list[str]) -> int:
    """Read the command line and do it; every reason to stop is one line."""
    top = parser()
    asked, more = top.parse_known_args(arguments)
    if more and asked.command != "lab":
        top.error(f"unknown: {' '.join(more)}")
    try:
        return carry_out(asked, more)
    except (Stop, ValueError) as reason:
        print(f"{asked.command}: {reason}", file=sys.stderr)
    except KeyboardInterrupt:
        print(f"\n{asked.command}: {AGAIN}", file=sys.stderr)
        return 130
    return 1


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
