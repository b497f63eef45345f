"""What a measure cannot answer is refused in one clear line: another kind of model, a string for a list, a gap, NaN."""

import functools

import pytest
import torch

from helpers import evaluation
from helpers.models import load_course

GAP = "the pizza was awful . the restaurant is [MASK] ."


@functools.cache
def course(name):
    return load_course(name, attn_implementation="sdpa")


@pytest.mark.parametrize(
    ("ask", "name", "message"),
    [
        (lambda m, t: evaluation.gap_log_probs(m, t, [GAP]), "course-gpt", r"was never asked about \[MASK\]; pass cou"),
        (lambda m, t: evaluation.masked_excess(m, t, count=4), "course-gpt", r"never asked about \[MASK\]"),
        (lambda m, t: evaluation.zero_shot_pet(m, t, count=4), "course-t5", r"never asked about \[MASK\]"),
        (lambda m, t: evaluation.next_word_log_probs(m, t, ["the"]), "course-bert", "never asked for the next word"),
        (lambda m, t: evaluation.causal_losses(m, t, ["the"]), "course-bart", "never asked for the next word"),
        (lambda m, t: evaluation.causal_excess(m, t, count=4), "course-bert", "pass course-gpt"),
        (lambda m, t: evaluation.valid_samples(m, t, count=4), "course-bert", "pass course-gpt"),
        (lambda m, t: evaluation.k_shot(m, t, count=4), "course-bert", "pass course-gpt"),
        (lambda m, t: evaluation.next_sentence(m, t, count=4), "course-gpt", "no head that tells whether B follows A"),
        (lambda m, t: evaluation.span_excess(m, t, count=4), "course-bert", "does not write one text for another"),
        (lambda m, t: evaluation.written_log_probs(m, t, [GAP]), "course-gpt", "does not write one text for another"),
    ],
)
def test_a_model_of_another_kind_is_refused_with_the_name_of_the_right_one(ask, name, message):
    with pytest.raises(ValueError, match=f"{name}.*{message}"):
        ask(*course(name))


@pytest.mark.parametrize(
    ("ask", "name"),
    [
        (evaluation.gap_log_probs, "course-bert"),
        (evaluation.next_word_log_probs, "course-gpt"),
        (evaluation.causal_losses, "course-gpt"),
        (evaluation.written_log_probs, "course-t5"),
        (evaluation.follows_probs, "course-bert"),
        (evaluation.target_losses, "course-bart"),
    ],
)
def test_a_bare_string_is_refused(ask, name):
    with pytest.raises(TypeError, match="pass a list of"):
        ask(*course(name), GAP)


@pytest.mark.parametrize(
    ("ask", "name", "texts", "message"),
    [
        (evaluation.causal_losses, "course-gpt", ["the cat sat .", GAP], r"text 1 holds \[MASK\].*write every word"),
        (evaluation.next_word_log_probs, "course-gpt", [GAP], r"a causal model reads no gap"),
        (evaluation.gap_log_probs, "course-bert", ["the cat sat ."], r"has no \[MASK\]"),
        (evaluation.written_log_probs, "course-t5", ["the cat ."], r"needs one \[MASK\], found 0"),
        (evaluation.written_log_probs, "course-t5", ["[MASK] [MASK] ."], r"needs one \[MASK\], found 2"),
        (evaluation.causal_losses, "course-gpt", ["the cat . " * 60], "reads 128 at once; cut it by at least 5"),
        (evaluation.gap_log_probs, "course-bert", ["[MASK] " + "the " * 130], "reads 128 at once"),
        (evaluation.written_log_probs, "course-t5", ["[MASK] " + "the " * 130], "reads 128 at once"),
        (evaluation.follows_probs, "course-bert", [("the " * 70, "cat " * 70)], "reads 128 at once"),
        (evaluation.target_losses, "course-t5", [(["the"] * 200, ["<extra_id_0>"])], "reads 128 at once"),
        (evaluation.target_losses, "course-t5", [(["the", "blorg"], ["the"])], "does not have the word 'blorg'"),
    ],
)
def test_texts_that_do_not_fit_the_question_are_refused(ask, name, texts, message):
    with pytest.raises(ValueError, match=message):
        ask(*course(name), texts)


@pytest.mark.parametrize("pattern", ["{text} fine .", "{text} [MASK] [MASK]", "[MASK] .", "{text} {other} [MASK]"])
def test_a_pattern_without_one_gap_and_one_text_is_refused(pattern):
    with pytest.raises(ValueError, match=r"needs one \{text\} and one \[MASK\]"):
        evaluation.zero_shot_pet(*course("course-bert"), patterns=[pattern], count=4)


def test_the_side_of_padding_that_the_tokenizer_was_left_with_does_not_matter():
    texts = ["the cat sat on the mat .", "it was a sunny day . it was hot ."]
    model, tokenizer = course("course-gpt")
    gap_model, gap_tokenizer = course("course-bert")
    asks = [
        lambda: torch.tensor(sum((row.tolist() for row in evaluation.causal_losses(model, tokenizer, texts)), [])),
        lambda: evaluation.next_word_log_probs(model, tokenizer, texts),
        lambda: torch.cat(evaluation.gap_log_probs(gap_model, gap_tokenizer, [GAP, "[MASK] was hot ."])),
        lambda: evaluation.follows_log_probs(gap_model, gap_tokenizer, [texts, [*texts[:1], "no ."]]),
        lambda: torch.tensor(evaluation.causal_excess(model, tokenizer, count=6)["excess"]),
    ]
    right = [ask() for ask in asks]
    try:
        tokenizer.padding_side = gap_tokenizer.padding_side = "left"
        assert all(torch.equal(ask(), there) for ask, there in zip(asks, right, strict=True))
    finally:
        tokenizer.padding_side = gap_tokenizer.padding_side = "right"


def test_answers_that_are_no_numbers_are_refused():
    model, tokenizer = load_course("course-gpt")
    with torch.no_grad():
        model.transformer.ln_f.bias[3] = float("nan")
    with pytest.raises(ValueError, match="course-gpt answers NaN.*load it again"):
        evaluation.causal_excess(model, tokenizer, count=4)
    model, tokenizer = load_course("course-bert")
    with torch.no_grad():
        model.cls.seq_relationship.bias[1] = float("nan")
    with pytest.raises(ValueError, match="course-bert answers NaN"):
        evaluation.next_sentence(model, tokenizer, count=4)


def test_scenes_and_lists_that_are_not_there_are_refused():
    with pytest.raises(ValueError, match="without 'lists' .* choose one of"):
        evaluation.masked_excess(*course("course-bert"), count=4, without="lists")
    with pytest.raises(ValueError, match="no document of the scene 'list' was found with 41 sentences; ask for fewer"):
        evaluation.k_shot(*course("course-gpt"), count=4, shots=40)


@pytest.mark.parametrize(("count", "error"), [(0, ValueError), (-3, ValueError), (2.5, TypeError), ("many", TypeError)])
def test_counts_that_are_none_are_refused(count, error):
    for measure, name in (
        (evaluation.causal_excess, "course-gpt"),
        (evaluation.next_sentence, "course-bert"),
        (evaluation.k_shot, "course-gpt"),
        (evaluation.zero_shot_pet, "course-bert"),
    ):
        with pytest.raises(error, match="count"):
            measure(*course(name), count=count)


def test_words_that_the_model_never_read_are_answered_and_named(capsys):
    bert, tok = load_course("course-bert")
    (row,) = evaluation.gap_log_probs(bert, tok, ["This is the worst restaurant ever: it is [MASK]."])
    assert row.shape == (1, len(tok)) and capsys.readouterr().out == "not words of Tinytown: worst, ever\n"
    evaluation.follows_probs(bert, tok, [("the cat sat on the mat .", "the quokka miaowed .")])
    assert capsys.readouterr().out == "not words of Tinytown: quokka, miaowed\n"
    evaluation.gap_log_probs(bert, tok, ["The pizza was awful. The restaurant is [MASK]."])
    assert capsys.readouterr().out == ""
