"""The README's figure shows what its caption says."""

import pytest

from helpers.figures import cover


@pytest.fixture(scope="module")
def readers():
    return {"left": cover.left_only(), "both": cover.both_sides()}


def test_models_and_exact_answers_are_distributions(readers):
    for model, exact in readers.values():
        assert sum(model.values()) == pytest.approx(1, abs=1e-4)
        assert sum(exact.values()) == pytest.approx(1, abs=1e-9)


def test_the_right_side_leaves_only_the_two_anticoagulants(readers):
    exact = {name: {word for word, p in pair[1].items() if p > 0} for name, pair in readers.items()}
    assert exact["both"] == {"warfarin", "heparin"} < exact["left"]
    model = readers["both"][0]
    assert set(sorted(model, key=model.get)[-2:]) == exact["both"]


def test_both_panels_show_the_same_words_those_that_fit_first():
    panels = [[label.get_text() for label in axis.get_yticklabels()] for axis in cover.figure().axes]
    assert panels[0] == panels[1] and set(panels[0][:2]) == {"warfarin", "heparin"}
    assert [axis.get_xlim() for axis in cover.figure().axes] == [(0, 1), (0, 1)]
