"""From scenes to arrays: a mistake in the grammar is named."""

import pytest

from helpers.tinytown.compiling import compile_language
from helpers.tinytown.grammar import Scene, words


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"kinds": {"a": ["the {nobody} ."]}}, "nobody"),
        ({"kinds": {"a": ["the {view(mood)} ."]}, "tables": {"view": {"good": words("fine")}}}, "no row for 'bad'"),
        ({"kinds": {"a": ["the{mood} ."]}}, "spaces around"),
        ({"orders": [(1, "a b?x")]}, "b\\?x"),
        ({"orders": ["a"]}, "orders of scene 's'"),
        ({"orders": []}, "orders of scene 's'"),
        ({"orders": [(1, "b")]}, "names kind 'b', which has no templates"),
        ({"kinds": {"a": "{mood} ."}}, "needs a list of templates"),
        ({"kinds": {"a": ["The {mood} ."]}}, "word 'The' of the grammar would never be read"),
        ({"weight": 0}, "has weight 0"),
    ],
)
def test_a_mistake_in_the_grammar_is_named(change, message):
    good = {"name": "s", "facts": {"mood": words("good bad")}, "kinds": {"a": ["{mood} ."]}, "orders": [(1, "a")]}
    compile_language([Scene(**good)])
    with pytest.raises(ValueError, match=message):
        compile_language([Scene(**good | change)])
