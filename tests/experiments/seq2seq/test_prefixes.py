"""Texts under prefixes: the trainings differ in the doubled reviews alone, and an answer counts by its form."""

import pytest

from helpers.experiments.seq2seq import doubled, prefixes


class Obedient:
    """Answers every prefix in its form, whatever the text."""

    def answer(self, examples):
        said = {"english": "to", "summary": "she found it .", "label": "good"}
        return [said[e.source.split()[0]] for e in examples]


class Stubborn:
    """Answers every text as its own task would, whatever the prefix."""

    def answer(self, examples):
        texts = prefixes.texts("test", prefixes.ASKED, 0)
        own = {e.source.split(" : ", 1)[1].removesuffix(" tinytongue :"): task for task in texts for e in texts[task]}
        said = {"translation": "to", "summarisation": "she found it .", "classification": "good"}
        return [
            said[own.get(e.source.split(" : ", 1)[1].removesuffix(" tinytongue :"), "translation")] for e in examples
        ]


def scores(monkeypatch, solver):
    monkeypatch.setattr(prefixes, "solver", lambda *_: solver)
    return prefixes.run(next(prefixes.grid()))


def crossed(table):
    return [share for text, row in table.items() for task, share in row.items() if text != task]


def test_who_reads_the_prefix_has_one_in_its_form(monkeypatch):
    found = scores(monkeypatch, Obedient())
    assert set(crossed(found["prefix"])) == {1.0} and set(crossed(found["text"])) == {0.0}
    assert found["reviews"] == {"translation": 1.0, "classification": 1.0}


def test_who_goes_by_the_text_has_none(monkeypatch):
    found = scores(monkeypatch, Stubborn())
    assert set(crossed(found["prefix"])) == {0.0} and set(crossed(found["text"])) == {1.0}


def test_the_trainings_differ_in_the_doubled_reviews_alone():
    more, less = (prefixes.training(variant, 0) for variant in prefixes.VARIANTS)
    assert more[: len(less)] == less
    added = {e.source for e in more[len(less) :]}
    assert len(more) - len(less) == prefixes.TIMES * len(added)
    kept = [e for e in less if e.source.startswith("label :") and doubled.KEPT & set(e.source.split())]
    assert added and kept == []


def test_a_text_moves_under_another_prefix_whole():
    for task, examples in prefixes.texts("test", 3, 0).items():
        for example in examples:
            bare = example.source.replace(prefixes.FRAME[task].split(" {}")[0], "").replace("tinytongue :", "").strip()
            for other, frame in prefixes.FRAME.items():
                assert doubled.as_text(other, example).source == frame.format(bare)


def test_an_answer_has_the_form_of_one_task():
    forms = {
        "good": "classification",
        "to vino mala estis .": "translation",
        "": "none",
        "tom lost his hat at the park and a child found it .": "summarisation",
        "the wine": "none",
    }
    tongue = {"to", "vino", "mala", "estis", "."}
    assert {answer: prefixes.form(answer, tongue) for answer in forms} == forms


def test_an_unknown_variant_is_named():
    with pytest.raises(ValueError, match="no variant is called 'twice'; choose one of doubled, left out"):
        prefixes.training("twice", 0)
