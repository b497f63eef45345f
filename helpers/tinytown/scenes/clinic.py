"""Clinic: patients, drugs, what they are for, and the interactions of pairs of drug classes."""

from helpers.tinytown.grammar import Given, Scene, Template, lookup, words
from helpers.tinytown.scenes.lexicon import LEXICON, MEN, OBJECT_PRONOUN, POSSESSIVE, PRONOUN, WOMEN

# class: (drugs, purposes, symptoms, doses, article)
CLASSES = {
    "anticoagulant": ("warfarin heparin", "anticoagulation*3 thrombosis", "clots bleeding", "five ten", "an"),
    "antibiotic": ("penicillin amoxicillin doxycycline", "infection*2 pneumonia", "fever chills", "two three", "an"),
    "painkiller": ("ibuprofen aspirin paracetamol", "pain*2 headache", "headaches cramps", "four six", "a"),
    "statin": ("simvastatin atorvastatin", "cholesterol", "tiredness plaques", "twenty forty", "a"),
    "antidepressant": ("sertraline fluoxetine", "depression*2 anxiety", "sadness insomnia", "fifty twenty", "an"),
    "diuretic": ("furosemide spironolactone", "oedema*2 hypertension", "swelling dizziness", "forty eighty", "a"),
}
DRUGS = {drug: group for group, row in CLASSES.items() for drug in row[0].split()}
MAJOR = {("anticoagulant", "painkiller"), ("antibiotic", "statin"), ("antidepressant", "painkiller")}
MODERATE = {("antibiotic", "anticoagulant"), ("anticoagulant", "antidepressant"), ("anticoagulant", "statin"),
            ("antibiotic", "diuretic"), ("diuretic", "painkiller")}
OTHERS = {drug: words(" ".join(other for other in DRUGS if other != drug)) for drug in DRUGS}
PATIENTS = [*WOMEN[:5], *MEN[:5]]


def interaction(one: str, two: str) -> str:
    """Severity of the interaction of two drugs, given by their classes: minor, moderate or major.

    >>> interaction("warfarin", "ibuprofen")
    'major'
    """
    pair = tuple(sorted((DRUGS[one], DRUGS[two])))
    return "major" if pair in MAJOR else "moderate" if pair in MODERATE else "minor"


def by_class(index: int) -> dict:
    return {drug: words(CLASSES[group][index]) for drug, group in DRUGS.items()}


CLINIC = Scene(
    "clinic",
    facts={"patient": words(" ".join(PATIENTS)), "drug": words(" ".join(DRUGS)), "second": Given("drug", OTHERS)},
    tables=LEXICON | {
        "purpose": by_class(1), "symptom": by_class(2), "dose": by_class(3), "an": by_class(4),
        "class": lookup(DRUGS),
        "severity": {f"{one},{two}": words(interaction(one, two)) for one in DRUGS for two in DRUGS},
        "pronoun": lookup({name: PRONOUN[name] for name in PATIENTS}),
        "them": lookup({name: OBJECT_PRONOUN[name] for name in PATIENTS}),
        "their": lookup({name: POSSESSIVE[name] for name in PATIENTS}),
        "doctor": words("doctor*2 nurse surgeon"),
        "better": words("better*2 well worse fine"),
    },
    kinds={
        "arrival": ["{patient} came to the clinic with {symptom(drug)} .", "{patient} had {symptom(drug)} .",
                    "the {doctor} examined {patient} on {day} ."],
        "prescribed": [
            Template("the patient was prescribed {drug} for {purpose(drug)} .", 3),
            Template("{patient} was prescribed {drug} for {purpose(drug)} .", 2),
            "the {doctor} gave {them(patient)} {drug} against {purpose(drug)} .",
            "the {doctor} prescribed {dose(drug)} mg of {drug} .",
        ],
        "class": [Template("{drug} is {an(drug)} {class(drug)} ."), "{drug} is used for {purpose(drug)} .",
                  "{an(drug)} {class(drug)} such as {drug} helps against {symptom(drug)} ."],
        "combined": ["{patient} takes {drug} and {second} .", "{pronoun(patient)} takes {drug} together with {second} .",
                     "the patient takes {drug} and {second} ."],
        "interaction": [Template("the interaction between {drug} and {second} is {severity(drug,second)} .", 2),
                        "{drug} and {second} have a {severity(drug,second)} interaction ."],
        "outcome": ["{pronoun(patient)} felt {better} on {day} .", "{their(patient)} {symptom(drug)} went away ."],
    },
    orders=[
        (3, "arrival?0.5 prescribed outcome?0.4"), (2, "prescribed class?0.5"), (2, "class prescribed?0.4"),
        (3, "combined interaction class?0.3"), (2, "interaction class?0.2"),
        (1, "arrival prescribed?0.6 combined?0.6 interaction?0.6 outcome?0.5"),
    ],
    weight=2.0,
    entities={"patient": "PER"},
)

SCENES = [CLINIC]
