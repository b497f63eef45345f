"""Adopting the course for a fork: every mention of the address changes, nothing else; a new notebook gets its cell."""

import shutil

import pytest
from books import PATHS, ROOT, read

from helpers.setup import adopt


@pytest.fixture
def fork(tmp_path):
    for name in ("pyproject.toml", "README.md"):
        shutil.copy2(ROOT / name, tmp_path / name)
    shutil.copytree(ROOT / "notebooks", tmp_path / "notebooks", ignore=shutil.ignore_patterns(".*"))
    return tmp_path


def test_the_address_is_the_same_everywhere():
    assert adopt.slug(adopt.address()) in (ROOT / "README.md").read_text(encoding="utf-8")
    for path in PATHS:
        book = read(path)
        assert adopt.with_address(book, notebook=path.name, repository=adopt.address()) == book, "run: make adopt"


def test_adopting_changes_every_mention_and_nothing_else(fork):
    old = adopt.slug(adopt.address())
    changed = adopt.write(fork, repository="ada/my.course")
    texts = {path: path.read_text(encoding="utf-8") for path in fork.rglob("*.*") if path.is_file()}
    assert [path for path, text in texts.items() if old in text] == []
    assert len(changed) == 2 + len(PATHS)
    assert adopt.address(fork) == "https://github.com/ada/my.course"
    assert "https://colab.research.google.com/github/ada/my.course/blob/main/notebooks/" in texts[fork / "README.md"]
    adopt.write(fork, repository=old)
    for path in texts:
        assert path.read_bytes() == (ROOT / path.relative_to(fork)).read_bytes()
    assert adopt.write(fork, repository=old) == []


@pytest.mark.parametrize(
    "wrong", ["", "ada", "https://example.org/ada/course", "ada/course/tree", "ada course", "git@example.org:a/b"]
)
def test_a_name_that_is_no_repository_is_refused(wrong):
    with pytest.raises(ValueError, match="write owner/name"):
        adopt.slug(wrong)


@pytest.mark.parametrize(
    "address",
    [
        "ada/my.course",
        "ada/my.course/",
        "https://github.com/ada/my.course.git",
        "http://www.github.com/ada/my.course",
        "github.com/ada/my.course",
        "git@github.com:ada/my.course.git",
        "ssh://git@github.com/ada/my.course.git",
    ],
)
def test_an_address_may_be_written_in_several_ways(address):
    assert adopt.slug(address) == "ada/my.course"


@pytest.mark.parametrize("name", ["your-name/one-block-three-masks", "owner/name", "git@github.com:your-name/x.git"])
def test_a_name_that_only_stands_for_one_is_refused(name):
    with pytest.raises(ValueError, match="only stands for your own"):
        adopt.own(name)


def test_without_an_address_the_badges_lead_to_the_section_that_explains_it(fork):
    adopt.write(fork, repository=f"{adopt.PLACEHOLDER}/course")
    readme = (fork / "README.md").read_text(encoding="utf-8")
    assert f"{adopt.BADGE}(#your-own-copy)" in readme and f"{adopt.BINDER}(#your-own-copy)" in readme
    assert "## Your own copy" in readme.splitlines() and "make adopt REPO=" in readme
    assert "colab.research.google.com/github" not in readme + (fork / "notebooks" / adopt.FIRST).read_text("utf-8")


def test_with_an_address_binder_opens_jupyterlab_at_the_first_notebook(fork):
    adopt.write(fork, repository="ada/course")
    readme = (fork / "README.md").read_text(encoding="utf-8")
    assert f"mybinder.org/v2/gh/ada/course/HEAD?urlpath=lab/tree/notebooks/{adopt.FIRST})" in readme
    assert (fork / "notebooks" / adopt.FIRST).exists() and "#your-own-copy" not in readme


def book(*tags, title="# A title"):
    cells = [
        {"cell_type": "markdown", "metadata": {}, "source": [title]},
        {"cell_type": "code", "metadata": {"tags": list(tags), "execution": {"iopub": "12:00"}}, "source": ["old"]},
    ]
    return {"cells": cells}


def test_a_new_notebook_gets_its_badge_and_first_cell_and_loses_its_times():
    old = book("first-cell")
    made = adopt.with_address(old, notebook="09_new.ipynb", repository="https://github.com/ada/course")
    title, code = made["cells"]
    assert "".join(title["source"]) == f"# A title\n\n{adopt.badge('ada/course', '09_new.ipynb')}"
    assert "".join(code["source"]) == adopt.first_cell("https://github.com/ada/course")
    assert code["metadata"] == {"tags": ["first-cell"]}
    assert old == book("first-cell")  # the argument is not changed
    assert adopt.with_address(made, notebook="09_new.ipynb", repository="https://github.com/ada/course") == made


def test_a_notebook_without_a_first_cell_is_refused():
    with pytest.raises(ValueError, match="09_new.ipynb: needs a title in markdown and a first code cell tagged"):
        adopt.with_address(book(), notebook="09_new.ipynb", repository="ada/course")
