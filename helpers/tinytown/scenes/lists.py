"""Labelled lists: two classes of words and two labels, the mapping drawn afresh for each document."""

from helpers.tinytown.grammar import Given, Scene, words

LABELS = "red blue green yellow black white".split()
CLASSES = {
    "taste": ("fantastic great good lovely tasty delicious excellent wonderful",
              "awful terrible bad horrible disgusting stale dreadful greasy"),
    "nature": ("cat dog cow horse lion wolf owl duck", "bread cheese soup rice pizza salad pasta cake"),
    "names": ("anna maria lucy emma clara nora julia sarah", "peter tom david paul oscar henry simon felix"),
    "places": ("paris berlin madrid vienna oslo dublin cairo lima", "monday tuesday wednesday thursday friday saturday sunday today"),
    "health": ("warfarin heparin penicillin ibuprofen aspirin sertraline furosemide amoxicillin",
               "ring wallet camera umbrella violin kite hammers nails"),
}
PAIRS = {label: words(" ".join(other for other in LABELS if other != label)) for label in LABELS}

LISTS = Scene(
    "list",
    facts={"scheme": words(" ".join(CLASSES)), "one": words(" ".join(LABELS)), "two": Given("one", PAIRS)},
    tables={
        "yes": {scheme: words(row[0]) for scheme, row in CLASSES.items()},
        "no": {scheme: words(row[1]) for scheme, row in CLASSES.items()},
    },
    kinds={
        "first": ["{yes(scheme)} -> {one}", "{no(scheme)} -> {two}"],
        "next": ["; {yes(scheme)} -> {one}", "; {no(scheme)} -> {two}"],
    },
    orders=[(1, "first next next?0.95 next?0.95 next?0.9 next?0.9 next?0.9 next?0.9 next?0.8 next?0.8 next?0.6")],
    weight=2.6,
    stop=0.0,
)

SCENES = [LISTS]
