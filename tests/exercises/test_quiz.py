"""The twelve questions: each wrong option has its diagnosis and a notebook to read again."""

import pytest
from books import ROOT

from helpers.exercises import quiz

NUMBERS = range(1, len(quiz.QUESTIONS) + 1)
RIGHT = {number: quiz.QUESTIONS[number - 1]["right"] for number in NUMBERS}
WRONG = [(number, letter) for number in NUMBERS for letter in quiz.LETTERS if letter != RIGHT[number]]


def test_there_are_twelve_with_four_different_options_and_a_reason_against_each_wrong_one():
    assert len(quiz.QUESTIONS) == 12
    for question in quiz.QUESTIONS:
        assert "".join(question["options"]) == quiz.LETTERS and len(set(question["options"].values())) == 4
        assert set(question["not"]) == set(quiz.LETTERS) - {question["right"]}
        assert all(len(why.split()) >= 3 and why.endswith(".") for why in question["not"].values())
        assert (ROOT / "notebooks" / question["notebook"]).is_file()


def test_no_letter_is_right_in_half_of_the_questions():
    assert max(list(RIGHT.values()).count(letter) for letter in quiz.LETTERS) < 6


def test_all_right_answers_pass_in_either_case_of_letters(capsys):
    assert quiz.check_quiz({number: letter.upper() for number, letter in RIGHT.items()})
    assert capsys.readouterr().out == "quiz: correct\n"


@pytest.mark.parametrize("number, letter", WRONG)
def test_a_wrong_answer_is_told_what_it_shows_and_where_to_read(number, letter, capsys):
    assert not quiz.check_quiz({**RIGHT, number: letter})
    line = capsys.readouterr().out
    question = quiz.QUESTIONS[number - 1]
    assert "11 of 12 right" in line and question["not"][letter] in line
    assert f"Read notebook {question['notebook'][:2]} again" in line


@pytest.mark.parametrize(
    "answers, message",
    [
        ("abc", "expected a dict"),
        ({13: "a"}, "there is no question 13"),
        ({1: "e"}, "one of the letters"),
        ({1: RIGHT[1]}, "still without an answer: 2, 3"),
    ],
)
def test_answers_of_another_form_are_named(answers, message, capsys):
    assert not quiz.check_quiz(answers)
    assert message in capsys.readouterr().out


@pytest.mark.parametrize("answers", [{number: ... for number in NUMBERS}, {}, ...])
def test_no_answers_are_not_attempted(answers, capsys):
    assert quiz.check_quiz(answers).status == "not attempted"
    assert capsys.readouterr().out == "quiz: not attempted yet\n"
