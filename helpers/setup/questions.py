"""The questions that people keep asking, and the cell that answers each: a list in the README, made from the notebooks.

A cell that answers one of data/questions.json says so in its metadata, {"answers": ["why-15"]}, and the README's list
leads to its section. `make layout` writes the list.
"""

from __future__ import annotations

import json
from pathlib import Path

from helpers.setup import readme
from helpers.setup.environment import ROOT
from helpers.setup.ledger import with_sections


def questions(root: Path = ROOT) -> dict[str, str]:
    """The questions by id."""
    return {row["id"]: row["question"] for row in json.loads((root / "data" / "questions.json").read_text("utf-8"))}


def answers(book: dict) -> list[tuple[str, str]]:
    """(id, section) of each question that a notebook answers, in the order of its cells."""
    return [(name, section) for cell, section in with_sections(book) for name in cell["metadata"].get("answers", [])]


def lines(root: Path = ROOT) -> str:
    """The list: each question that is answered, with a link to the notebook and the name of the section.

    Raises ValueError for an answer to a question that data/questions.json does not hold, or that is answered twice.
    """
    asked, there = questions(root), {}
    for path in sorted((root / "notebooks").glob("*.ipynb")):
        for question, section in answers(json.loads(path.read_text(encoding="utf-8"))):
            if question not in asked or question in there:
                raise ValueError(
                    f"{path.name}, section {section!r}, answers {question!r}, which is "
                    + (
                        f"answered in {there[question][0].name} too"
                        if question in there
                        else "not in data/questions.json"
                    )
                )
            there[question] = path, section
    return "".join(
        f"- {words} [{there[name][0].stem[:2]}, {there[name][1]}](notebooks/{there[name][0].name})\n"
        for name, words in asked.items()
        if name in there
    )


def with_questions(text: str, *, root: Path = ROOT) -> str:
    """The README's text with the list as the notebooks have it now.

    Raises ValueError when the two comments between which the list stands are missing.
    """
    return readme.between(text, "<!-- questions -->", "<!-- end of questions -->", lines(root))


if __name__ == "__main__":
    readme.write(with_questions)
