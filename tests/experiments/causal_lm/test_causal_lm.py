"""The parts of the experiment: points are apart, models are named, an unknown part of a point is refused."""

import json

import pytest

from helpers.experiments import causal_lm
from helpers.experiments.causal_lm import chat, processed_logits, search, typed_marks

POINTS = list(causal_lm.grid())


def test_no_point_comes_twice_and_every_part_has_some():
    assert len({json.dumps(point, sort_keys=True) for point in POINTS}) == len(POINTS)
    assert {point["experiment"] for point in POINTS} == set(causal_lm.PARTS)


def test_the_language_and_the_trainings_read_no_course_model():
    read = {point["experiment"]: set() for point in POINTS}
    for point in POINTS:
        read[point["experiment"]] |= set(causal_lm.models(point))
    assert read["search"] == read["processed_logits"] == {"course-gpt"}
    assert not read["jump"] | read["doubled_shift"] | read["typed_marks"] | read["chat"]
    assert causal_lm.models({"experiment": "search", "method": "language"}) == ()


def test_our_sampler_draws_from_the_librarys_distribution(monkeypatch):
    monkeypatch.setattr(processed_logits, "COUNT", 2)
    monkeypatch.setattr(processed_logits, "LONGEST", 6)
    for rule in processed_logits.RULES:
        found = processed_logits.run({"rule": rule, "seed": 0})
        assert found["largest difference"] < 1e-6 and found["same tokens left"] == 1.0 and found["steps"] > 20


def test_another_rule_than_the_librarys_is_seen(monkeypatch):
    monkeypatch.setattr(processed_logits, "COUNT", 2)
    monkeypatch.setattr(processed_logits, "LONGEST", 6)
    ours = processed_logits.decoding.decoding_probs
    monkeypatch.setattr(
        processed_logits.decoding, "decoding_probs", lambda logits, **rule: ours(logits, temperature=0.9)
    )
    found = processed_logits.run({"rule": "top-k 5", "seed": 0})
    assert found["largest difference"] > 0.01 and found["same tokens left"] < 1.0


def test_contents_as_text_leave_the_templates_own_marks_and_no_others():
    for typed in typed_marks.TYPED:
        rows = {way: typed_marks.run({"tokenizer": "course", "typed": typed, "way": way}) for way in typed_marks.WAYS}
        assert rows["contents as text"]["marks"] == rows["contents as text"]["own marks"] == 5
        assert rows["all as text"]["marks"] == 0 and all(row["same text"] for row in rows.values())
        assert (rows["template"]["marks"] > 5) == (typed != "nothing")
    with pytest.raises(ValueError, match="'by hand'.*choose from template"):
        typed_marks.encoded(None, [], "by hand")


def test_the_searches_agree_on_what_they_count():
    exact = search.run({"method": "language", "beginning": "the cat"})
    model = search.run({"method": "model", "beginning": "the cat"})
    assert model["nats"] >= exact["nats"] - 1e-9 and exact["then"][0]["nats"] >= exact["nats"]
    for beams in (2, 5):
        how = {"method": "beams", "beginning": "the cat", "beams": beams, "length_penalty": 0.0}
        found = search.run(how)
        assert found["model nats"] >= model["model nats"] - 1e-4 and found["nats"] >= exact["nats"] - 1e-9
    assert search.run({"method": "greedy", "beginning": "the cat"})["model nats"] >= model["model nats"] - 1e-4


def test_a_text_that_the_language_cannot_write_has_no_nats():
    assert search.exact_nats("the cat cat .".split(), ["the", "cat"]) is None
    assert search.exact_nats("the cat purred .".split(), []) > search.exact_nats("the cat purred .".split(), ["the"])


def test_drawn_texts_have_rising_quantiles():
    found = search.drawn_texts(40)
    assert list(found["quantiles"].values()) == sorted(found["quantiles"].values()) and 0 < found["nats per token"] < 2


def test_every_question_has_four_forms_and_its_answer_is_found():
    tokenizer = typed_marks.load_chat_tokenizer()
    for question in chat.QUESTIONS:
        prompts = [tokenizer.decode(chat.prompt_of(tokenizer, question, form)) for form in chat.FORMS]
        assert len(set(prompts)) == 4 and question.sentence in prompts[3]
        assert chat.is_right(question, f"It is {question.answer}.") and not chat.is_right(question, "I do not know.")
        assert question.answer.lower() not in question.sentence.lower().split()
    with pytest.raises(ValueError, match="'song'.*choose from template"):
        chat.prompt_of(tokenizer, chat.QUESTIONS[0], "song")
