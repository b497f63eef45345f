"""Word lists that several scenes share."""

from helpers.tinytown.grammar import words

SHE = "anna maria lucy emma clara nora julia sarah alice ruth helen irene"
HE = "peter tom david paul oscar henry simon felix martin george victor leon"
WOMEN, MEN = SHE.split(), HE.split()
PEOPLE = words(f"{SHE} {HE}")
PRONOUN = {name: "she" for name in WOMEN} | {name: "he" for name in MEN}
OBJECT_PRONOUN = {name: "her" for name in WOMEN} | {name: "him" for name in MEN}
POSSESSIVE = {name: "her" for name in WOMEN} | {name: "his" for name in MEN}

LEXICON = {
    "day": words("monday tuesday wednesday thursday friday saturday sunday"),
    "when": words("yesterday today recently twice*0.5"),
    "number": words("two three four five six seven eight nine ten"),
    "relative": words("mother father sister brother uncle aunt cousin friend neighbour"),
    "degree": words("really*3 truly*2 quite"),
    "softly": words("softly*3 quietly loudly happily gently"),
    "colour": words("red blue green yellow black white brown grey"),
}
