"""The course's notebooks as the tests see them: which there are, their cells, a strict run."""

import copy
import json
import os
import re
import subprocess
import sys
from pathlib import Path

from helpers.setup.checks import NBVAL

ROOT = Path(__file__).resolve().parent.parent
PATHS = sorted((ROOT / "notebooks").glob("*.ipynb"))
SOLUTION = re.compile(r"<details>\s*<summary>\s*Solution.*?</summary>.*?```python\n(.+?)```.*?</details>", re.DOTALL)

CHECK = re.compile(r"^(?:\w+ = )?[\w.]*check_\w+\(.*$", re.MULTILINE)


def read(path):
    return json.loads(Path(path).read_text(encoding="utf-8"))


def source(cell):
    return "".join(cell["source"])


def code_cells(book):
    return [cell for cell in book["cells"] if cell["cell_type"] == "code"]


def markdown_cells(book):
    return [cell for cell in book["cells"] if cell["cell_type"] == "markdown"]


def calls_a_check(cell):
    """Whether this is an exercise: its last lines hand the reader's answer to a check."""
    return CHECK.search(source(cell)) is not None


def text_outputs(cell):
    """Every stored text of a code cell that nbval compares."""
    for output in cell["outputs"]:
        if output["output_type"] == "stream":
            yield "".join(output["text"])
        for kind, data in output.get("data", {}).items():
            if kind.startswith("text/"):
                yield "".join(data)


def said(book):
    """What all cells of a notebook print, as one text."""
    return "\n".join(text for cell in code_cells(book) for text in text_outputs(cell))


def texts_of_figures(cells):
    """The text that is stored with each figure of some cells."""
    outputs = [output for cell in cells for output in cell.get("outputs", [])]
    kinds = [(output, kind) for output in outputs for kind in output.get("data", {}) if kind.startswith("image/")]
    return [output["metadata"][kind]["alt"] for output, kind in kinds]


def doubled(book):
    """The notebook followed by itself, to be run in one kernel; claims are decided the first time."""
    again = copy.deepcopy(book["cells"])
    for cell in again:
        cell["metadata"].pop("verdict", None)
    cells = book["cells"] + again
    return {**book, "cells": [{**cell, "id": f"cell-{i}"} for i, cell in enumerate(cells)]}


def run_strictly(paths, *, root=ROOT, **environment):
    """Run notebooks as `make test` does, wherever they lie, and compare every output with the stored one."""
    options = "-q -c pyproject.toml -W default -p no:cacheprovider".split()
    command = [sys.executable, "-m", "pytest", *options, *NBVAL, *map(str, paths)]
    variables = {**os.environ, "TQDM_DISABLE": "1", "PYTHONPATH": str(root), **environment}
    return subprocess.run(command, cwd=root, capture_output=True, text=True, env=variables)
