"""Every link in the course's prose: well-formed, and alive where it can be seen from here.

`make links` looks at README, model cards, notebooks and the docstrings of `helpers` without a network: addresses are
well-formed, arXiv numbers possible, files and headings that a link names are there. `make links ONLINE=1` also asks
each address and each arXiv number. Standard library only.
"""

from __future__ import annotations

import argparse
import ast
import io
import json
import re
import sys
import tokenize
from collections.abc import Iterable, Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path
from urllib.error import HTTPError
from urllib.parse import unquote, urlsplit
from urllib.request import Request, urlopen

from helpers.setup.environment import ROOT

CODE = re.compile(r"```.*?```|`[^`\n]*`", re.DOTALL)
TARGET = re.compile(r"\]\(\s*<?([^)>\s]+)>?[^)]*\)|(?:href|src)=[\"']([^\"']+)[\"']|<(https?://[^>\s]+)>")
BARE = re.compile(r"https?://[^\s<>\"'`\\]+")
ARXIV = re.compile(r"\barXiv:\s*([\w./-]*\w)", re.IGNORECASE)
EXAMPLE = re.compile(r"^\s*>>>.*?(?=\n\s*\n|\Z)", re.MULTILINE | re.DOTALL)  # up to the next empty line
PLACEHOLDER = "your-name"  # an address that `make adopt` has not written yet
TEMPLATE = re.compile(r"[{}$]|\bADDRESS_OF")  # written by code: its values are not known here
AGENT = {"User-Agent": "Mozilla/5.0 (link check of a course)"}
ALIVE_BUT_SHY = {401, 403, 405, 406, 418, 429}  # the address is there, and does not talk to programs


@dataclass(frozen=True, order=True)
class Link:
    """Where a link stands (a path below the root, with the cell of a notebook) and where it leads."""

    place: str
    target: str


def links_in(text: str) -> list[str]:
    """Targets of all links of a Markdown text, in order: links, images, addresses in plain sight, arXiv numbers.

    >>> links_in("[a](b.md#c), ![d](e.png), <https://f.org>, https://g.org/h. arXiv:1706.03762 `[no](link)`")
    ['b.md#c', 'e.png', 'https://f.org', 'https://g.org/h', 'https://arxiv.org/abs/1706.03762']
    """
    text = CODE.sub(" ", text)
    return [*("".join(groups) for groups in TARGET.findall(text)), *addresses(TARGET.sub(" ", text))]


def addresses(text: str) -> list[str]:
    """Addresses that stand in plain sight, and those of arXiv numbers.

    >>> addresses("Vaswani et al. 2017 (arXiv:1706.03762), https://g.org/h.")
    ['https://g.org/h', 'https://arxiv.org/abs/1706.03762']
    """
    bare = [address.rstrip(".,;:!?*)]}") for address in BARE.findall(text)]
    return [*bare, *(f"https://arxiv.org/abs/{number}" for number in ARXIV.findall(text))]


def docstrings(source: str) -> str:
    """All that is prose in a Python source: docstrings without their examples, and comments.

    >>> docstrings("x = 1  # one\\ndef f():\\n    'Two.\\\\n\\\\n    >>> f()'\\ny = 'three'").split()
    ['Two.', '#', 'one']
    """
    kinds = (ast.Module, ast.ClassDef, ast.FunctionDef)
    texts = [ast.get_docstring(node) or "" for node in ast.walk(ast.parse(source)) if isinstance(node, kinds)]
    parts = tokenize.generate_tokens(io.StringIO(source).readline)
    return "\n\n".join([*(EXAMPLE.sub("", t) for t in texts), *(p.string for p in parts if p.type == tokenize.COMMENT)])


def prose(root: Path) -> Iterator[tuple[str, Path, list[str]]]:
    """(place, file, targets) of everything that holds prose."""
    files = [root / "README.md", *sorted(root.glob("data/models/*/README.md")), *sorted(root.glob("site/*.md"))]
    for path in filter(Path.exists, files):
        yield path.relative_to(root).as_posix(), path, links_in(path.read_text(encoding="utf-8"))
    for path in sorted(root.glob("notebooks/*.ipynb")):
        for number, cell in enumerate(json.loads(path.read_text(encoding="utf-8"))["cells"]):
            find = links_in if cell["cell_type"] == "markdown" else addresses
            found = [*find("".join(cell["source"])), *links_in(printed(cell))]
            yield f"{path.relative_to(root).as_posix()} cell {number}", path, found
    for path in sorted(root.glob("helpers/**/*.py")):
        yield path.relative_to(root).as_posix(), path, addresses(docstrings(path.read_text(encoding="utf-8")))


def printed(cell: dict) -> str:
    """The Markdown that a code cell has printed, such as a table of verdicts."""
    return "\n".join("".join(output.get("data", {}).get("text/markdown", "")) for output in cell.get("outputs", []))


def headings(path: Path) -> set[str]:
    """Anchors of a Markdown file's or a notebook's headings, as GitHub and as JupyterLab write them, and of cells."""
    text, ids = path.read_text(encoding="utf-8"), set()
    if path.suffix == ".ipynb":
        cells = json.loads(text)["cells"]
        ids = {f"cell-id={cell['id']}" for cell in cells if "id" in cell}
        text = "\n\n".join("".join(cell["source"]) for cell in cells if cell["cell_type"] == "markdown")
    titles = re.findall(r"^#+\s+(.+?)\s*#*$", re.sub(r"```.*?```", "", text, flags=re.DOTALL), re.MULTILINE)
    named = re.findall(r"<\w+[^>]*\b(?:id|name)=[\"']([^\"']+)", text)
    return {slug(title) for title in titles} | {title.replace(" ", "-") for title in titles} | set(named) | ids


def slug(title: str) -> str:
    """A heading's anchor on GitHub.

    >>> slug("2 · What *[CLS]* knows, `exactly`?")
    '2--what-cls-knows-exactly'
    """
    return re.sub(r"[^\w\- ]", "", title.lower()).replace(" ", "-")


def fault(link: Link, path: Path, *, root: Path = ROOT) -> str | None:
    """What is wrong with a link as far as it can be seen without a network, in words; None when nothing is."""
    parts = urlsplit(link.target)
    if TEMPLATE.search(link.target) or parts.scheme in ("mailto", "data"):
        return None
    if parts.scheme or link.target.startswith("//"):
        return _address_fault(link.target)
    there = (path.parent / unquote(parts.path)).resolve() if parts.path else path
    if not there.exists():
        return f"leads to {parts.path}, which is not there"
    if root.resolve() not in (there, *there.parents):
        return f"leads out of the course, to {parts.path}"
    if parts.fragment and there.suffix in (".md", ".ipynb") and unquote(parts.fragment) not in headings(there):
        return f"no heading of {there.name} has the anchor #{parts.fragment}"
    return None


def _address_fault(address: str) -> str | None:
    """What is wrong with the form of an address on the web."""
    parts = urlsplit(address)
    number = re.fullmatch(r"https://arxiv\.org/(?:abs|pdf)/([^?#]+)", address)
    if parts.scheme not in ("http", "https"):
        return f"has the scheme {parts.scheme or 'of the page'!r}; write https://"
    if not re.fullmatch(r"(?:[\w-]+\.)+[a-z]{2,}", parts.hostname or "") and parts.hostname != "localhost":
        return f"names no host: {parts.netloc!r}"
    if number and not possible_arxiv(number[1]):
        return f"{number[1]} is no arXiv number: YYMM.NNNNN since 2015, YYMM.NNNN from April 2007"
    return None


def possible_arxiv(number: str) -> bool:
    """Whether a number can be one of arXiv's: month 01 to 12, five digits from 2015 on and four before.

    >>> [possible_arxiv(number) for number in ("1706.03762", "1409.0473", "1713.03762", "1706.0376", "cs/0701001v2")]
    [True, True, False, False, True]
    """
    match = re.fullmatch(r"(\d\d)(0[1-9]|1[0-2])\.(\d{4,5})(?:v\d+)?", number)
    if match:
        return len(match[3]) == (5 if int(match[1]) >= 15 else 4)
    return bool(re.fullmatch(r"[a-z-]+(?:\.[A-Z]{2})?/\d\d(?:0[1-9]|1[0-2])\d{3}(?:v\d+)?", number))


def answer(address: str, *, timeout: float = 20) -> str | None:
    """What is wrong when an address is asked for; None when it answers (or exists, but not for programs)."""
    try:
        with urlopen(Request(address, headers=AGENT), timeout=timeout):
            return None
    except HTTPError as error:
        return None if error.code in ALIVE_BUT_SHY else f"answers {error.code} {error.reason}"
    except (OSError, ValueError) as error:
        return f"does not answer: {getattr(error, 'reason', error)}"


def check(root: Path = ROOT) -> tuple[list[Link], list[tuple[Link, str]]]:
    """All links of the course's prose, and those with a fault that is seen without a network."""
    found = [(Link(place, target), path) for place, path, targets in prose(root) for target in targets]
    faults = [(link, wrong) for link, path in found if (wrong := fault(link, path, root=root))]
    return sorted({link for link, _ in found}), faults


def dead(links: Iterable[Link], *, workers: int = 8) -> list[tuple[Link, str]]:
    """The links on the web that do not answer, each address asked once; addresses not yet adopted are left out."""
    on_the_web = [
        link
        for link in links
        if link.target.startswith("http") and PLACEHOLDER not in link.target and not TEMPLATE.search(link.target)
    ]
    addresses = sorted({link.target for link in on_the_web})
    with ThreadPoolExecutor(workers) as pool:
        found = dict(zip(addresses, pool.map(answer, addresses)))
    return [(link, found[link.target]) for link in on_the_web if found[link.target]]


def main(arguments: list[str] | None = None) -> int:
    """Print every link with a fault; the exit status says whether there is one."""
    parser = argparse.ArgumentParser(description="check the links of the course's prose")
    parser.add_argument("--online", action="store_true", help="ask each address on the web, too")
    online = parser.parse_args(arguments).online
    links, faults = check()
    faults += dead(links) if online else []
    for link, wrong in faults:
        print(f"{link.place}: {link.target} {wrong}")
    print(
        f"{len(links)} links, {len(faults)} with a fault{'' if online else ' (make links ONLINE=1 asks the web, too)'}"
    )
    return 1 if faults else 0


if __name__ == "__main__":
    sys.exit(main())
