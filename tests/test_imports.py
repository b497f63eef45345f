"""Modules import only what stands to their left in the course's order; helpers import fast; ruff is content."""

import ast
import subprocess
import sys

import pytest
from books import ROOT

ORDER = ["environment", "colab", "adopt", "tinytown", "tokenization", "chat_template", "positions", "attention",
         "attention_masks", "parameters", "objectives", "checkpoints", "results", "measures", "pseudo_likelihood",
         "model_card", "pretraining", "ablations", "probing", "finetuning", "pooling", "pair_tasks", "decoding",
         "cloze", "few_shot", "tasks", "embeddings", "drug_interactions", "scoring", "figure_style", "plotting",
         "reliability", "suitability", "seq2seq", "live_curve", "block_diagram", "cover", "attention_view", "exercises",
         "bench"]
HELPERS = ROOT / "helpers"
FILES = sorted(path for path in HELPERS.rglob("*.py") if path != HELPERS / "__init__.py")


def imported(text, *, package):
    """The modules of `helpers` that a source text imports, anywhere in it; `package` resolves relative imports."""
    for node in ast.walk(ast.parse(text)):
        names = []
        if isinstance(node, ast.Import):
            names = [alias.name for alias in node.names]
        elif isinstance(node, ast.ImportFrom):
            up = package.split(".")[: len(package.split(".")) - node.level + 1] if node.level else []
            names = [".".join([*up, *filter(None, [node.module]), alias.name]) for alias in node.names]
        yield from (name.split(".")[1] for name in names if name.startswith("helpers."))


def back_edges(text, *, package, here):
    """Imports that do not lead leftwards, in words."""
    for there in imported(text, package=package):
        if there not in ORDER:
            yield f"{here} imports helpers.{there}, which has no place in the order"
        elif ORDER.index(there) > ORDER.index(here):
            yield f"{here} imports helpers.{there}, which stands to its right"


@pytest.mark.parametrize("path", FILES, ids=lambda path: str(path.relative_to(HELPERS)))
def test_imports_lead_leftwards(path):
    here = path.relative_to(HELPERS).parts[0].removesuffix(".py")
    assert here in ORDER, f"helpers.{here} has no place in the order at the top of {__file__}"
    package = ".".join(path.parent.relative_to(ROOT).parts)
    assert list(back_edges(path.read_text(encoding="utf-8"), package=package, here=here)) == []


@pytest.mark.parametrize("text", [
    "import helpers.plotting", "from helpers import plotting", "from helpers.plotting import heatmap",
    "from .. import plotting", "from ..plotting import heatmap", "def f():\n    from helpers import plotting as p",
    "from helpers import utils"])
def test_a_back_edge_is_found(text):
    assert len(list(back_edges(text, package="helpers.objectives", here="objectives"))) == 1


def test_imports_to_the_left_and_of_siblings_pass():
    text = "from helpers import tinytown\nfrom .masked_lm import x\nfrom . import y\nimport torch, helpersmith"
    assert list(back_edges(text, package="helpers.objectives", here="objectives")) == []


def test_the_package_itself_imports_nothing():
    assert (HELPERS / "__init__.py").read_text(encoding="utf-8") == ""


TIMED = """
import sys, time
start = time.perf_counter()
if {torch}: import torch
between = time.perf_counter()
import helpers.attention
print(time.perf_counter() - between, "torch" in sys.modules)
"""
EVERYTHING = """
import importlib, sys
for name in sys.argv[1:]:
    importlib.import_module("helpers." + name)
    heavy = {"transformers", "matplotlib", "sklearn", "accelerate"} & set(sys.modules)
    assert not heavy, f"helpers.{name} imports {heavy}: import it inside the function that needs it"
"""


def fresh(script, *arguments):
    done = subprocess.run([sys.executable, "-c", script, *arguments], cwd=ROOT, capture_output=True, text=True)
    assert done.returncode == 0, done.stderr
    return done.stdout.split()


def test_attention_imports_in_under_0_3_seconds():
    """Torch's own import is made first and not counted, where the module needs it at all."""
    needs_torch = fresh(TIMED.format(torch=False))[1]
    assert min(float(fresh(TIMED.format(torch=needs_torch))[0]) for _ in range(3)) < 0.3


def test_no_module_brings_in_the_heavy_libraries_when_imported():
    names = [".".join(path.relative_to(HELPERS).with_suffix("").parts).removesuffix(".__init__") for path in FILES]
    fresh(EVERYTHING, *(name for name in names if not name.endswith("__main__")))


def test_ruff_is_content():
    done = subprocess.run([sys.executable, "-m", "ruff", "check", "."], cwd=ROOT, capture_output=True, text=True)
    assert done.returncode == 0, done.stdout
