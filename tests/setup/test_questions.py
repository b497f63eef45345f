"""The list of questions in the README is what the notebooks answer; unknown and doubled answers are refused."""

import json

import pytest
from books import ROOT

from helpers.setup import questions


def course(tmp_path, *answered):
    for folder in ("notebooks", "data"):
        (tmp_path / folder).mkdir()
    known = [{"id": "why-15", "question": "Why 15 %?"}, {"id": "cls-for", "question": "What is [CLS] for?"}]
    (tmp_path / "data" / "questions.json").write_text(json.dumps(known), encoding="utf-8")
    heading = {"cell_type": "markdown", "metadata": {}, "source": ["## 2 · Masks\n", "text"]}
    cells = [{"cell_type": "code", "metadata": {"answers": [name]}, "source": "1"} for name in answered]
    (tmp_path / "notebooks" / "02_x.ipynb").write_text(json.dumps({"cells": [heading, *cells]}), encoding="utf-8")
    return tmp_path


def test_an_answered_question_leads_to_its_section(tmp_path):
    root = course(tmp_path, "why-15")
    text = questions.with_questions("a\n<!-- questions -->\nold\n<!-- end of questions -->\nb", root=root)
    line = "- Why 15 %? [02, 2 · Masks](notebooks/02_x.ipynb)\n"
    assert text == f"a\n<!-- questions -->\n{line}<!-- end of questions -->\nb"


@pytest.mark.parametrize(
    ("answered", "reason"),
    [(["why-16"], "'why-16', which is not in data"), (["cls-for", "cls-for"], "answered in 02_x.ipynb too")],
)
def test_an_answer_to_nothing_or_twice_is_refused(tmp_path, answered, reason):
    with pytest.raises(ValueError, match=reason):
        questions.lines(course(tmp_path, *answered))


def test_the_readme_without_its_comments_is_refused():
    with pytest.raises(ValueError, match="put both lines back"):
        questions.with_questions("no list")


def test_the_list_in_the_readme_is_what_the_notebooks_answer():
    text = (ROOT / "README.md").read_text(encoding="utf-8")
    assert questions.with_questions(text) == text
    assert len(questions.questions()) == 20
