"""One family: equal parameters, equal documents, equal words, equal optimiser; only mask and question differ."""

import pytest

from helpers.models import DATA, load_course
from helpers.models.model_card import FAMILY
from helpers.training import log
from helpers.training.recipe import Recipe
from helpers.transformer.parameters import cross_attention, tables_and_blocks

NAMES = ("course-bert", "course-gpt", "course-t5", "course-bart")


@pytest.fixture(scope="module")
def records():
    return {name: log.read(log.RECORDS / f"{name}.jsonl") for name in NAMES}


def test_one_recipe_trained_all_four(records):
    recipes = [Recipe.from_dict(header["recipe"]).to_dict() for header, _ in records.values()]
    assert [recipe.pop("name") for recipe in recipes] == list(NAMES)
    assert all(recipe == recipes[0] for recipe in recipes)
    assert len({header["language"] for header, _ in records.values()}) == 1


def test_all_four_read_the_same_number_of_words(records):
    words = [lines[-1]["words"] for _, lines in records.values()]
    assert min(words) > 40e6 and max(words) < 1.01 * min(words)
    assert len({lines[-1]["step"] for _, lines in records.values()}) == 1


def test_all_four_have_equally_many_parameters_but_for_the_cross_attention():
    sizes = []
    for name in NAMES:
        model = load_course(name)[0]
        sizes.append(tables_and_blocks(model)[1] - cross_attention(model))
    assert max(sizes) < 1.06 * min(sizes)  # course-bert has a pooler and a head of its own


def test_their_cards_say_the_same_of_their_training(records):
    said = []
    for name in NAMES:
        card = (DATA / "models" / name / "README.md").read_text(encoding="utf-8")
        assert FAMILY in card and ("Its 2 + 2 layers stand beside 4" in card) == (name in ("course-t5", "course-bart"))
        table = card.split("## Training")[1].split("##")[0].splitlines()
        rows = dict(line.strip("| ").split(" | ", 1) for line in table if " | " in line.strip("| "))
        said.append({key: rows[key] for key in ("language", "steps", "optimiser", "schedule", "curriculum phase")})
    assert all(row == said[0] for row in said)
