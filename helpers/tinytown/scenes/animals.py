"""Animals: what each one sounds like and where it sits."""

from helpers.tinytown.grammar import Scene, Template, lookup, words
from helpers.tinytown.scenes.lexicon import LEXICON

SOUNDS = {
    "cat": "purring", "dog": "barking", "cow": "mooing", "sheep": "bleating", "horse": "neighing", "lion": "roaring",
    "frog": "croaking", "duck": "quacking", "bee": "buzzing", "snake": "hissing", "owl": "hooting", "wolf": "howling",
}
PAST = {
    "cat": "purred", "dog": "barked", "cow": "mooed", "sheep": "bleated", "horse": "neighed", "lion": "roared",
    "frog": "croaked", "duck": "quacked", "bee": "buzzed", "snake": "hissed", "owl": "hooted", "wolf": "howled",
}
FOOD = {
    "cat": "milk mice", "dog": "bones meat", "cow": "grass hay", "sheep": "grass clover", "horse": "hay oats",
    "lion": "meat", "frog": "flies", "duck": "bread worms", "bee": "honey", "snake": "mice eggs", "owl": "mice", "wolf": "meat",
}
ANIMAL = Scene(
    "animal",
    facts={"animal": words(" ".join(SOUNDS)), "surface": words("mat*2 sofa grass roof floor fence path carpet")},
    tables=LEXICON | {
        "sounding": lookup(SOUNDS), "sounded": lookup(PAST),
        "meal": {animal: words(row) for animal, row in FOOD.items()},
        "sat": words("sat*3 slept lay waited"),
        "looked": words("tired*2 happy hungry old young calm"),
    },
    kinds={
        "place": [Template("the {animal} {sat} on the {surface} .", 4), "there was a {animal} on the {surface} .",
                  "we saw a {animal} on the {surface} ."],
        "sound": [Template("it was {sounding(animal)} {softly} .", 4), "it {sounded(animal)} {number} times .", "it was {sounding(animal)} ."],
        "named": [Template("the {animal} was {sounding(animal)} {softly} .", 2), "the {animal} {sounded(animal)} .", "every {animal} likes {meal(animal)} ."],
        "state": ["the {animal} was {looked} .", "it looked {looked} .", "it wanted {meal(animal)} .", "then it left the {surface} ."],
    },
    orders=[(4, "place sound?0.7 state?0.3"), (2, "named state?0.5"), (1, "place state?0.6 sound?0.4"), (1, "state sound?0.5")],
    weight=1.2,
)

SCENES = [ANIMAL]
