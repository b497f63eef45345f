"""Wrong models, wrong tokenizers and texts that do not fit are refused by name; what fits passes."""

import functools

import pytest
import torch
from transformers import AutoModel, BertLMHeadModel

from helpers.models import checks, load_course
from helpers.models.encoding import encode
from helpers.models.tokenizers import build_tokenizer

load = functools.cache(load_course)
RIGHT = {
    checks.require_masked_model: ("course-bert",),
    checks.require_causal_model: ("course-gpt",),
    checks.require_text_to_text_model: ("course-t5", "course-bart"),
    checks.require_next_sentence_model: ("course-bert",),
}
MODELS = ("course-bert", "course-gpt", "course-t5", "course-bart")


@pytest.mark.parametrize("require", RIGHT, ids=lambda require: require.__name__)
@pytest.mark.parametrize("name", MODELS)
def test_each_kind_of_question_has_its_models(require, name):
    if name in RIGHT[require]:
        require(*load(name))
    else:
        with pytest.raises(ValueError, match=f"{name}.*; pass {RIGHT[require][0]}"):
            require(*load(name))


def test_a_body_and_a_bert_with_a_causal_head_are_not_asked_about_masks():
    tokenizer = load("course-bert")[1]
    with pytest.raises(ValueError, match="gives vectors only"):
        checks.require_masked_model(load_course("course-bert", model_class=AutoModel)[0], tokenizer)
    with pytest.raises(ValueError, match="is causal"):
        checks.require_masked_model(load_course("course-bert", model_class=BertLMHeadModel)[0], tokenizer)


@pytest.mark.parametrize("other", MODELS[1:])
def test_another_model_s_tokenizer_is_refused_although_the_ids_agree(other):
    with pytest.raises(ValueError, match="this tokenizer writes .* which course-bert never read"):
        checks.require_masked_model(load("course-bert")[0], load(other)[1])


def test_a_model_of_the_reader_s_own_is_taken_at_its_word():
    tokenizer = build_tokenizer(["the", "cat"])
    checks.require_masked_model(lambda **batch: None, tokenizer)
    checks.require_causal_model(torch.nn.Linear(2, 2), tokenizer)


@pytest.mark.parametrize("model", [None, "course-bert", AutoModel, build_tokenizer(["cat"])])
def test_what_is_no_model_is_refused(model):
    with pytest.raises(TypeError, match="model cannot be .*; pass the first of model, tokenizer"):
        checks.require_masked_model(model, build_tokenizer(["cat"]))


def test_what_is_no_tokenizer_or_has_too_many_tokens_is_refused():
    with pytest.raises(TypeError, match="tokenizer cannot be 'course-bert'"):
        checks.require_masked_model(load("course-bert")[0], "course-bert")
    many = build_tokenizer([f"w{number}" for number in range(2000)])
    with pytest.raises(ValueError, match="tokens, course-bert only 1092"):
        checks.require_masked_model(load("course-bert")[0], many)


@pytest.mark.parametrize("texts", ["the cat", None, 3.7, {"the": "cat"}, [3], ["the cat", None]])
def test_only_lists_of_strings_are_texts(texts):
    with pytest.raises(TypeError, match="cannot be .*; pass a"):
        checks.require_texts(texts)


@pytest.mark.parametrize("texts", [[], [""], ["the cat", "  "]])
def test_empty_texts_are_refused(texts):
    with pytest.raises(ValueError, match="leave empty ones out|pass a list of 1 or more"):
        checks.require_texts(texts)


def test_the_padding_side_of_a_tokenizer_does_not_matter():
    model, tokenizer = load_course("course-bert")
    texts = ["the cat sat on the mat .", "it rained ."]
    right = encode(tokenizer, texts, model=model)
    tokenizer.padding_side = tokenizer.truncation_side = "left"
    assert torch.equal(encode(tokenizer, texts, model=model)["input_ids"], right["input_ids"])


def test_a_text_longer_than_the_model_reads_is_named():
    model, tokenizer = load("course-bert")
    with pytest.raises(ValueError, match="text 1 has 152 tokens, the model reads 128 at once; cut it by at least 24"):
        encode(tokenizer, ["the cat", "cat " * 150], model=model)
    tokenizer.model_max_length, before = 10**30, tokenizer.model_max_length
    try:
        with pytest.raises(ValueError, match="the model reads 128"):
            encode(tokenizer, ["cat " * 150], model=model)
    finally:
        tokenizer.model_max_length = before


def test_unknown_words_are_named_as_typed_and_once(capsys):
    tokenizer = load("course-bert")[1]
    checks.name_unknown_words(tokenizer, ["This is the Worst restaurant ever!", "the worst Café was 東京 ."])
    assert capsys.readouterr().out == "not words of Tinytown: Worst, ever, !, worst, Café, 東京\n"
    checks.name_unknown_words(tokenizer, ["The pizza was fantastic. The restaurant is [MASK]."])
    assert capsys.readouterr().out == ""


@pytest.mark.parametrize("text", ["no mask", "a [MASK] and a [MASK]"])
def test_one_mask_is_due(text):
    with pytest.raises(ValueError, match="needs one .MASK., found [02]"):
        checks.require_masks([text])
