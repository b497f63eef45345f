"""A language is known by its fingerprint: every weight and word counts, names and processes do not."""

import subprocess
import sys
from dataclasses import replace

import numpy as np
import pytest

from helpers import tinytown
from helpers.tinytown.compiling import compile_language
from helpers.tinytown.grammar import Given, Scene, Template, table, words
from helpers.tinytown.language import all_scenes
from tests.tinytown.small_language import FOOD, MARKS

PLAIN = compile_language([FOOD, MARKS]).fingerprint()
CHANGES = {
    "weight of a scene": {"weight": 1.01},
    "stop": {"stop": 0.101},
    "weight of a fact's value": {"facts": FOOD.facts | {"mood": words("good*2.01 bad")}},
    "weight in a given fact": {"facts": FOOD.facts | {"dish": Given("mood", table(good="soup pie*3.1", bad="soup"))}},
    "weight in a table": {"tables": FOOD.tables | {"view": table(good="fine*3.01 tasty", bad="cold")}},
    "word in a table": {"tables": FOOD.tables | {"view": table(good="fine*3 tasty", bad="cool")}},
    "weight in a word list": {"tables": FOOD.tables | {"when": words("today now*2.1")}},
    "weight of a template": {
        "kinds": FOOD.kinds | {"eat": [Template("{eater} ate {dish} .", 2.1), "{eater} ate {dish} {when} ."]}
    },
    "word of a template": {"kinds": FOOD.kinds | {"end": ["the {dish} is {view(mood)} ."]}},
    "weight of an order": {"orders": [(2.1, "eat judge?0.5 end?0.3"), (1, "judge? end")]},
    "chance of a step": {"orders": [(2, "eat judge?0.51 end?0.3"), (1, "judge? end")]},
    "entities": {"entities": {"eater": "PER"}},
    "name of a scene": {"name": "meal"},
}


@pytest.mark.parametrize("change", CHANGES.values(), ids=CHANGES)
def test_every_change_of_the_grammar_changes_it(change):
    assert compile_language([replace(FOOD, **change), MARKS]).fingerprint() != PLAIN


def test_it_is_short_and_the_same_for_the_same_grammar_under_another_name():
    again = compile_language([FOOD, MARKS])
    assert again.fingerprint() == PLAIN == replace(again, name="mine").fingerprint()
    assert len(PLAIN) == 12 and int(PLAIN, 16) >= 0


def test_the_held_out_constructions_and_an_added_scene_make_another_language():
    pond = Scene("pond", facts={"fish": words("carp pike")}, kinds={"swim": ["a {fish} swam ."]}, orders=[(1, "swim")])
    languages = tinytown.full_language(), tinytown.training_language(), compile_language([*all_scenes(), pond])
    some = tinytown.only("news"), tinytown.only("news", "travel")
    assert len({language.fingerprint() for language in (*languages, *some)}) == 5
    assert tinytown.only("travel", "news").fingerprint() == some[1].fingerprint()


@pytest.mark.parametrize("seed", ["0", "1"])
def test_another_process_gives_the_same(seed):
    code = "from helpers import tinytown; print(tinytown.training_language().fingerprint())"
    run = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, env={"PYTHONHASHSEED": seed})
    assert run.stdout.strip() == tinytown.training_language().fingerprint(), run.stderr


def test_no_number_lies_where_rounding_errors_could_turn_a_digit():
    for scene in (*tinytown.full_language().scenes, *tinytown.training_language().scenes):
        emissions = [e.probs for t in scene.templates for e in t.emissions]
        for numbers in ([scene.weight], scene.prior, scene.start, scene.step, scene.end, *emissions):
            for number in np.unique(numbers).tolist():
                assert len({format(number * (1 + error), ".9e") for error in (-1e-14, 0, 1e-14)}) == 1
