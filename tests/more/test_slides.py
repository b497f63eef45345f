"""The same notebook is the lecture: each of its sections becomes a slide."""

import re
import subprocess
import sys

import pytest
from books import PATHS, markdown_cells, read, source


@pytest.mark.parametrize("path", PATHS, ids=lambda path: path.stem)
def test_each_section_is_a_slide(path, tmp_path):
    done = subprocess.run(
        [sys.executable, "-m", "jupyter", "nbconvert", "--to", "slides", "--output-dir", tmp_path, path],
        capture_output=True,
        text=True,
    )
    assert done.returncode == 0, done.stderr[-2000:]
    page = (tmp_path / f"{path.stem}.slides.html").read_text(encoding="utf-8")
    sections = [re.match(r"##? (.+)", source(cell)) for cell in markdown_cells(read(path))]
    titles = [match[1] for match in sections if match]
    opened = re.findall(r"<section[^>]*>\s*<section[^>]*>(?:(?!</section>).)*?<h[12][^>]*>", page, re.DOTALL)
    assert len(opened) == len(titles) >= 5
