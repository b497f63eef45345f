"""News and travel: people, organisations and cities, some of which share a name and are told apart by what follows."""

from helpers.tinytown.grammar import Given, Scene, Template, words
from helpers.tinytown.scenes.lexicon import LEXICON

SHARED = "paris florence jordan may sydney austin"
CITIES = words(f"{SHARED} berlin madrid lisbon vienna oslo dublin prague cairo lima")
NAMES = words(f"{SHARED} brown miller garcia novak rossi tanaka cohen silva")
ELSEWHERE = {city: words(" ".join(other for other in CITIES if other != city)) for city in CITIES}
ORGANISATIONS = words("acme globex initech umbra may jordan solaris vertex orion delta")

NEWS = Scene(
    "news",
    facts={"person": NAMES, "org": ORGANISATIONS, "city": CITIES},
    tables=LEXICON | {
        "role": words("director*2 engineer lawyer spokesman accountant"),
        "smiled": words("smiled laughed nodded frowned resigned"),
        "product": words("phones cars robots batteries shoes medicines"),
        "grew": words("grew shrank merged expanded"),
        "crowd": words("quiet busy sunny expensive beautiful"),
    },
    kinds={
        "work": [Template("{person} works for {org} in {city} .", 2), "{person} is {role} of {org} .", "{person} joined {org} on {day} ."],
        "person": ["{person} {smiled} .", "{person} said that {org} {grew} .", "{person} was born in {city} ."],
        "org": ["{org} opened an office in {city} .", "{org} makes {product} .", "{org} {grew} {when} ."],
        "city": ["{city} is {crowd} .", "the streets of {city} were {crowd} .", "people in {city} bought {product} from {org} ."],
        "ask_work": ["where does {person} work ? {person} works for {org} .", "who works for {org} ? {person} works for {org} ."],
        "ask_city": ["where is the office of {org} ? it is in {city} .", "where does {person} live ? in {city} ."],
    },
    orders=[
        (3, "work person?0.4 org?0.4 city?0.3 ask_work?0.4"), (2, "org city?0.5 work?0.4 ask_city?0.4"),
        (1, "person city?0.3 ask_city?0.3"), (1, "city org?0.4"), (1, "work ask_work ask_city?0.3"),
    ],
    weight=1.5,
    entities={"person": "PER", "org": "ORG", "city": "LOC"},
)

TRAVEL = Scene(
    "travel",
    facts={"person": NAMES, "origin": CITIES, "city": Given("origin", ELSEWHERE)},
    tables=LEXICON | {
        "vehicle": words("train*2 plane*2 bus boat"),
        "ticket": words("ticket passport map suitcase"),
        "lasted": words("two three five six"),
        "visit": words("museum cathedral castle bridge harbour"),
    },
    kinds={
        "leave": [Template("{person} travelled from {origin} to {city} .", 2), "{person} took the {vehicle} from {origin} to {city} ."],
        "ride": ["the {vehicle} to {city} was late .", "the journey took {lasted} hours .", "{person} forgot the {ticket} in {origin} ."],
        "stay": ["in {city} {person} visited the {visit} .", "the {visit} in {city} was closed .", "{person} stayed in {city} until {day} ."],
        "back": ["{person} came back to {origin} on {day} .", "then {person} flew home to {origin} ."],
        "ask": ["where did {person} go ? to {city} .", "where did {person} come from ? from {origin} ."],
    },
    orders=[(3, "leave ride?0.4 stay?0.5 back?0.4 ask?0.4"), (2, "stay back?0.5"), (1, "ride stay?0.5"), (1, "leave ask")],
    weight=1.1,
    entities={"person": "PER", "origin": "LOC", "city": "LOC"},
)

SCENES = [NEWS, TRAVEL]
