"""The course's address: one line of pyproject.toml, shown in the badges and used by every notebook's first cell.

`make adopt REPO=owner/name` (or `python -m helpers.setup.adopt owner/name`) writes a new address everywhere;
without a name it writes the present one again, which also gives a new notebook its badge and first cell.
"""

import json
import re
import sys
import tomllib
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
TITLE = "one-block-three-masks"
BADGE = "[![Open in Colab](https://colab.research.google.com/assets/colab-badge.svg)]"
FIRST_CELL = """\
# First cell, the same in every notebook: on Google Colab it fetches the course and installs what is missing.
import sys

if "google.colab" in sys.modules:
    import os
    import pathlib
    import subprocess
    course = pathlib.Path(".." if pathlib.Path("../helpers").exists() else "{title}").resolve()
    if not course.exists():
        source = os.environ.get("COURSE_REPO", "{address}")
        git = subprocess.run(["git", "clone", "--quiet", "--depth=1", source, course], stderr=subprocess.PIPE)
        assert git.returncode == 0, f"The course could not be fetched from {{source}}: {{git.stderr.decode()}}"
    sys.path.insert(0, str(course))
    os.chdir(course / "notebooks")
    from helpers.setup import colab
    colab.install_missing()"""


def address(root: Path = ROOT) -> str:
    """The repository's address, from the one place where it stands."""
    return tomllib.loads((root / "pyproject.toml").read_text(encoding="utf-8"))["project"]["urls"]["Repository"]


def slug(repository: str) -> str:
    """owner/name of an address, or of owner/name itself.

    >>> slug("https://github.com/ada/course"), slug("ada/course")
    ('ada/course', 'ada/course')

    Raises ValueError when it is neither.
    """
    match = re.fullmatch(r"(?:https://github\.com/)?([\w-]+/[\w.-]+?)(?:\.git)?/?", repository)
    if not match:
        raise ValueError(f"{repository!r} names no repository: write owner/name, as in make adopt REPO=ada/course")
    return match[1]


def first_cell(repository: str) -> str:
    """The code of the first cell of every notebook."""
    return FIRST_CELL.format(title=TITLE, address=repository)


def badge(owner_name: str, notebook: str) -> str:
    """The Colab badge of one notebook.

    >>> badge("ada/course", "01_x.ipynb").split("/github/")[1]
    'ada/course/blob/main/notebooks/01_x.ipynb)'
    """
    return f"{BADGE}(https://colab.research.google.com/github/{owner_name}/blob/main/notebooks/{notebook})"


def with_address(book: dict, *, notebook: str, repository: str) -> dict:
    """A copy of a notebook with its badge (first markdown cell) and its first code cell for this address.

    The times at which cells were run are left out: they say nothing and differ with every run.

    Raises ValueError when the notebook has no markdown cell in front of a cell tagged "first-cell".
    """
    book = json.loads(json.dumps(book))
    for cell in book["cells"]:
        cell["metadata"].pop("execution", None)
    title = next((c for c in book["cells"] if c["cell_type"] == "markdown"), None)
    code = next((c for c in book["cells"] if c["cell_type"] == "code"), None)
    if title is None or code is None or "first-cell" not in code["metadata"].get("tags", []):
        raise ValueError(f"{notebook}: needs a title in markdown and a first code cell tagged 'first-cell'")
    lines = [line for line in "".join(title["source"]).split("\n") if not line.startswith(BADGE)]
    while lines and not lines[-1].strip():
        lines.pop()
    title["source"] = "\n".join([*lines, "", badge(slug(repository), notebook)]).splitlines(keepends=True)
    code["source"] = first_cell(repository).splitlines(keepends=True)
    return book


def write(root: Path, *, repository: str) -> list[str]:
    """Write an address into pyproject.toml, README.md and the notebooks; returns the files that changed."""
    old, new = slug(address(root)), slug(repository)
    texts = {p: p.read_text(encoding="utf-8") for p in (root / "pyproject.toml", root / "README.md") if p.exists()}
    fresh = {path: text.replace(old, new) for path, text in texts.items()}
    for path in sorted((root / "notebooks").glob("*.ipynb")):
        texts[path] = path.read_text(encoding="utf-8")
        book = with_address(json.loads(texts[path]), notebook=path.name, repository=f"https://github.com/{new}")
        fresh[path] = json.dumps(book, indent=1, ensure_ascii=False, sort_keys=True) + "\n"
    changed = [path for path in texts if texts[path] != fresh[path]]
    for path in changed:
        path.write_text(fresh[path], encoding="utf-8")
    return [str(path.relative_to(root)) for path in changed]


if __name__ == "__main__":
    try:
        for name in write(ROOT, repository=sys.argv[1] if sys.argv[1:] else address()) or ["nothing to change"]:
            print(name)
    except ValueError as error:
        sys.exit(f"make adopt: {error}")
