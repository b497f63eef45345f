"""Dialogue: two speakers, a question and its answer."""

from helpers.tinytown.grammar import Scene, Template, words
from helpers.tinytown.scenes.lexicon import LEXICON

DIALOGUE = Scene(
    "dialogue",
    facts={
        "object": words("ball book coat cup hat phone bag watch pencil scarf"),
        "room": words("kitchen garden bedroom cellar hall garage attic"),
        "shade": words("red blue green yellow black white"),
        "owner": words("anna tom maria peter emma david"),
    },
    tables=LEXICON | {"polite": words("thanks sure good fine"), "put": words("put left hid found")},
    kinds={
        "tell": ["{owner} {put} the {object} in the {room} .", "the {shade} {object} belongs to {owner} .", "there is a {shade} {object} in the {room} ."],
        "hello": [Template("a : hello . b : hello , {owner} ."), "a : good morning . b : good morning ."],
        "where": [Template("a : where is the {object} ? b : it is in the {room} .", 2), "a : is the {object} in the {room} ? b : yes , it is ."],
        "colour": ["a : what colour is the {object} ? b : it is {shade} .", "a : is it {shade} ? b : yes , the {object} is {shade} ."],
        "whose": ["a : who has the {object} ? b : {owner} has it .", "a : whose {object} is this ? b : it belongs to {owner} ."],
        "bye": ["a : {polite} . b : goodbye .", "a : see you on {day} . b : goodbye ."],
    },
    orders=[
        (3, "tell where?0.6 colour?0.4 whose?0.4 bye?0.2"), (2, "hello where?0.7 whose?0.4 bye?0.4"),
        (2, "where colour?0.5 bye?0.3"), (1, "whose colour?0.4 where?0.4"),
    ],
    weight=1.2,
    entities={"owner": "PER"},
)

SCENES = [DIALOGUE]
