"""Two-sense words: bank, bat, seal, crane, mole, pitcher, spring.  The cue stands left, right or in another sentence."""

from helpers.tinytown.grammar import Scene, Template, lookup, words
from helpers.tinytown.scenes.lexicon import LEXICON

# sense: (word, places, adjectives, what it does, companions)
SENSES = {
    "bank_river": ("bank", "river stream canal", "muddy*3 grassy slippery steep", "flooded eroded", "ducks reeds fishermen"),
    "bank_money": ("bank", "town city market", "rich*2 bankrupt closed crowded", "lent invested", "clerks loans customers"),
    "bat_animal": ("bat", "cave attic forest", "furry*2 nocturnal hungry blind", "flew slept", "moths owls wings"),
    "bat_sport": ("bat", "stadium clubhouse pitch", "wooden*2 cracked heavy smooth", "swung splintered", "players balls gloves"),
    "seal_animal": ("seal", "sea beach island", "wet*2 playful hungry fat", "dived barked", "fish waves whales"),
    "seal_stamp": ("seal", "envelope letter document", "waxen*2 royal official broken", "stuck melted", "ribbons signatures papers"),
    "crane_bird": ("crane", "marsh lake meadow", "feathered*2 graceful white shy", "flew nested", "frogs feathers eggs"),
    "crane_machine": ("crane", "harbour site factory", "rusty*2 tall mechanical heavy", "lifted creaked", "builders containers cables"),
    "mole_animal": ("mole", "garden lawn meadow", "furry*2 blind hungry small", "dug burrowed", "worms roots tunnels"),
    "mole_spy": ("mole", "ministry embassy agency", "secret*2 treacherous foreign clever", "spied confessed", "agents secrets codes"),
    "pitcher_jug": ("pitcher", "table tray kitchen", "glass*2 cracked full empty", "leaked spilled", "glasses lemons ice"),
    "pitcher_player": ("pitcher", "stadium pitch bench", "tired*2 skilful famous young", "threw scored", "players fans gloves"),
    "spring_water": ("spring", "mountain valley rock", "clear*2 cold fresh hidden", "bubbled flowed", "stones ferns frogs"),
    "spring_coil": ("spring", "clock mattress machine", "metal*2 bent rusty tight", "snapped stretched", "screws wheels gears"),
}


def column(index: int) -> dict:
    return {sense: words(row[index]) for sense, row in SENSES.items()}


SENSE = Scene(
    "sense",
    facts={"sense": words(" ".join(SENSES))},
    tables=LEXICON | {
        "word": lookup({sense: row[0] for sense, row in SENSES.items()}),
        "place": column(1), "quality": column(2), "did": column(3), "thing": column(4),
        "memory": words("remember noticed saw know"),
        "water": words("river*6 stream*2 canal"),
        "settlement": words("town*2 city*2 village"),
        "muddy": words("muddy*4 grassy slippery steep"),
        "shut": words("closed*2 crowded robbed rich"),
    },
    kinds={
        "right": [
            Template("the {word(sense)} was {quality(sense)} .", 2),
            Template("the {word(sense)} near the {place(sense)} was {quality(sense)} .", 2),
            Template("the {word(sense)} {did(sense)} .", 1),
            Template("the {word(sense)} and the {thing(sense)} were {quality(sense)} ."),
            Template("the bank of the {water} was {muddy} .", 9, when={"sense": ["bank_river"]}),
            Template("the bank of the {settlement} was {shut} .", 9, when={"sense": ["bank_money"]}),
        ],
        "left": [
            "at the {place(sense)} i saw the {word(sense)} .",
            "near the {place(sense)} there was a {word(sense)} .",
            "besides the {thing(sense)} there was a {word(sense)} .",
        ],
        "plain": ["i {memory} the {word(sense)} .", "everybody talked about the {word(sense)} .", "the {word(sense)} was there ."],
        "cue": ["we went to the {place(sense)} .", "there were {thing(sense)} near the {place(sense)} .", "we saw {thing(sense)} ."],
        "after": ["it was {quality(sense)} .", "it {did(sense)} .", "it was {degree} {quality(sense)} ."],
    },
    orders=[
        (3, "right after?0.3 cue?0.3"), (2, "left after?0.4"), (2, "cue plain after?0.4"),
        (2, "plain cue?0.6 after?0.4"), (1, "cue right after?0.4"),
    ],
    weight=1.8,
)

SCENES = [SENSE]
