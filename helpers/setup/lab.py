"""JupyterLab at the first notebook: the learner's own copy, or the original for authors."""

import os
import subprocess
from collections.abc import Mapping
from pathlib import Path

from helpers.setup.alt_text import SWITCH
from helpers.setup.working_copy import ORIGINALS, OWN, prepare


def command(python: Path, folder: str, *, root_user: bool, more: list[str]) -> list[str]:
    """The command that opens JupyterLab at the first notebook of a folder.

    >>> command(Path("python"), "my", root_user=False, more=[])[3:]
    ['--LabApp.default_url=/lab/tree/my/00_two_siblings.ipynb']
    """
    start = f"--LabApp.default_url=/lab/tree/{folder}/00_two_siblings.ipynb"
    return [str(python), "-m", "jupyterlab", *(["--allow-root"] if root_user else []), start, *more]


def without_news(variables: Mapping[str, str]) -> dict[str, str]:
    """Environment variables with which JupyterLab does not ask about news: `labconfig` here turns that question off.

    >>> without_news({"JUPYTER_CONFIG_PATH": "/other"})["JUPYTER_CONFIG_PATH"].endswith(os.pathsep + "/other")
    True
    """
    paths = [str(Path(__file__).parent), *filter(None, [variables.get("JUPYTER_CONFIG_PATH")])]
    return {**variables, "JUPYTER_CONFIG_PATH": os.pathsep.join(paths)}


def trust(python: Path, folder: Path) -> None:
    """Mark a folder's notebooks as trusted, so that their stored interactive views are shown, not hidden."""
    books = [str(path) for path in sorted(folder.glob("*.ipynb"))]
    subprocess.run([str(python), "-m", "nbformat.sign", *books], stdout=subprocess.DEVNULL, check=False)


def run(python: Path, root: Path, *, originals: bool = False, more: list[str]) -> int:
    """Open JupyterLab and wait for its end; Ctrl-C is left to JupyterLab, which asks before it stops.

    Returns its exit status.
    """
    if not originals and (old := prepare(root)):
        print(f"changed since your copies in {OWN} were made: {', '.join(old)}. To renew them: make fresh", flush=True)
    folder = ORIGINALS if originals else OWN
    trust(python, root / folder)
    root_user = getattr(os, "geteuid", lambda: 1)() == 0
    line, variables = command(python, folder, root_user=root_user, more=more), without_news(os.environ)
    variables |= {} if originals else {SWITCH: "1"}  # what an author stores is compared, and stays as it is
    with subprocess.Popen(line, cwd=root, env=variables) as server:
        while True:
            try:
                return server.wait()
            except KeyboardInterrupt:
                continue
