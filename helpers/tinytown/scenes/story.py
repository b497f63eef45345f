"""A story and its summary: the summary keeps who lost what, where, and who found it."""

from helpers.tinytown.grammar import Scene, Template, lookup, words
from helpers.tinytown.scenes.lexicon import LEXICON, MEN, OBJECT_PRONOUN, POSSESSIVE, PRONOUN, WOMEN

HEROES = [*WOMEN[5:10], *MEN[5:10]]
STORY = Scene(
    "story",
    facts={
        "hero": words(" ".join(HEROES)),
        "place": words("park beach forest museum station castle"),
        "lost": words("ring wallet camera umbrella violin kite"),
        "finder": words("policeman child teacher gardener stranger farmer"),
    },
    tables=LEXICON | {
        "pronoun": lookup({name: PRONOUN[name] for name in HEROES}),
        "them": lookup({name: OBJECT_PRONOUN[name] for name in HEROES}),
        "their": lookup({name: POSSESSIVE[name] for name in HEROES}),
        "weather": words("sunny rainy windy cold"),
        "sad": words("sad angry worried"),
        "glad": words("glad happy relieved"),
    },
    kinds={
        "go": [Template("{hero} went to the {place} on {day} .", 2), "one {weather} day {hero} went to the {place} ."],
        "aside": ["it was a {weather} morning .", "{pronoun(hero)} met a friend there .", "many people were there ."],
        "lose": ["{pronoun(hero)} lost {their(hero)} {lost} .", "there {pronoun(hero)} lost {their(hero)} {lost} and was {sad} ."],
        "find": ["a {finder} found the {lost} .", "a {finder} found it and {hero} was {glad} .", "luckily a {finder} brought the {lost} back ."],
        "summary": [Template("summary : {hero} lost {their(hero)} {lost} at the {place} and a {finder} found it .")],
    },
    orders=[(4, "go aside?0.4 lose find summary?0.7"), (1, "aside go lose find?0.5 summary?0.4"), (1, "lose find?0.6"), (1, "summary")],
    weight=1.4,
    stop=0.03,
    entities={"hero": "PER"},
)

SCENES = [STORY]
