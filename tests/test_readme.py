"""The README names files, commands and modules that exist."""

import re

import pytest
from books import PATHS, ROOT

from helpers.setup.layout import ROOMS, with_table

TEXT = (ROOT / "README.md").read_text(encoding="utf-8")
MAKEFILE = (ROOT / "Makefile").read_text(encoding="utf-8")


def test_every_relative_link_leads_to_a_file():
    links = re.findall(r"\]\((?!https?://)([^)#]+)\)", TEXT)
    assert "LICENSE" in links and "data/cover.png" in links
    assert [link for link in links if not (ROOT / link).is_file()] == []


def test_every_command_is_a_target():
    targets = re.search(r"^\.PHONY: (.+)$", MAKEFILE, re.MULTILINE)[1].split()
    commands = set(re.findall(r"(?:^|`)(?:\w+=\S+ )?make ([a-z-]+)", TEXT, re.MULTILINE))
    assert {"lab", "test", "models", "results", "bench", "adopt", "real"} <= commands <= set(targets)


def test_the_table_lists_the_notebooks_that_are_here_and_calls_the_others_planned():
    rows = [line for line in TEXT.splitlines() if re.match(r"\| \[?\d\d [A-Z]", line)]
    here = [re.search(r"\(notebooks/(\w+\.ipynb)\)", row)[1] for row in rows if "planned" not in row]
    assert here == [path.name for path in PATHS]
    assert [row for row in rows if "planned" in row and "](" in row] == []


def test_the_layout_has_one_sentence_for_each_room_in_their_order():
    rows = re.findall(r"^\| `(\w+)` \| ([^|]+) \|$", TEXT, re.MULTILINE)
    assert tuple(room for room, _ in rows) == ROOMS
    assert {path.name for path in (ROOT / "helpers").iterdir() if (path / "__init__.py").exists()} == set(ROOMS)
    assert [sentence for _, sentence in rows if not sentence.endswith(".")] == []


def test_what_each_notebook_reads_is_what_it_imports():
    assert with_table(TEXT) == TEXT, "run `make layout`"


def test_a_readme_without_the_place_for_the_table_is_refused():
    with pytest.raises(ValueError, match="put both lines back"):
        with_table("# One block")
