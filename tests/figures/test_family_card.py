"""The card of the four course models says what is equal and what differs."""

import pytest

from helpers.figures.family_card import family_card, of_card
from helpers.models import COURSE, load_course


@pytest.fixture(scope="module")
def card():
    return family_card({name: load_course(name)[0] for name in COURSE})


def test_what_is_said_to_be_equal_is_equal(card):
    for row in ("words read (millions)", "steps", "optimiser", "d_model"):
        assert card.loc[row].nunique() == 1, row


def test_cross_attention_is_what_the_larger_ones_have_more(card):
    assert list(card.loc["... in cross-attention"] > 0) == [False, False, True, True]
    rest = card.loc["parameters (thousands)"] - card.loc["... in cross-attention"]
    assert max(rest) < 1.07 * min(rest)
    assert list(card.loc["blocks"]) == ["4", "4", "2 + 2", "2 + 2"]


def test_each_loss_stands_beside_its_floor(card):
    assert (card.loc["loss on held-out texts"].astype(float) > card.loc["best possible"].astype(float)).all()
    assert of_card("course-gpt")["steps"].startswith("14,000")
