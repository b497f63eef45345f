"""Tinytongue, a second language: a word-for-word lexicon, adjective after its noun, verb last, an article that agrees."""

from helpers.tinytown.grammar import Given, Scene, Template, lookup, table, words
from helpers.tinytown.scenes.reviews import OVERALL

NOUNS = {"dog": "ta hunda", "cat": "ta kata", "girl": "ta filla", "cow": "ta vakka", "boy": "to knabo", "horse": "to kavalo",
         "king": "to rejo", "wolf": "to lupo"}
ADJECTIVES = {"red": "rudi", "small": "peti", "old": "vechi", "happy": "gaji", "black": "negri", "young": "juni"}
VERBS = {"sees": "vidas", "likes": "amas", "follows": "sekvas", "hears": "audas", "fears": "timas", "helps": "helpas"}
ARTICLE = {noun: row.split()[0] for noun, row in NOUNS.items()}
OTHERS = {noun: words(" ".join(other for other in NOUNS if other != noun)) for noun in NOUNS}
WORD = {noun: row.split()[1] for noun, row in NOUNS.items()}

SENTENCE = ["the {subject} {verb} the {object} .", Template("the {quality} {subject} {verb} the {object} .", 2)]
TONGUE_SENTENCE = [
    "{article(subject)} {noun(subject)} {article(object)} {noun(object)} {act(verb)} .",
    Template("{article(subject)} {noun(subject)} {adjective(quality)} {article(object)} {noun(object)} {act(verb)} .", 2),
]


def pair(english: str, tongue: str, *, weight: float) -> Template:
    return Template(f"english : {english} tinytongue : {tongue}", weight)


TRANSLATION = Scene(
    "translation",
    facts={"subject": words(" ".join(NOUNS)), "quality": words(" ".join(ADJECTIVES)), "verb": words(" ".join(VERBS)), "object": Given("subject", OTHERS)},
    tables={"article": lookup(ARTICLE), "noun": lookup(WORD), "adjective": lookup(ADJECTIVES), "act": lookup(VERBS)},
    kinds={
        "both": [pair(SENTENCE[0], TONGUE_SENTENCE[0], weight=1), pair(SENTENCE[1].text, TONGUE_SENTENCE[1].text, weight=3)],
        "english": SENTENCE,
        "tongue": TONGUE_SENTENCE,
        "more": ["the {object} is {quality} .", "the {subject} is near the {object} ."],
        "tongue_more": ["{article(object)} {noun(object)} {adjective(quality)} estas .",
                        "{article(subject)} {noun(subject)} apud {article(object)} {noun(object)} estas ."],
    },
    orders=[(4, "both"), (1, "english more?0.5"), (2, "tongue tongue_more?0.5")],
    weight=1.5,
    stop=0.0,
)

THINGS = {"pizza": "ta pitza", "soup": "ta supa", "wine": "to vino", "bread": "to pano", "room": "ta kamra", "bed": "to lito",
          "music": "ta muzika", "story": "to rakonto"}
GOOD = {"good": "bona", "great": "granda", "fantastic": "fantasta", "lovely": "bela"}
BAD = {"bad": "mala", "terrible": "terura", "awful": "acha", "boring": "teda"}
TONGUE_REVIEW = Scene(
    "tongue_review",
    facts={
        "overall": words("good bad"), "first": Given("overall", OVERALL), "item": words(" ".join(THINGS)),
        "word": Given("first", table(good=" ".join(GOOD), bad=" ".join(BAD))),
    },
    tables={
        "article": lookup({thing: row.split()[0] for thing, row in THINGS.items()}),
        "noun": lookup({thing: row.split()[1] for thing, row in THINGS.items()}),
        "opinion": lookup(GOOD | BAD),
        "liked": table(good="loved liked", bad="hated disliked"),
        "likis": table(good="adoris shatis", bad="detestis malshatis"),
        "return": table(good="volonte", bad="neniam"),
    },
    kinds={
        "both": ["english : the {item} was {word} . tinytongue : {article(item)} {noun(item)} {opinion(word)} estis ."],
        "tongue": [Template("{article(item)} {noun(item)} {opinion(word)} estis .", 2), "mi {article(item)} {noun(item)} {likis(first)} ."],
        "tongue_end": ["ni {return(overall)} revenos .", "mi {likis(overall)} ghin ."],
    },
    orders=[(3, "both"), (4, "tongue tongue_end?0.7")],
    weight=0.9,
    stop=0.0,
)

SCENES = [TRANSLATION, TONGUE_REVIEW]
