"""World facts: fixed pairs, the knowledge that a model can only keep in its weights."""

from helpers.tinytown.grammar import Scene, Template, lookup, words

# country: (capital, language, currency, continent, river)
COUNTRIES = {
    "france": "paris french euro europe seine", "germany": "berlin german euro europe rhine", "spain": "madrid spanish euro europe ebro",
    "italy": "rome italian euro europe tiber", "portugal": "lisbon portuguese euro europe tagus", "austria": "vienna german euro europe danube",
    "norway": "oslo norwegian krone europe glomma", "ireland": "dublin english euro europe shannon", "poland": "warsaw polish zloty europe vistula",
    "egypt": "cairo arabic pound africa nile", "japan": "tokyo japanese yen asia shinano", "china": "beijing chinese yuan asia yangtze",
    "india": "delhi hindi rupee asia ganges", "brazil": "brasilia portuguese real america amazon", "peru": "lima spanish sol america ucayali",
    "canada": "ottawa english dollar america yukon", "kenya": "nairobi swahili shilling africa tana", "russia": "moscow russian ruble europe volga",
}


def column(index: int) -> dict:
    return lookup({country: row.split()[index] for country, row in COUNTRIES.items()})


WORLD = Scene(
    "world",
    facts={"country": words(" ".join(COUNTRIES))},
    tables={"capital": column(0), "language": column(1), "currency": column(2), "continent": column(3), "river": column(4)},
    kinds={
        "capital": [Template("the capital of {country} is {capital(country)} .", 3), "{capital(country)} is the capital of {country} ."],
        "language": ["people in {country} speak {language(country)} .", "in {capital(country)} people speak {language(country)} ."],
        "money": ["people in {country} pay with the {currency(country)} .", "the currency of {country} is the {currency(country)} ."],
        "land": ["{country} is in {continent(country)} .", "the {river(country)} is a river in {country} ."],
        "ask": ["what is the capital of {country} ? {capital(country)} .", "what do people speak in {country} ? {language(country)} ."],
    },
    orders=[(3, "capital language?0.4 money?0.3 land?0.3"), (1, "language money?0.4"), (1, "land capital?0.4"), (1, "money land?0.3"), (2, "ask capital?0.2")],
    weight=1.0,
    entities={"country": "LOC", "capital(country)": "LOC"},
)

SCENES = [WORLD]
