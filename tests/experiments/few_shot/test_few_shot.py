"""Few-shot runs: fair draws, prompts that fit, exact lines against slow oracles, rows that tell how they were made."""

import math

import numpy as np
import pytest

from helpers import tinytown
from helpers.experiments.few_shot import methods, records
from helpers.experiments.few_shot.__main__ import exact, jobs, scores_of
from helpers.experiments.results import Record, identity
from helpers.methods import in_context
from helpers.tasks import review_posteriors, reviews

OWN = {"good": "good", "bad": "bad"}
TEXTS = ["the pizza was fantastic .", "the pizza was awful .", "the pizza was great but the waiter was terrible ."]


def test_labelled_reviews_are_half_of_each_nested_by_seed_and_apart_from_the_tests():
    few, many = reviews.labelled(8, seed=3), reviews.labelled(64, seed=3)
    assert many[:8] == few and [r.label for r in many].count("good") == 32
    assert reviews.labelled(8, seed=4) != few and reviews.labelled(0, seed=0) == ()
    tested = {r.text for r in reviews.test_reviews()} | {r.text for r in reviews.validation_reviews()}
    assert not tested & {r.text for r in many} and not tested & {r.text for r in methods.unlabelled()}
    with pytest.raises(ValueError, match="5 labelled reviews cannot be half good and half bad"):
        reviews.labelled(5, seed=0)
    with pytest.raises(ValueError, match="more than the 600 drawn"):
        reviews.labelled(700, seed=0)


def test_no_review_of_a_restaurant_holds_a_verdict():
    """Zero-shot means it: the training language cannot write the sentence that the pattern completes."""
    for text in TEXTS[:2]:
        with pytest.raises(tinytown.ImpossibleTextError):
            tinytown.log_prob(f"{text} the restaurant is good .".split(), language=tinytown.training_language())
        assert tinytown.log_prob(f"{text} the restaurant is good .".split()) < 0
    assert not any("restaurant is" in r.text or "overall" in r.text for r in reviews.test_reviews())


def test_the_groups_share_out_the_reviews():
    assert [reviews.group(text) for text in TEXTS] == ["plain", "plain", "contrast"]
    assert reviews.group("the pizza was not bad but the waiter was rude .") == "both"
    assert reviews.group("although the soup was cold , the cook was kind .") == "contrast"
    assert reviews.group("we would not come back .") == "plain"


def test_the_reader_who_knows_the_names_is_the_languages_posterior_with_held_out_sentences_or_without():
    for text in TEXTS:
        full = tinytown.fact_probs(text.split(), "overall")
        assert review_posteriors.names_known([text])[0, 0] == pytest.approx(full["good"], abs=1e-9)


def test_the_reader_who_must_learn_the_names_is_bayes_rule_written_out():
    examples = [reviews.Review(TEXTS[0], "good"), reviews.Review(TEXTS[2], "good"), reviews.Review(TEXTS[1], "bad")]
    p = [review_posteriors.good_prob(text) for text in TEXTS]
    straight, crossed = p[0] * p[2] * (1 - p[1]), (1 - p[0]) * (1 - p[2]) * p[1]
    share = straight / (straight + crossed)
    assert review_posteriors.straight_prob(examples) == pytest.approx(share)
    right = share * p[1] + (1 - share) * (1 - p[1])
    assert review_posteriors.names_unknown([TEXTS[1]], examples)[0] == pytest.approx([right, 1 - right])


def test_without_labels_the_names_mean_nothing_and_with_many_they_are_known():
    tested = reviews.test_reviews()[:60]
    texts = [review.text for review in tested]
    assert scores_of(review_posteriors.names_unknown(texts, []), tested)["accuracy"] == 0.5
    known, learnt = (
        review_posteriors.names_known(texts),
        review_posteriors.names_unknown(texts, reviews.labelled(64, seed=0)),
    )
    assert np.allclose(known, learnt, atol=1e-6)
    turned = [reviews.Review(r.text, {"good": "bad", "bad": "good"}[r.label]) for r in reviews.labelled(64, seed=0)]
    assert np.allclose(known[:, ::-1], review_posteriors.names_unknown(texts, turned), atol=1e-6)


def test_scores_of_the_groups_average_to_the_whole():
    tested = reviews.test_reviews()
    found = exact("exact, names known", 0, 0)
    groups = [reviews.group(review.text) for review in tested]
    whole = sum(found[name] * groups.count(name) for name in set(groups)) / len(tested)
    assert found["accuracy"] == pytest.approx(whole) and found["plain"] > found["contrast"]


def test_a_prompt_is_its_examples_and_the_question():
    examples = [("fine .", "good"), ("cold .", "bad")]
    how = {"pattern": "{text} it is [MASK] .", "verbalizer": OWN}
    assert in_context.written(examples, "late .", between=" | ", **how) == (
        "fine . it is good . | cold . it is bad . | late . it is"
    )
    with pytest.raises(ValueError, match="no word covers the label 'mixed'"):
        in_context.written([("odd .", "mixed")], "late .", between=" ", **how)


def test_as_many_examples_as_fit_stand_in_the_prompt_and_the_others_do_not_matter():
    model, tokenizer = methods.source("course-gpt")
    examples = [(review.text, review.label) for review in reviews.labelled(64, seed=0)]
    how = {"pattern": "{text} the restaurant is [MASK] .", "verbalizer": OWN}
    prompt = in_context.longest_prompt(tokenizer, examples, TEXTS[0], room=128, between=" ", **how)
    shown = prompt.count("the restaurant is") - 1
    assert 2 <= shown <= 12 and shown % 2 == 0 and len(tokenizer(prompt)["input_ids"]) <= 128
    longer = in_context.written(examples[: shown + 2], TEXTS[0], between=" ", **how)
    assert len(tokenizer(longer)["input_ids"]) > 128
    few, many = (in_context.label_probs(model, tokenizer, examples[:k], TEXTS, **how) for k in (16, 64))
    assert np.allclose(few, many) and np.allclose(many.sum(1), 1)
    with pytest.raises(ValueError, match="the question alone has more than 5 tokens"):
        in_context.longest_prompt(tokenizer, examples, TEXTS[0], room=5, between=" ", **how)
    with pytest.raises(ValueError, match="asks before the text"):
        in_context.label_probs(model, tokenizer, [], TEXTS, pattern="[MASK] : {text}", verbalizer=OWN)


def test_a_prompt_without_examples_is_read_as_the_model_reads_it():
    model, tokenizer = methods.source("course-gpt")
    import torch

    found = in_context.label_probs(
        model, tokenizer, [], TEXTS, pattern="{text} the restaurant is [MASK] .", verbalizer=OWN
    )
    for text, row in zip(TEXTS, found):
        with torch.no_grad():
            logits = model(**tokenizer(f"{text} the restaurant is", return_tensors="pt")).logits[0, -1]
        good, bad = (float(logits[tokenizer.convert_tokens_to_ids(word)]) for word in ("good", "bad"))
        assert row[0] == pytest.approx(1 / (1 + math.exp(bad - good)), abs=1e-4)


def test_every_method_has_as_many_recipes_and_gives_probabilities_in_the_order_of_the_texts(monkeypatch):
    monkeypatch.setattr(methods, "STEPS", 2)
    assert {len(method.recipes) for method in methods.METHODS.values()} == {4}
    for method in methods.METHODS.values():
        probs = method.predict(reviews.labelled(4, seed=0), TEXTS, method.recipes[0], 0)
        turned = method.predict(reviews.labelled(4, seed=0), TEXTS[::-1], method.recipes[0], 0)
        assert probs.shape == (3, 2) and np.allclose(probs.sum(1), 1, atol=1e-5)
        assert np.allclose(probs, turned[::-1], atol=1e-4)


def test_a_head_alone_leaves_the_body_as_it_is(monkeypatch):
    monkeypatch.setattr(methods, "STEPS", 3)
    before = {name: weight.clone() for name, weight in methods.source("course-bert")[0].state_dict().items()}
    methods.METHODS["[CLS] head"].predict(reviews.labelled(4, seed=0), TEXTS, methods.HEAD_RECIPES[0], 0)
    assert all((before[name] == weight).all() for name, weight in methods.source("course-bert")[0].state_dict().items())


def test_the_recipe_with_the_best_search_is_chosen_for_the_present_weights(tmp_path):
    record = Record(tmp_path / "rows.jsonl", "x")
    for number, recipe in enumerate(methods.PET_RECIPES):
        for weights, score in (("old", 0.9 - number / 10), ("new", 0.5 + number / 10)):
            record.add(
                {
                    "who": "PET",
                    "phase": "search",
                    "seed": 100,
                    "weights": weights,
                    "recipe": recipe,
                    "scores": {"accuracy": score},
                }
            )
    assert records.chosen("PET", record=record, weights="new") == methods.PET_RECIPES[-1]
    assert records.chosen("PET", record=record, weights="old") == methods.PET_RECIPES[0]
    with pytest.raises(FileNotFoundError, match="`x` makes them"):
        records.chosen("in context", record=record)


def test_what_is_recorded_was_made_by_the_present_methods():
    """Every row is one that the command would make now, so that none is left of an older search."""
    there = [identity(row) for row in records.RECORD.read()]
    keys = [key for key, _ in jobs(records.SEEDS)]
    assert all(key in there for key in keys) and len(there) == len(keys)
    assert all(row["command"] == "python -m helpers.experiments.few_shot" for row in records.RECORD.read())


def test_the_names_cost_the_exact_reader_only_the_first_few_labels():
    known, unknown = (records.curve(f"exact, names {which}") for which in ("known", "unknown"))
    assert len({round(mean, 9) for mean, _, _ in known}) == 1 and unknown[0][0] == 0.5
    assert all(known[i][0] - unknown[i][0] < 0.1 for i in range(1, 7)) and unknown[-1][0] == pytest.approx(known[-1][0])
