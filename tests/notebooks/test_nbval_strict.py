"""The comparison is strict in a real notebook too, and the sanitize file hides no result."""

import configparser
import copy
import json
import re

import pytest
from books import PATHS, ROOT, code_cells, read, run_strictly, text_outputs

from helpers.setup.checks import NBVAL

NUMBER = re.compile(r"\d")
CONFIG = configparser.ConfigParser(interpolation=None)
CONFIG.read(ROOT / "tests" / "nbval_sanitize.cfg")
RULES = [(CONFIG[name]["regex"], CONFIG[name]["replace"]) for name in CONFIG.sections()]


def opening(book):
    """The notebook up to the first cell that stores a printed number and compares it."""
    for end, cell in enumerate(book["cells"]):
        ignored = "nbval-ignore-output" in cell["metadata"].get("tags", [])
        if cell["cell_type"] == "code" and not ignored and NUMBER.search("".join(stdout(cell))):
            return {**copy.deepcopy(book), "cells": copy.deepcopy(book["cells"][: end + 1])}
    raise AssertionError("no cell prints a number")


def stdout(cell):
    return ["".join(o["text"]) for o in cell.get("outputs", []) if o.get("name") == "stdout"]


def corrupted(book):
    """One digit of the last cell's stored text is another digit."""
    book = copy.deepcopy(book)
    printed = [o for o in book["cells"][-1]["outputs"] if o.get("name") == "stdout"]
    output = next(o for o in printed if NUMBER.search("".join(o["text"])))
    text = "".join(output["text"])
    output["text"] = NUMBER.sub(lambda digit: str((int(digit[0]) + 1) % 10), text, count=1)
    return book


@pytest.mark.parametrize("path", PATHS[:1], ids=lambda path: path.stem)
def test_one_wrong_digit_in_a_stored_output_is_caught(path, tmp_path):
    sound = opening(read(path))
    for name, book in (("sound", sound), ("corrupted", corrupted(sound))):
        (tmp_path / f"{name}.ipynb").write_text(json.dumps(book), encoding="utf-8")
    assert (result := run_strictly([tmp_path / "sound.ipynb"])).returncode == 0, result.stdout
    caught = run_strictly([tmp_path / "corrupted.ipynb"])
    assert caught.returncode == 1 and "1 failed" in caught.stdout, caught.stdout


def test_the_strict_run_compares_and_uses_our_rules():
    flags = "-p nbval_tolerance --nbval --nbval-current-env --nbval-sanitize-with tests/nbval_sanitize.cfg"
    assert NBVAL == flags.split()


def test_a_text_may_be_sanitized_twice():
    once = re.sub(*RULES[0], "<Model at 0x7f1200ab>")
    assert once == "<Model at an address>" == re.sub(*RULES[0], once)


def test_the_sanitize_rules_touch_nothing_but_addresses_in_memory():
    results = "loss 0.93 nats, True, [1, 2], river 0.412, 12 of 15, 0x1f, torch.Size([2, 3]), 100 %, at 3 o'clock"
    for pattern, replacement in RULES:
        assert re.sub(pattern, replacement, results) == results
        for path in PATHS:
            for text in (text for cell in code_cells(read(path)) for text in text_outputs(cell)):
                assert all(re.fullmatch(r"at 0x[0-9a-fA-F]+", hit) for hit in re.findall(pattern, text))
