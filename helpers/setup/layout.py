"""The README's table of notebooks and the files they read, made from the notebooks' own imports: `make layout`."""

from __future__ import annotations

import ast
import json
from pathlib import Path

from helpers.setup import readme

ROOT = Path(__file__).resolve().parents[2]
ROOMS = (
    "setup",
    "tinytown",
    "transformer",
    "objectives",
    "models",
    "evaluation",
    "training",
    "tasks",
    "methods",
    "experiments",
    "figures",
    "exercises",
)  # a room imports only from those before it
PLUMBING = ("setup", "exercises")  # read by every notebook, and named after it


def code_of(notebook: Path) -> str:
    """All code of a notebook as one text; lines for the shell are left out."""
    cells = json.loads(notebook.read_text(encoding="utf-8"))["cells"]
    lines = "\n".join("".join(cell["source"]) for cell in cells if cell["cell_type"] == "code").split("\n")
    return "\n".join("pass" if line.startswith(("%", "!")) else line for line in lines)


def files_read(code: str, *, root: Path = ROOT) -> list[str]:
    """Modules and packages of `helpers` that a text imports, as paths below helpers, sorted.

    >>> files_read("from helpers.transformer import masks, attention\\nfrom helpers.models import load_course")
    ['models', 'transformer/attention', 'transformer/masks']
    """
    found = set()
    for node in ast.walk(ast.parse(code)):
        if isinstance(node, ast.ImportFrom) and (node.module or "").split(".")[0] == "helpers":
            place = root.joinpath(*node.module.split("."))
            for alias in node.names:
                inside = place / alias.name
                found.add(inside if inside.is_dir() or inside.with_suffix(".py").exists() else place)
    return sorted(path.relative_to(root / "helpers").as_posix() for path in found)


def row(notebook: Path, *, root: Path = ROOT) -> str:
    """One notebook's row: its number, and what it reads, room by room."""
    rooms: dict[str, list[str]] = {room: [] for room in ROOMS if room not in PLUMBING}
    for path in files_read(code_of(notebook), root=root):
        room, _, file = path.partition("/")
        if room not in PLUMBING:
            rooms[room].append(file)
    parts = [f"**{room}** {', '.join(f'`{f}`' for f in files if f)}".strip() for room, files in rooms.items() if files]
    return f"| {notebook.stem[:2]} | {' · '.join(parts)} |"


def with_table(text: str, *, root: Path = ROOT) -> str:
    """The README's text with the table as the notebooks have it now.

    Raises ValueError when the two comments between which the table stands are missing.
    """
    rows = [row(notebook, root=root) for notebook in sorted((root / "notebooks").glob("*.ipynb"))]
    table = "\n".join(["| notebook | reads |", "|---|---|", *rows, ""])
    return readme.between(text, "<!-- what each notebook reads -->", "<!-- end -->", table)


if __name__ == "__main__":
    readme.write(with_table)
