"""Errands: a person, a place, an object bought there, and whom it is for; pronouns and possessives refer back."""

from helpers.tinytown.grammar import Given, Scene, Template, lookup, words
from helpers.tinytown.scenes.lexicon import LEXICON, OBJECT_PRONOUN, PEOPLE, POSSESSIVE, PRONOUN

SHOPS = {
    "bakery": "bread cake rolls", "pharmacy": "pills bandages soap", "library": "books maps magazines",
    "market": "apples flowers eggs", "post": "stamps envelopes parcels", "hardware": "nails paint hammers",
}
PLACES = {
    "bakery": "bakery", "pharmacy": "pharmacy", "library": "library", "market": "market", "post": "office",
    "hardware": "workshop",
}
ERRAND = Scene(
    "errand",
    facts={
        "person": PEOPLE,
        "shop": words(" ".join(SHOPS)),
        "goods": Given("shop", {shop: words(row) for shop, row in SHOPS.items()}),
        "receiver": words("mother father sister brother uncle aunt neighbour friend"),
    },
    tables=LEXICON | {
        "pronoun": lookup(PRONOUN), "them": lookup(OBJECT_PRONOUN), "their": lookup(POSSESSIVE),
        "place": lookup(PLACES),
        "walked": words("went*3 walked*2 hurried cycled"),
        "paid": words("cash card coins"),
        "mood": words("tired happy hungry late busy"),
    },
    kinds={
        "go": [Template("{person} {walked} to the {place(shop)} .", 3), "on {day} {person} {walked} to the {place(shop)} .",
               "{person} was {mood} and {walked} to the {place(shop)} ."],
        "buy": [Template("{pronoun(person)} bought {goods} .", 2), "{pronoun(person)} bought {number} {goods} for {their(person)} {receiver} .",
                "{pronoun(person)} asked for {goods} and paid with {paid} .",
                "the {goods} at the {place(shop)} were for {their(person)} {receiver} ."],
        "named": ["{person} bought {goods} at the {place(shop)} .", "{person} needed {goods} .",
                  "{person} and {their(person)} {receiver} needed {goods} ."],
        "give": ["{their(person)} {receiver} thanked {them(person)} for the {goods} .", "{pronoun(person)} gave the {goods} to {their(person)} {receiver} .",
                 "then {pronoun(person)} {walked} home ."],
    },
    orders=[(3, "go buy?0.8 give?0.6"), (2, "named give?0.6"), (1, "go give?0.4"), (1, "named go?0.6 give?0.4")],
    weight=1.3,
    entities={"person": "PER"},
)

SCENES = [ERRAND]
