"""Reviews: a sentiment for each aspect and an overall verdict; "not", "but" and "although" flip.

Overall verdicts ("the film is good .") occur for films, hotels, books and concerts and are held out for restaurants.
"""

from helpers.tinytown.grammar import Given, Scene, Template, table, words
from helpers.tinytown.scenes.lexicon import LEXICON

OVERALL = table(good="good*9 bad*1", bad="bad*9 good*1")
VERDICT = table(
    good="good*6 great*3 excellent*2 wonderful superb",
    bad="bad*6 terrible*3 poor*2 horrible dreadful",
)
PRAISE, BLAME = "fantastic*2 great good lovely amazing", "awful*2 terrible bad disappointing boring*0.5"
OPPOSITE = table(good="bad awful terrible disappointing", bad="good great fantastic special")


def review(name, *, thing, first, second, praise, blame, opening, weight=1.0, held_out=()):
    """A review scene about one ``thing`` with two aspects: word lists for what is judged and how it is judged."""
    facts = {
        "overall": words("good bad"),
        "first": Given("overall", OVERALL),
        "second": Given("overall", OVERALL),
        "item": words(first),
        "other": words(second),
    }
    tables = LEXICON | {
        "opinion": table(good=f"{PRAISE} {praise[0]}", bad=f"{BLAME} {blame[0]}"),
        "view": table(good=f"{PRAISE} {praise[1]}", bad=f"{BLAME} {blame[1]}"),
        "opposite": OPPOSITE,
        "verdict": VERDICT,
        "liked": table(good="loved*2 liked enjoyed praised", bad="hated*2 disliked criticised regretted"),
        "link": {"good,good": words("and"), "bad,bad": words("and"), "good,bad": words("but"), "bad,good": words("but")},
        "return": table(good="gladly certainly soon", bad="never hardly not"),
        "recommend": table(good="recommend praise", bad="avoid forget"),
        "stars": table(good="five*3 four*2", bad="two*3 no*2"),
        "feeling": table(good="happy pleased delighted", bad="angry sad unhappy"),
    }
    kinds = {
        "opening": [*opening, f"my {{relative}} chose the {thing} .", f"we talked about the {thing} for an hour ."],
        "first": [
            Template("the {item} was {opinion(first)} .", 4),
            Template("the {item} was {degree} {opinion(first)} .", 2),
            "the {item} was not {opposite(first)} .",
            "i {liked(first)} the {item} .",
            "everyone {liked(first)} the {item} .",
        ],
        "second": [
            Template("the {other} was {view(second)} .", 4),
            "the {other} was {degree} {view(second)} .",
            "the {other} was not {opposite(second)} .",
            "we {liked(second)} the {other} .",
        ],
        "both": [
            Template("the {item} was {opinion(first)} {link(first,second)} the {other} was {view(second)} .", 3),
            Template("although the {item} was {opinion(first)} , the {other} was {view(second)} .", 2,
                     when={"first": ["good"], "second": ["bad"]}),
            Template("although the {item} was {opinion(first)} , the {other} was {view(second)} .", 2,
                     when={"first": ["bad"], "second": ["good"]}),
        ],
        "verdict": [
            Template(f"the {thing} is {{verdict(overall)}} .", 4),
            Template(f"overall , the {thing} is {{verdict(overall)}} .", 2),
            Template(f"in short , the {thing} is {{verdict(overall)}} .", 1),
            Template(f"all in all , it was a {{verdict(overall)}} {thing} .", 1),
            Template(f"i think the {thing} is {{verdict(overall)}} .", 1),
            Template("in short , it was {verdict(overall)} .", 1),
        ],
        "outcome": [
            "we would {return(overall)} come back .",
            "i {recommend(overall)} it .",
            "i gave it {stars(overall)} stars .",
            "we left {feeling(overall)} .",
        ],
    }
    orders = [
        (3, "opening?0.4 first second?0.6 verdict?0.6 outcome?0.4"),
        (2, "first verdict"),
        (2, "verdict first?0.7 second?0.5"),
        (2, "opening?0.3 both verdict?0.6 outcome?0.4"),
        (1, "second first?0.6 outcome?0.5 verdict?0.5"),
        (1, "outcome first?0.6 second?0.4"),
    ]
    return Scene(name, facts, kinds, orders, tables, weight=weight, held_out=held_out)


RESTAURANT = review(
    "restaurant", thing="restaurant", weight=1.6, held_out=("verdict",),
    first="pizza soup pasta salad steak fish bread cheese dessert rice curry chicken",
    second="service waiter staff cook hostess",
    praise=("tasty delicious fresh", "friendly charming"), blame=("cold stale greasy", "rude slow"),
    opening=["we had dinner at the restaurant on {day} .", "the restaurant near the station was full ."],
)
FILM = review(
    "film", thing="film", weight=1.1,
    first="acting plot ending story cast dialogue",
    second="music camera photography sound soundtrack",
    praise=("moving clever funny", "brilliant charming"), blame=("weak stupid dull", "noisy dull"),
    opening=["we saw the film on {day} .", "the film at the cinema was long ."],
)
HOTEL = review(
    "hotel", thing="hotel", weight=1.1,
    first="room bed bathroom breakfast view pool",
    second="staff service porter manager receptionist",
    praise=("clean comfortable quiet", "friendly charming"), blame=("dirty noisy cold", "rude slow"),
    opening=["we stayed at the hotel on {day} .", "the hotel near the beach was full ."],
)
BOOK = review(
    "book", thing="book", weight=0.8,
    first="plot ending story chapter style dialogue",
    second="cover author hero language print",
    praise=("moving clever funny", "brilliant charming"), blame=("weak stupid dull", "confusing dull"),
    opening=["we read the book on {day} .", "the book from the library was long ."],
)
CONCERT = review(
    "concert", thing="concert", weight=0.8,
    first="music singer band sound orchestra song",
    second="crowd audience conductor host pianist",
    praise=("moving brilliant loud*0.5", "friendly charming"), blame=("weak noisy dull", "rude noisy"),
    opening=["we heard the concert on {day} .", "the concert in the park was long ."],
)

SCENES = [RESTAURANT, FILM, HOTEL, BOOK, CONCERT]
