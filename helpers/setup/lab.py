"""JupyterLab at the first notebook: the learner's own copy, or the original for authors."""

import os
import subprocess
from pathlib import Path

from helpers.setup.working_copy import ORIGINALS, OWN, prepare


def command(python: Path, folder: str, *, root_user: bool, more: list[str]) -> list[str]:
    """The command that opens JupyterLab at the first notebook of a folder, without its question about news.

    >>> command(Path("python"), "my", root_user=False, more=[])[3:]
    ['--LabApp.news_url=None', '--LabApp.default_url=/lab/tree/my/00_two_siblings.ipynb']
    """
    flags = ["--LabApp.news_url=None", f"--LabApp.default_url=/lab/tree/{folder}/00_two_siblings.ipynb"]
    return [str(python), "-m", "jupyterlab", *(["--allow-root"] if root_user else []), *flags, *more]


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
    with subprocess.Popen(command(python, folder, root_user=root_user, more=more), cwd=root) as server:
        while True:
            try:
                return server.wait()
            except KeyboardInterrupt:
                continue
