"""Twelve questions that diagnose: data/quiz.json holds each once; the notebook shows it, and `check_quiz` grades it.

A question has four options; of each wrong one the file says why it is wrong, and where to read again.
"""

from __future__ import annotations

import json

from helpers.exercises.checks import NotAttempted, exercise, require
from helpers.setup.environment import ROOT

QUESTIONS = json.loads((ROOT / "data" / "quiz.json").read_text(encoding="utf-8"))
LETTERS = "abcd"
HINT = "a dict of number and letter, {1: 'a', 2: ...}; the folded answers say why each other option is wrong"


def shown(number: int) -> str:
    """A question with its options and its folded answer, as it stands in the notebook; the first one has number 1.

    >>> shown(1).splitlines()[4]
    '<details><summary>Answer</summary>'
    """
    question = QUESTIONS[number - 1]
    options = "  ".join(f"{letter}) {text}" for letter, text in question["options"].items())
    wrong = " ".join(f"Not {letter}: {why}" for letter, why in question["not"].items())
    return (
        f"**{number}.** {question['question']}\n\n{options}\n\n<details><summary>Answer</summary>\n\n"
        f"**{question['right']}.** {question['because']} {wrong} Read again: {again(question)}.\n</details>"
    )


def again(question: dict) -> str:
    """Where to read again, as a link."""
    return f"[{question['notebook'][:2]}]({question['notebook']})"


def told(number: int, letter: str) -> str:
    """What a wrong answer shows, and the notebook to read again."""
    question = QUESTIONS[number - 1]
    return f"question {number}, not {letter}: {question['not'][letter]} Read notebook {question['notebook'][:2]} again."


@exercise("quiz", hint=HINT)
def check_quiz(answers):
    """A dict of the twelve answers, {number: letter}."""
    require(isinstance(answers, dict), f"expected a dict such as {{1: 'a'}}, received a {type(answers).__name__}")
    given = {number: str(letter).strip().lower() for number, letter in answers.items() if letter not in (None, ...)}
    if not given:
        raise NotAttempted
    numbers = range(1, len(QUESTIONS) + 1)
    unknown = sorted(set(given) - set(numbers), key=str)
    require(
        not unknown, f"there is no question {', '.join(map(repr, unknown))}; they have the numbers 1 to {len(numbers)}"
    )
    odd = {number: letter for number, letter in given.items() if letter not in set(LETTERS)}
    require(not odd, f"answer with one of the letters a, b, c, d; received {odd}")
    wrong = [number for number in sorted(given) if given[number] != QUESTIONS[number - 1]["right"]]
    right = len(given) - len(wrong)
    require(not wrong, f"{right} of {len(numbers)} right; " + " ".join(told(number, given[number]) for number in wrong))
    missing = [str(number) for number in numbers if number not in given]
    require(not missing, f"all {right} so far are right; still without an answer: {', '.join(missing)}")
