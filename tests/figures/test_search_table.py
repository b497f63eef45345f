"""The table of searches: the optimum first, then greedy, then beams by division and width."""

import pandas as pd

from helpers.figures.search_table import search_table


def test_its_order_and_its_words():
    beams = [
        {"method": "beams", "beams": b, "length_penalty": p, "nats": 7.0, "new tokens": 9, "text": "x" * 60}
        for p in (1.0, 0.0)
        for b in (10, 2, 3)
    ]
    others = [{"method": m, "nats": 6.87, "new tokens": 9, "text": "x"} for m in ("greedy", "model", "language")]
    table = search_table(pd.DataFrame([*beams, *others]))
    assert table["method"].tolist()[:4] == ["exact, in the language", "greedy", "2 beams", "10 beams"]
    assert table["by length"].tolist() == ["", "", "no", "no", "yes", "yes"]
    assert table["text"].str.len().max() == 44
