"""What searches for the most probable text found, as a table to read."""

from __future__ import annotations

import pandas as pd


def search_table(search, *, widths=(2, 5, 10, 50), letters=44) -> pd.DataFrame:
    """Rows of the experiment's search from one beginning: method, beams, division by length, nats, new tokens, text.

    >>> rows = [{"method": "greedy", "nats": 7.9, "new tokens": 9, "text": "it was a sunny day ."},
    ...         {"method": "language", "nats": 6.87, "new tokens": 11, "text": "a : hello ."},
    ...         {"method": "beams", "beams": 2, "length_penalty": 0.0, "nats": 7.9, "new tokens": 9, "text": "hello"}]
    >>> search_table(pd.DataFrame(rows))["method"].tolist()
    ['exact, in the language', 'greedy', '2 beams']
    """
    order = {"language": "exact, in the language", "greedy": "greedy"}
    beams = search[(search["method"] == "beams") & search["beams"].isin(widths)]
    beams = beams.sort_values(["length_penalty", "beams"])
    named = beams.assign(method=beams["beams"].map("{:.0f} beams".format))
    others = [search[search["method"] == name].assign(method=title) for name, title in order.items()]
    table = pd.concat([*others, named], ignore_index=True)
    divided = table["length_penalty"].map({0.0: "no", 1.0: "yes"}).fillna("")
    table = table.assign(**{"by length": divided, "text": table["text"].str.slice(0, letters)})
    return table[["method", "by length", "nats", "new tokens", "text"]].round(2)
