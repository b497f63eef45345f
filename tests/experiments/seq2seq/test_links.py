"""Links that a translation needs: sorted by kind, and measured from damage that is made up."""

import numpy as np

from helpers.experiments.seq2seq import links
from helpers.tasks.task import Example

EXAMPLE = Example("english : the wine was bad . tinytongue :", "to vino mala estis .")


def test_places_are_sorted_by_kind_and_a_full_stop_has_its_brightest_word():
    weights = np.zeros((5, 9))
    weights[4, 7] = 1
    assert links.kinds(EXAMPLE, weights) == {
        "noun": [(1, 3)],
        "adjective": [(2, 5)],
        "estis (was)": [(3, 4)],
        "article, its the": [(0, 2)],
        "article, its noun": [(0, 3)],
        "full stop, its brightest word": [(4, 7)],
    }


def test_damage_is_told_by_heads_by_kind_and_against_other_content_words():
    maps, every = np.zeros((5, 9)), np.zeros((5, 9))
    maps[1, 3] = maps[2, 5] = maps[3, 2] = 1.0  # looks at two of the three right words
    every[1, 3], every[2, 5], every[1, 5] = 1.0, 0.4, 0.7
    found = links.measured(
        [EXAMPLE], [maps], {name: [every if name == "all heads" else 0 * every] for name in links.HEADS}
    )
    assert found["links"] == 3 and found["brightest"] == 2 / 3 and found["worst"] == 2 / 3
    assert np.allclose([found["damage"]["all heads"][name] for name in ("mean", "lost")], [1.4 / 3, 1 / 3])
    assert found["damage"]["the others"] == {"mean": 0.0, "lost": 0.0}
    assert np.isclose(found["damage"]["another word, all heads"]["lost"], 1 / 6)  # six pairs, one above a half
    assert found["kinds"]["noun"] == {"links": 1, "weight": 1.0, "damage": 1.0}
