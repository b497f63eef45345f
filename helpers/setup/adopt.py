"""The course's address: one line of pyproject.toml, shown in the badges and used by every notebook's first cell.

`make adopt REPO=owner/name` (or `python -m helpers.setup adopt owner/name`) writes a new address everywhere;
without a name it writes the present one again, which also gives a new notebook its badge and first cell.
"""

import json
import re
import tomllib
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
TITLE = "one-block-three-masks"
PLACEHOLDER = "your-name"  # the owner, until somebody has said where the course lies
NO_ADDRESS = "this copy of the course has no address yet: make adopt REPO=owner/name"
EXPLAINED = "#your-own-copy"  # the section of README.md that says how a copy gets its address
BADGE = "[![Open in Colab](https://colab.research.google.com/assets/colab-badge.svg)]"
BINDER = "[![Open in Binder](https://mybinder.org/badge_logo.svg)]"
FIRST = "00_two_siblings.ipynb"
FIRST_CELL = """\
# First cell, the same in every notebook: it compares versions. On Google Colab it first fetches the course.
import os
import pathlib
import subprocess
import sys

course = pathlib.Path(".." if pathlib.Path("../helpers").exists() else "{title}").resolve()
if "google.colab" in sys.modules:
    if not course.exists():
        source = os.environ.get("COURSE_REPO", "{address}")
        if "/{placeholder}/" in source:
            sys.exit("{no_address}")
        git = subprocess.run(["git", "clone", "--quiet", "--depth=1", source, course], stderr=subprocess.PIPE)
        if git.returncode:
            sys.exit(f"The course could not be fetched from {{source}}: {{git.stderr.decode().strip()}}")
    os.chdir(course / "notebooks")
sys.path[:0] = [str(course)] if course.exists() and str(course) not in sys.path else []
try:
    from helpers.setup import colab, versions
except ModuleNotFoundError:
    sys.exit("The course is not here: open this notebook in the course's own folder, with make lab.")
if "google.colab" in sys.modules:
    colab.install_missing()
versions.require(all_of_them=True)"""


def address(root: Path = ROOT) -> str:
    """The repository's address, from the one place where it stands."""
    return tomllib.loads((root / "pyproject.toml").read_text(encoding="utf-8"))["project"]["urls"]["Repository"]


def slug(repository: str) -> str:
    """owner/name of an address, or of owner/name itself.

    >>> slug("https://github.com/ada/course"), slug("git@github.com:ada/course.git"), slug("ada/course")
    ('ada/course', 'ada/course', 'ada/course')

    Raises ValueError when it is neither.
    """
    host = r"(?:(?:https?://)?(?:www\.)?github\.com/|(?:ssh://)?git@github\.com[:/])?"
    match = re.fullmatch(host + r"([\w-]+/[\w.-]+?)(?:\.git)?/?", repository.strip())
    if not match:
        raise ValueError(f"{repository!r} names no repository: write owner/name, as in make adopt REPO=ada/course")
    return match[1]


def own(repository: str) -> str:
    """owner/name of a repository that somebody has; a name that only stands for one is refused.

    Raises ValueError for the placeholder, and for the words of the instructions.
    """
    found = slug(repository)
    if found.split("/")[0] == PLACEHOLDER or found == "owner/name":
        raise ValueError(f"{found!r} only stands for your own: write the owner and the name of your repository")
    return found


def nowhere(repository: str) -> bool:
    """Whether this address is still the placeholder.

    >>> nowhere("https://github.com/your-name/one-block-three-masks"), nowhere("ada/course")
    (True, False)
    """
    return slug(repository).split("/")[0] == PLACEHOLDER


def first_cell(repository: str) -> str:
    """The code of the first cell of every notebook."""
    return FIRST_CELL.format(title=TITLE, address=repository, placeholder=PLACEHOLDER, no_address=NO_ADDRESS)


def badge(owner_name: str, notebook: str, *, readme: str = "../README.md") -> str:
    """The Colab badge of one notebook; as long as there is no address, it leads to the section that explains it.

    >>> badge("ada/course", "01_x.ipynb").split("/github/")[1]
    'ada/course/blob/main/notebooks/01_x.ipynb)'
    >>> badge("your-name/course", "01_x.ipynb").split("]")[-1]
    '(../README.md#your-own-copy)'
    """
    if nowhere(owner_name):
        return f"{BADGE}({readme}{EXPLAINED})"
    return f"{BADGE}(https://colab.research.google.com/github/{owner_name}/blob/main/notebooks/{notebook})"


def binder(owner_name: str) -> str:
    """The Binder badge: JupyterLab, at the first notebook.

    >>> binder("ada/course").split("/gh/")[1]
    'ada/course/HEAD?urlpath=lab/tree/notebooks/00_two_siblings.ipynb)'
    """
    place = f"https://mybinder.org/v2/gh/{owner_name}/HEAD?urlpath=lab/tree/notebooks/{FIRST}"
    return f"{BINDER}({EXPLAINED if nowhere(owner_name) else place})"


def with_badges(text: str, *, owner_name: str) -> str:
    """README's text with both badges for this address."""
    for start, new in ((BADGE, badge(owner_name, FIRST, readme="")), (BINDER, binder(owner_name))):
        text = re.sub(re.escape(start) + r"\([^)]*\)", new.replace("\\", r"\\"), text)
    return text


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
    fresh = {path: with_badges(text.replace(old, new), owner_name=new) for path, text in texts.items()}
    for path in sorted((root / "notebooks").glob("*.ipynb")):
        texts[path] = path.read_text(encoding="utf-8")
        book = with_address(json.loads(texts[path]), notebook=path.name, repository=f"https://github.com/{new}")
        fresh[path] = json.dumps(book, indent=1, ensure_ascii=False, sort_keys=True) + "\n"
    changed = [path for path in texts if texts[path] != fresh[path]]
    for path in changed:
        path.write_text(fresh[path], encoding="utf-8")
    return [str(path.relative_to(root)) for path in changed]


def main(repository: str | None) -> None:
    """Write the given address everywhere, or the present one where none is given.

    Raises ValueError when what is given names no repository of somebody's own.
    """
    for name in write(ROOT, repository=own(repository) if repository else address()) or ["nothing to change"]:
        print(name)
    if nowhere(address()):
        print(NO_ADDRESS)
