"""Agreement: the verb follows the number of its subject, whatever noun stands between."""

from helpers.tinytown.grammar import Scene, Template, lookup, table, words
from helpers.tinytown.scenes.lexicon import LEXICON

NOUNS = {"key": "keys", "label": "labels", "door": "doors", "handle": "handles", "lamp": "lamps", "picture": "pictures",
         "shelf": "shelves", "window": "windows"}
PLURAL = " ".join(NOUNS.values())
AGREEMENT = Scene(
    "agreement",
    facts={"noun": words(" ".join(NOUNS) + " " + PLURAL), "attractor": words("cabinet cabinets cupboard cupboards drawer drawers wall walls")},
    tables=LEXICON | {
        "is": lookup({one: "is" for one in NOUNS} | {many: "are" for many in NOUNS.values()}),
        "was": lookup({one: "was" for one in NOUNS} | {many: "were" for many in NOUNS.values()}),
        "has": lookup({one: "has" for one in NOUNS} | {many: "have" for many in NOUNS.values()}),
        "it": lookup({one: "it" for one in NOUNS} | {many: "they" for many in NOUNS.values()}),
        "to": words("to*2 of near behind beside"),
        "near": words("near behind beside"),
        "state": words("broken old lost new dusty painted"),
        "part": table(cabinet="lock", cabinets="locks", cupboard="lock", cupboards="locks", drawer="knob", drawers="knobs",
                      wall="crack", walls="cracks"),
    },
    kinds={
        "near": [Template("the {noun} {to} the {attractor} {is(noun)} {state} .", 3), "the {noun} {to} the {attractor} {was(noun)} {state} .",
                 "the {noun} that i saw {near} the {attractor} {has(noun)} a {colour} spot ."],
        "plain": ["the {noun} {is(noun)} {state} .", "the {noun} {was(noun)} {colour} ."],
        "again": ["{it(noun)} {was(noun)} {colour} .", "{it(noun)} {is(noun)} {state} now .", "{it(noun)} {has(noun)} a {colour} spot ."],
        "part": ["the {attractor} had new {part(attractor)} ."],
    },
    orders=[(4, "near again?0.6"), (2, "plain again?0.4"), (1, "part near?0.6 again?0.3"), (1, "near part?0.6")],
    weight=0.9,
)

SCENES = [AGREEMENT]
