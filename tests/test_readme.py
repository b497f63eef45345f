"""The README names files, commands and modules that exist."""

import re

from books import PATHS, ROOT

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
    rows = [line for line in TEXT.splitlines() if re.match(r"\| \[?\d\d ", line)]
    here = [re.search(r"\(notebooks/(\w+\.ipynb)\)", row)[1] for row in rows if "planned" not in row]
    assert here == [path.name for path in PATHS]
    assert [row for row in rows if "planned" in row and "](" in row] == []


def test_the_layout_has_one_sentence_for_each_module_and_no_other():
    rows = re.findall(r"^\| (`[a-z0-9_`, ]+`) \| ([^|]+) \|$", TEXT, re.MULTILINE)
    named = [name for names, _ in rows for name in re.findall(r"`(\w+)`", names)]
    there = {p.stem for p in (ROOT / "helpers").iterdir() if p.suffix == ".py" or (p / "__init__.py").exists()}
    assert sorted(named) == sorted(there - {"__init__"})
    assert [sentence for _, sentence in rows if not sentence.endswith(".")] == []
