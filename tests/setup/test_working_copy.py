"""The learner's own copies: made once, never overwritten without keeping what was written, ignored by git."""

import datetime
import json
import shutil
import subprocess

import pytest
from books import PATHS, ROOT, code_cells, read, source

from helpers.setup import working_copy
from helpers.setup.working_copy import NOTE, outdated, prepare, renew, touched

OUTPUT = {"output_type": "stream", "name": "stdout", "text": "1"}
DAY = datetime.date(2026, 3, 1)


def book(*texts, output=None):
    cells = [{"cell_type": "code", "metadata": {}, "source": [text], "outputs": [output or OUTPUT]} for text in texts]
    return {"cells": cells, "metadata": {"kernelspec": {"name": "python3"}}, "nbformat": 4, "nbformat_minor": 5}


def write(path, content):
    path.write_text(json.dumps(content), encoding="utf-8")


def answer(path, text):
    """What a learner does: write into a cell, run it, save."""
    found = read(path)
    found["cells"][0] |= {"source": [text], "outputs": ["mine"]}
    write(path, found)


@pytest.fixture
def course(tmp_path):
    (tmp_path / "notebooks").mkdir()
    for number in ("00", "01", "02"):
        write(tmp_path / "notebooks" / f"{number}_x.ipynb", book(f"a{number}", "b"))
    return tmp_path


def names(course):
    return sorted(path.name for path in (course / "my").iterdir())


def test_a_copy_is_the_original_and_a_note(course):
    assert prepare(course) == []
    for original in (course / "notebooks").iterdir():
        own = read(course / "my" / original.name)
        assert set(own["metadata"].pop(NOTE)) == {"original", "cells"}
        assert own == read(original)


def test_what_a_learner_wrote_is_never_touched_by_opening_the_course_again(course):
    prepare(course)
    answer(course / "my" / "00_x.ipynb", "my answer")
    (course / "my" / "01_x.ipynb").unlink()
    before = (course / "my" / "00_x.ipynb").read_bytes()
    assert prepare(course) == []
    assert (course / "my" / "00_x.ipynb").read_bytes() == before
    assert names(course) == ["00_x.ipynb", "01_x.ipynb", "02_x.ipynb"]


def test_a_pull_is_noticed_and_renewed_and_answers_stay_beside(course):
    prepare(course)
    answer(course / "my" / "00_x.ipynb", "my answer")
    answer(course / "my" / "02_x.ipynb", "another answer")
    for number in ("00", "01"):
        write(course / "notebooks" / f"{number}_x.ipynb", book("new", "b"))
    assert prepare(course) == ["00_x.ipynb", "01_x.ipynb"]
    assert renew(course, day=DAY) == [
        "my/00_x.ipynb is new; yours is now my/00_x.2026-03-01.ipynb",
        "my/01_x.ipynb is new",  # nobody had written into it
    ]
    assert names(course) == ["00_x.2026-03-01.ipynb", "00_x.ipynb", "01_x.ipynb", "02_x.ipynb"]
    assert source(read(course / "my" / "00_x.2026-03-01.ipynb")["cells"][0]) == "my answer"
    assert source(read(course / "my" / "00_x.ipynb")["cells"][0]) == "new"
    assert source(read(course / "my" / "02_x.ipynb")["cells"][0]) == "another answer"  # its original is as it was
    assert renew(course, day=DAY) == prepare(course) == []


def test_one_that_is_asked_for_is_renewed_in_any_case_and_nothing_is_lost_on_the_same_day(course):
    prepare(course)
    for text in ("first", "second"):
        answer(course / "my" / "01_x.ipynb", text)
        assert len(renew(course, only=["01"], day=DAY)) == 1
    kept = ["01_x.2026-03-01.2.ipynb", "01_x.2026-03-01.ipynb"]
    assert names(course) == ["00_x.ipynb", *kept, "01_x.ipynb", "02_x.ipynb"]
    assert [source(read(course / "my" / name)["cells"][0]) for name in kept] == ["second", "first"]


def test_a_copy_that_does_not_say_where_it_comes_from_is_kept(course):
    (course / "my").mkdir()
    shutil.copy2(course / "notebooks" / "00_x.ipynb", course / "my")
    assert prepare(course) == ["00_x.ipynb"]
    assert renew(course, day=DAY) == ["my/00_x.ipynb is new; yours is now my/00_x.2026-03-01.ipynb"]


def test_running_a_cell_is_not_writing(course):
    prepare(course)
    own = course / "my" / "00_x.ipynb"
    write(own, {**book("a00", "b", output="2"), "metadata": read(own)["metadata"]})
    assert not touched(own) and not outdated(own, course / "notebooks" / "00_x.ipynb")


def test_a_number_without_a_notebook_is_refused(course):
    with pytest.raises(ValueError, match="no notebook has the number 7"):
        renew(course, only=["7", "00"])


def test_git_ignores_the_copies_and_ruff_does_too():
    git = ["git", "check-ignore", f"{working_copy.OWN}/00_x.ipynb"]
    assert subprocess.run(git, cwd=ROOT, capture_output=True).returncode in (0, 128)  # 128: not a git checkout
    assert f"{working_copy.OWN}/" in (ROOT / ".gitignore").read_text().splitlines()


@pytest.mark.parametrize("path", PATHS, ids=lambda path: path.stem)
def test_a_notebook_reads_no_file_that_lies_elsewhere_for_a_copy(path):
    """`my/` lies beside `notebooks/`: a path through `..` means the same, one into `notebooks` would not."""
    assert [source(cell)[:60] for cell in code_cells(read(path))[1:] if "notebooks/" in source(cell)] == []
