"""What nbval accepts and what it catches, tried on one tiny notebook that is really run: a case a cell."""

import doctest
import json
import re

import nbformat.v4 as v4
import nbval_tolerance
import pytest
from books import PATHS, code_cells, read, run_strictly, text_outputs
from nbval_tolerance import NUMBER, Tolerance, reconcile, stated_tolerance

GENEROUS = {"absolute": 100, "integers": 100}

# name: (stored, comes out[, tolerance])
SAME = {
    "nothing changed": ("rho 0.48 in 3 of 15 texts\n", "rho 0.48 in 3 of 15 texts\n"),
    "one last digit": ("loss 0.93 nats\n", "loss 0.94 nats\n"),
    "just within": ("rho 0.50\n", "rho 0.52\n", 0.02),
    "another sign": ("minus 0.01 (-0.02 to 0.01)\n", "minus -0.01 (-0.03 to -0.01)\n", 0.02),
    "a zero's sign": ("shift -0.00\n", "shift 0.00\n"),
    "a column shifted": ("  9.98  one\n  0.61  two\n", " 10.01  one\n -0.02  two\n", 0.7),
    "a line's start shifted": (" 9.98 one\n", "10.01 one\n", 0.05),
    "scientific": ("apart 1.2e-06\n", "apart 1.3e-06\n"),
    "thousands": ("1,234.5 tokens a second\n", "1,234.6 tokens a second\n"),
    "percent": ("84.1 % or 84.1%\n", "84.2 % or 84.0%\n"),
    "a whole number that may move": (
        "best after 12 steps, rho 0.48\n",
        "best after 13 steps, rho 0.49\n",
        {"integers": 1},
    ),
}
CAUGHT = {
    "a word": ("the film was good: 0.93\n", "the film was bad: 0.93\n"),
    "beyond the default": ("loss 0.93\n", "loss 0.95\n"),
    "beyond the stated": ("rho 0.50\n", "rho 0.53\n", 0.02),
    "stated as exact": ("rho 0.50\n", "rho 0.51\n", 0),
    "a last digit of many": ("rho 0.5012\n", "rho 0.5014\n"),
    "another sign": ("minus 0.30\n", "minus -0.30\n"),
    "a dropped line": ("one 0.1\ntwo 0.2\n", "one 0.1\n"),
    "an added line": ("one 0.1\n", "one 0.1\ntwo 0.2\n"),
    "nothing printed": ("one 0.1\n", ""),
    "a dropped number": ("[0.1, 0.2]\n", "[0.1]\n"),
    "off by one": ("12 of 15\n", "13 of 15\n"),
    "off by one, whole percent": ("84 %\n", "85 %\n"),
    "off by one in thousands": ("66,048\n", "66,049\n"),
    "a whole number beside a tolerance": ("rho 0.50 in 12 texts\n", "rho 0.50 in 13 texts\n", 0.5),
    "a whole number too far": ("after 12 steps\n", "after 14 steps\n", {"integers": 1}),
    "a shape": ("torch.Size([2, 3])\n", "torch.Size([2, 4])\n"),
    "True": ("equal: True\n", "equal: False\n"),
    "not a number": ("loss 0.93\n", "loss nan\n", 100),
    "another kind of number": ("12 texts\n", "12.0 texts\n", GENEROUS),
    "spaces without a reason": ("a b 0.10\n", "a  b 0.11\n"),
    "a false tolerance": ("rho 0.50\n", "rho 0.50\n", "wide"),
}
WORDS = (
    "C07 C08",
    "course-t5 course-t6",
    "bf16 bf32",
    "0x1f 0x2f",
    "1e-6 2e-6",
    "3e-04 1e-03",
    "2.9.1 2.9.2",
    "v2.9 v2.8",
    "2026-11-28 2026-11-29",
    "12:30 12:31",
    "#112233 #112234",
    "Qwen2.5 Qwen2.6",
    "5-shot 6-shot",
    "0.5B 0.6B",
    "3/4 2/4",
    "layer_0 layer_1",
    "127.0.0.1 127.0.0.2",
    "nan 0.0",
    "inf 1.0",
    "##1 ##2",
    "x-0.5 x-0.6",
)
HTML = "<td id='row-1' style='color: #123456'>{}</td>"
SVG = '<svg><circle cx="1.50" fill="{}"/><text>0.93</text></svg>'
SHOWN = {
    "number in a table": ("text/html", HTML.format("0.93"), HTML.format("0.94"), "same"),
    "number in a table, too far": ("text/html", HTML.format("0.93"), HTML.format("0.95"), "caught"),
    "word in a table": ("text/html", HTML.format("good"), HTML.format("bad"), "caught"),
    "colour in a table": ("text/html", HTML.format("0.93"), HTML.format("0.93").replace("6'", "7'"), "caught"),
    "id in a table": ("text/html", HTML.format("0.93"), HTML.format("0.93").replace("row-1", "row-2"), "caught"),
    "colour in SVG": ("image/svg+xml", SVG.format("#1f77b4"), SVG.format("#1f77b5"), "caught"),
    "place in SVG": ("image/svg+xml", SVG.format("red"), SVG.format("red").replace("1.50", "1.51"), "caught"),
    "number in other kinds": ("text/markdown", "loss 0.93", "loss 0.94", "caught"),
}


def printing(stored, fresh, tolerance=None):
    metadata = {} if tolerance is None else {"tolerance": tolerance}
    outputs = [v4.new_output("stream", name="stdout", text=stored)]
    return v4.new_code_cell(f"print({fresh!r}, end='')", metadata=metadata, outputs=outputs, execution_count=1)


def showing(kind, stored, fresh):
    outputs = [v4.new_output("display_data", data={kind: stored})]
    return v4.new_code_cell(f"display({{{kind!r}: {fresh!r}}}, raw=True)", outputs=outputs, execution_count=1)


def warning(stored, fresh):
    outputs = [v4.new_output("stream", name="stderr", text=stored)]
    return v4.new_code_cell(f"import sys; sys.stderr.write({fresh!r});", outputs=outputs, execution_count=1)


CELLS = {
    **{f"same, {name}": printing(*case) for name, case in SAME.items()},
    **{f"caught, {name}": printing(*case) for name, case in CAUGHT.items()},
    **{f"{verdict}, {name}": showing(*case) for name, (*case, verdict) in SHOWN.items()},
    "caught, a number in a warning": warning("loss 0.93", "loss 0.94"),
    "same, an object's address": printing("<Model at 0x7f12> 0.93\n", "<Model at 0x7f34> 0.94\n"),
    "caught, two outputs for one": v4.new_code_cell(
        "print(0.5); display(0.5)", execution_count=1, outputs=[v4.new_output("stream", text="0.5\n")]
    ),
}


@pytest.fixture(scope="module")
def report(tmp_path_factory):
    path = tmp_path_factory.mktemp("tolerance") / "cases.ipynb"
    path.write_text(json.dumps(v4.new_notebook(cells=list(CELLS.values()))), encoding="utf-8")
    return run_strictly([path]).stdout


@pytest.mark.parametrize("name", CELLS)
def test_what_is_near_enough_passes_and_all_else_is_caught(name, report):
    failed = {int(number) for number in re.findall(r"^FAILED .*::Cell (\d+)", report, re.MULTILINE)}
    assert f"{len(failed)} failed, {len(CELLS) - len(failed)} passed" in report
    assert (list(CELLS).index(name) in failed) == name.startswith("caught"), report


def test_a_failure_names_the_number_and_its_tolerance(report):
    assert "0.50 is stored, 0.53 came out: 0.03 apart, tolerance 0.02" in report
    assert "12 is stored, 13 came out: 1 apart, tolerance 0" in report
    assert """"tolerance" in a cell's metadata is a number from 0 up""" in report and "not 'wide'" in report


@pytest.mark.parametrize("pair", WORDS)
def test_a_number_inside_a_word_is_never_measured(pair):
    stored, fresh = (f"text {word} text" for word in pair.split())
    assert reconcile(stored, fresh, tolerance=Tolerance(100, 100)) == (fresh, [])


@pytest.mark.parametrize("tolerance", ["wide", -1, True, None, {"relative": 0.1}, {"absolute": "0.1"}, [0.1]])
def test_a_tolerance_that_cannot_be_meant_is_refused(tolerance):
    with pytest.raises(ValueError, match="is a number from 0 up"):
        stated_tolerance({"tolerance": tolerance})


@pytest.mark.parametrize("path", PATHS, ids=lambda path: path.stem)
def test_each_tolerance_in_a_notebook_is_sound_and_has_a_number_to_hold(path):
    for cell in (cell for cell in code_cells(read(path)) if "tolerance" in cell["metadata"]):
        stated_tolerance(cell["metadata"])
        assert NUMBER.search("\n".join(text_outputs(cell))), cell["source"]


def test_the_examples_in_the_docstrings():
    failed, tried = doctest.testmod(nbval_tolerance)
    assert failed == 0 < tried
