"""Weather and seasons: the sentences that fit nowhere else, used as distractors."""

from helpers.tinytown.grammar import Given, Scene, Template, table, words
from helpers.tinytown.scenes.lexicon import LEXICON

WEATHER = Scene(
    "weather",
    facts={
        "season": words("winter autumn summer spring"),
        "sky": Given("season", table(winter="snowy*4 cloudy foggy", autumn="rainy*3 windy*3 foggy", summer="sunny*5 stormy*2",
                                     spring="sunny*2 rainy*2 windy")),
    },
    tables=LEXICON | {
        "fell": table(snowy="snow", rainy="rain", cloudy="rain", foggy="mist", windy="leaves", sunny="light", stormy="hail"),
        "warm": table(winter="freezing cold", autumn="cool wet", summer="hot*2 dry", spring="mild*2 fresh"),
        "wear": table(snowy="coats boots", rainy="umbrellas boots", cloudy="jackets", foggy="jackets lamps", windy="jackets scarves",
                      sunny="hats sunglasses", stormy="coats umbrellas"),
        "all": words("all*2 every"),
    },
    kinds={
        "sky": [Template("it was a {sky} day .", 3), "{day} was a {sky} day .", "the {season} was {sky} ."],
        "air": ["the air was {warm(season)} .", "the {season} air was {warm(season)} .", "we like {season} because it is {warm(season)} ."],
        "fell": ["the {fell(sky)} fell {softly} .", "people wore {wear(sky)} .", "there was {fell(sky)} on the roads ."],
        "forecast": ["tomorrow will be {sky} .", "on {day} it will be {sky} again ."],
    },
    orders=[(3, "sky air?0.4 fell?0.5 forecast?0.3"), (2, "air sky?0.7 forecast?0.3"), (1, "fell sky?0.5"), (1, "forecast fell?0.4")],
    weight=1.0,
)

SCENES = [WEATHER]
