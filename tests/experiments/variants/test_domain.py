"""A domain: who reads the clinic, how much of it, in whole words or in pieces, at one total budget."""

from dataclasses import replace

import pytest
from tiny_variants import QUICK

from helpers import tinytown
from helpers.experiments.variants import domain, small_models, tasks


@pytest.fixture
def quick(tmp_path, monkeypatch):
    monkeypatch.setattr(small_models, "MODELS", tmp_path)
    counts = dict.fromkeys(("COUNTS", "MORE"), {"train": 40, "test": 20})
    for name, value in {"RECIPE": QUICK, "CONTINUED_STEPS": 2, "COUNT": 5, **counts}.items():
        monkeypatch.setattr(domain, name, value)
    monkeypatch.setattr(
        tasks,
        "tuned",
        lambda *given, recipe=None, tuned=tasks.tuned, **how: tuned(
            *given, recipe=replace(tasks.RECIPE, steps=2), **how
        ),
    )


def test_everything_else_is_tinytown_without_the_clinic():
    names = [scene.name for scene in domain.everything_else().scenes]
    assert "clinic" not in names and len(names) == len(tinytown.training_language().scenes) - 1


def test_the_general_part_and_its_continuation_take_as_many_steps_as_the_clinic_alone():
    general, continued, alone = (
        domain.recipe_of(v, a) for v, a in (("general", 0), ("continued", 100), ("clinic alone", 100))
    )
    assert general.steps + continued.steps == alone.steps
    assert continued.chunk_documents == alone.chunk_documents == 100 and continued.corpus_chunks == 1


def test_the_clinics_words_are_whole_or_in_pieces():
    whole, pieces = (domain.build(v, 0, QUICK)[1] for v in ("continued", "continued, pieces"))
    assert whole.tokenize("the patient takes statin") == ["the", "patient", "takes", "statin"]
    assert pieces.tokenize("statin")[:2] == ["s", "##t"] and pieces.tokenize("the cat") == ["the", "cat"]
    (model, tokenizer) = domain.build("general, pieces", 0, QUICK)
    assert model.config.vocab_size == len(tokenizer)


def test_a_text_in_pieces_that_is_too_long_is_left_out():
    _, tokenizer = domain.build("general, pieces", 0, QUICK)
    documents = tinytown.documents(5, language=tinytown.only("clinic"))
    how = {"tokenizer": tokenizer, "generator": None}
    rows = domain.InPieces().examples(documents, None, recipe=QUICK, **how)
    longest = max(map(len, rows)) - 1
    cut = domain.InPieces().examples(documents, None, recipe=replace(QUICK, positions=longest), **how)
    assert [row is None for row in cut] == [len(row) > longest for row in rows] and None in cut


def test_a_continued_model_begins_as_the_general_one(quick, monkeypatch):
    general, starts = domain.trained("general", 0, 0)[0], []

    def look(model, *given, train=small_models.train, **how):
        done = train(model, *given, **how)
        starts.append({name: weight.clone() for name, weight in model.state_dict().items()})
        return done

    monkeypatch.setattr(small_models, "train", look)
    continued, _ = domain.trained("continued", 30, 0)
    assert len(starts) == 2 and all((starts[0][n] == weight).all() for n, weight in general.state_dict().items())
    assert not (starts[0]["cls.predictions.bias"] == continued.state_dict()["cls.predictions.bias"]).all()


@pytest.mark.parametrize(("variant", "amount"), [("continued", 30), ("continued, pieces", 30), ("general", 0)])
def test_a_point_is_measured(variant, amount, quick):
    found = domain.run({"variant": variant, "documents": amount, "seed": 0})
    assert set(found["tasks"]) == set(found["more labels"]) == {"interactions"}
    assert ("excess" in found) == (variant != "continued, pieces")
    assert all(value > 0 for value in found.get("excess", {}).values())


def test_names_and_amounts_that_do_not_exist_are_refused():
    with pytest.raises(ValueError, match="'BioBERT'; choose from general"):
        domain.recipe_of("BioBERT", 0)
    with pytest.raises(ValueError, match="'general' with 30 documents"):
        domain.recipe_of("general", 30)
    with pytest.raises(ValueError, match="'continued' with 0 documents"):
        domain.recipe_of("continued", 0)
