"""Cloze questions on any masked model: BERT's tokenizer and RoBERTa's, one token and several, trained and untrained."""

import math

import numpy as np
import pytest
import torch

from helpers import evaluation
from helpers.methods import cloze
from helpers.methods.cloze import pet
from helpers.methods.cloze.box import answer_lines
from helpers.methods.cloze.patterns import word_ids
from helpers.models import load_course
from helpers.models.tokenizers import build_tokenizer
from helpers.training.finetuning import FineTuning

WORDS = "the pizza soup was good bad great terrible tasty cold . restaurant is it overall , in short".split()
TEXTS = ["the pizza was tasty .", "the soup was cold .", "the pizza was good . the soup was bad ."]
PATTERN = "{text} it is [MASK] ."
GOOD_BAD = {"good": "good", "bad": "bad"}


@pytest.fixture(scope="module")
def bert():
    from transformers import BertConfig, BertForMaskedLM

    tokenizer = build_tokenizer(WORDS)
    torch.manual_seed(0)
    config = BertConfig(
        vocab_size=len(tokenizer),
        hidden_size=16,
        num_hidden_layers=2,
        num_attention_heads=2,
        intermediate_size=32,
        max_position_embeddings=32,
        initializer_range=0.5,
        hidden_dropout_prob=0.0,
        attention_probs_dropout_prob=0.0,
    )
    return BertForMaskedLM(config).eval(), tokenizer


@pytest.fixture(scope="module")
def roberta():
    """A byte-level vocabulary with <mask>, in which " good" and "good" are different tokens."""
    from tokenizers import ByteLevelBPETokenizer
    from transformers import RobertaConfig, RobertaForMaskedLM, RobertaTokenizerFast

    core = ByteLevelBPETokenizer()
    core.train_from_iterator(
        [f" {' '.join(WORDS)}", "good bad"] * 50,
        vocab_size=600,
        min_frequency=1,
        special_tokens=["<s>", "<pad>", "</s>", "<unk>", "<mask>"],
    )
    tokenizer = RobertaTokenizerFast(tokenizer_object=core._tokenizer, model_max_length=64)
    torch.manual_seed(0)
    config = RobertaConfig(
        vocab_size=len(tokenizer),
        hidden_size=16,
        num_hidden_layers=2,
        num_attention_heads=2,
        intermediate_size=32,
        max_position_embeddings=66,
        initializer_range=0.5,
        pad_token_id=1,
        hidden_dropout_prob=0.0,
        attention_probs_dropout_prob=0.0,
    )
    return RobertaForMaskedLM(config).eval(), tokenizer


def slow_score(model, tokenizer, text, word_id):
    """The obvious way: one text, one pass, one number."""
    encoded = tokenizer(text, return_tensors="pt")
    at = encoded["input_ids"][0].tolist().index(tokenizer.mask_token_id)
    with torch.no_grad():
        return float(model(**encoded).logits[0, at].log_softmax(-1)[word_id])


def test_scores_are_those_of_one_text_at_a_time(bert):
    model, tokenizer = bert
    found = cloze.label_scores(model, tokenizer, TEXTS, pattern=PATTERN, verbalizer=GOOD_BAD)
    slow = [
        [
            slow_score(model, tokenizer, f"{text} it is [MASK] .", tokenizer.convert_tokens_to_ids(word))
            for word in ("good", "bad")
        ]
        for text in TEXTS
    ]
    assert found.shape == (3, 2) and np.allclose(found, slow, atol=1e-4)


def test_robertas_mask_and_its_words_with_a_space_in_front(roberta):
    model, tokenizer = roberta
    (spaced,), (bare,) = (word_ids(tokenizer, "good", pattern=p) for p in (PATTERN, "[MASK] : {text}"))
    assert (tokenizer.convert_ids_to_tokens(spaced), tokenizer.convert_ids_to_tokens(bare)) == ("Ġgood", "good")
    found = cloze.label_scores(model, tokenizer, TEXTS, pattern=PATTERN, verbalizer=GOOD_BAD)
    slow = [slow_score(model, tokenizer, f"{text} it is <mask> .", spaced) for text in TEXTS]
    assert np.allclose(found[:, 0], slow, atol=1e-4)


def test_the_library_says_the_same(bert):
    from transformers import pipeline

    model, tokenizer = bert
    fill = pipeline("fill-mask", model=model, tokenizer=tokenizer)
    theirs = [
        {row["token_str"]: row["score"] for row in fill(f"{text} it is [MASK] .", targets=["good", "bad"])}
        for text in TEXTS
    ]
    ours = np.exp(cloze.label_scores(model, tokenizer, TEXTS, pattern=PATTERN, verbalizer=GOOD_BAD))
    assert np.allclose(ours, [[row["good"], row["bad"]] for row in theirs], atol=1e-5)


def test_course_berts_reviews_score_as_the_measure_does():
    model, tokenizer = load_course("course-bert")
    problems = evaluation.review_problems(40, 0)
    texts = [text for text, *_ in problems]
    grid = cloze.score_grid(model, tokenizer, texts, patterns=cloze.PATTERNS, verbalizers=cloze.VERBALIZERS)
    assert set(grid) == {(p, v) for p in cloze.PATTERNS for v in cloze.VERBALIZERS}
    by_pattern = evaluation.zero_shot_pet(model, tokenizer, count=40)["by_pattern"]
    for name, pattern in cloze.PATTERNS.items():
        said = [("good", "bad")[i] for i in grid[name, "good / bad"].argmax(1)]
        if pattern in by_pattern:
            right = np.mean([exact[answer] for answer, (_, _, exact) in zip(said, problems, strict=True)])
            assert right == pytest.approx(by_pattern[pattern]["accuracy"])


def test_several_words_of_a_label_are_averaged_so_that_none_gains_by_having_more(bert):
    model, tokenizer = bert
    one = cloze.label_scores(model, tokenizer, TEXTS, pattern=PATTERN, verbalizer=GOOD_BAD)
    great = cloze.label_scores(model, tokenizer, TEXTS, pattern=PATTERN, verbalizer={"good": "great", "bad": "bad"})
    both = cloze.label_scores(
        model, tokenizer, TEXTS, pattern=PATTERN, verbalizer={"good": ["good", "great"], "bad": "bad"}
    )
    assert np.allclose(np.exp(both[:, 0]), (np.exp(one[:, 0]) + np.exp(great[:, 0])) / 2)
    assert np.allclose(both[:, 1], one[:, 1])


def test_words_of_several_tokens_get_as_many_masks(bert):
    model, tokenizer = bert
    ids = word_ids(tokenizer, "goods", pattern=PATTERN)
    assert tokenizer.convert_ids_to_tokens(ids) == ["good", "##s"]
    words = {"good": "goods", "bad": "bad"}
    together, surest = (
        cloze.label_scores(model, tokenizer, TEXTS, pattern=PATTERN, verbalizer=words, way=way)
        for way in ("together", "surest first")
    )
    for row, text in enumerate(TEXTS):
        encoded = tokenizer(f"{text} it is [MASK] [MASK] .", return_tensors="pt")
        at = (encoded["input_ids"][0] == tokenizer.mask_token_id).nonzero()[:, 0]
        with torch.no_grad():
            logs = model(**encoded).logits[0, at].log_softmax(-1)
            first = max((0, 1), key=lambda i: float(logs[i, ids[i]]))
            encoded["input_ids"][0, at[first]] = ids[first]
            then = model(**encoded).logits[0, at[1 - first]].log_softmax(-1)[ids[1 - first]]
        assert together[row, 0] == pytest.approx(float(logs[0, ids[0]] + logs[1, ids[1]]), abs=1e-4)
        assert surest[row, 0] == pytest.approx(float(logs[first, ids[first]] + then), abs=1e-4)
    assert np.allclose(together[:, 1], surest[:, 1]) and not np.allclose(together[:, 0], surest[:, 0])


@pytest.mark.parametrize(
    ("pattern", "message"),
    [
        ("{text} it is good .", r"has no \[MASK\]; write exactly one, where the answer"),
        ("{text} it is [MASK] [MASK] .", r"has 2 \[MASK\]; write exactly one"),
        ("it is [MASK] .", r"has no \{text\}; write exactly one, where the text"),
        ("{text} {text} [MASK]", r"has 2 \{text\}"),
    ],
)
def test_bad_patterns_are_refused(bert, pattern, message):
    with pytest.raises(ValueError, match=message):
        cloze.label_scores(*bert, TEXTS, pattern=pattern, verbalizer=GOOD_BAD)
    with pytest.raises(ValueError, match=message):
        cloze.Pet(pattern, GOOD_BAD)


@pytest.mark.parametrize(
    ("verbalizer", "message"),
    [
        ({"good": "好", "bad": "bad"}, "the word '好' is not in the tokenizer's vocabulary; choose a word"),
        ({"good": "good"}, "has the labels .'good'.; a choice needs at least two"),
        ({"good": "good", "bad": []}, "label 'bad' has no word; give it one"),
        ({"good": "good", "bad": " "}, "label 'bad' has no word"),
        ({"good": "good", "bad": ["bad", "good"]}, "the word 'good' is listed twice"),
    ],
)
def test_bad_verbalizers_are_refused(bert, verbalizer, message):
    with pytest.raises(ValueError, match=message):
        cloze.label_scores(*bert, TEXTS, pattern=PATTERN, verbalizer=verbalizer)


def test_other_bad_input_is_named(bert):
    def score(texts=TEXTS, **how):
        return cloze.label_scores(*bert, texts, **{"pattern": PATTERN, "verbalizer": GOOD_BAD, **how})

    with pytest.raises(ValueError, match="texts has 0 texts; pass a list of 1 or more"):
        score([])
    with pytest.raises(ValueError, match=r"holds \[MASK\] itself, which would be a second gap"):
        score(["the [MASK] was good ."])
    with pytest.raises(ValueError, match="has 47 tokens, the model reads 32 at once; cut it by at least 15"):
        score(["good " * 41])
    with pytest.raises(ValueError, match="no way to read a word is called 'left'; choose one of surest first"):
        score(way="left")


def train(bert, examples, **how):
    task = cloze.Pet(
        PATTERN, how.pop("verbalizer", GOOD_BAD), FineTuning(steps=how.pop("steps", 2), batch_size=4), **how
    )
    return cloze.train(*bert, examples, pet=task, generator=torch.Generator().manual_seed(0), unlabelled=TEXTS)


@pytest.mark.parametrize(
    ("examples", "how", "message"),
    [
        ([], {}, "the training set is empty; give examples, or use the scores without training"),
        ([(TEXTS[0], "good")], {}, r"1 example for 2 labels \(good, bad\); give at least one for each label"),
        (
            [(TEXTS[0], "good"), (TEXTS[1], "mixed")],
            {},
            "no word covers the label 'mixed'; the verbalizer has good, bad",
        ),
        (
            [(TEXTS[0], "good"), (TEXTS[1], "bad")],
            {"verbalizer": {"good": "goods", "bad": "bad"}},
            r"the word 'goods' has 2 tokens \(good ##s\); PET training needs a word of one token",
        ),
    ],
)
def test_training_sets_that_cannot_be_learnt_from_are_refused(bert, examples, how, message):
    with pytest.raises(ValueError, match=message):
        train(bert, examples, **how)


def test_a_share_outside_its_range_is_refused():
    with pytest.raises(ValueError, match="lm_weight 1.5 is a share"):
        cloze.Pet(PATTERN, GOOD_BAD, lm_weight=1.5)


def test_the_loss_is_cross_entropy_over_the_labels_words():
    logits = torch.randn(3, 9, generator=torch.Generator().manual_seed(0))
    labels = torch.tensor([0, 1, 1])
    slow = 0.0
    for row, label in zip(logits, labels):
        p = [float(row[4].exp()), float((row[2].exp() + row[7].exp()) / 2)]
        slow -= math.log(p[label] / sum(p)) / 3
    assert float(cloze.pet_loss(logits, labels, [[4], [2, 7]])) == pytest.approx(slow, abs=1e-5)


def test_both_terms_are_weighed_and_the_gap_itself_is_not_asked_by_the_second(bert, monkeypatch):
    tokenizer, seen = bert[1], []
    original = pet.masked_lm_batch
    monkeypatch.setattr(pet, "masked_lm_batch", lambda *a, **k: seen.append(original(*a, **k)) or seen[-1])
    _, losses = train(bert, [(TEXTS[0], "good"), (TEXTS[1], "bad")], lm_weight=0.25, lm_rate=0.9, steps=1)
    (batch,) = seen
    gap = batch["input_ids"] == tokenizer.mask_token_id
    assert (batch["labels"] != tokenizer.mask_token_id).all() and (gap & (batch["labels"] == -100)).any(1).all()
    plain = train(bert, [(TEXTS[0], "good"), (TEXTS[1], "bad")], lm_weight=0.0, steps=1)[1]
    assert losses[0] != pytest.approx(plain[0]) and math.isfinite(losses[0])


@pytest.mark.parametrize("which", ["bert", "roberta"])
def test_training_learns_the_labels_and_leaves_the_model_alone(which, request):
    model, tokenizer = request.getfixturevalue(which)
    before = {name: weight.clone() for name, weight in model.state_dict().items()}
    examples = [("the pizza was tasty .", "good"), ("the soup was cold .", "bad")]
    task = cloze.Pet(PATTERN, GOOD_BAD, FineTuning(steps=40, batch_size=4, learning_rate=5e-3), lm_weight=0.05)
    trained, losses = cloze.train(
        model, tokenizer, examples, pet=task, unlabelled=TEXTS, generator=torch.Generator().manual_seed(0)
    )
    scores = cloze.label_scores(
        trained, tokenizer, [text for text, _ in examples], pattern=PATTERN, verbalizer=GOOD_BAD
    )
    assert scores.argmax(1).tolist() == [0, 1] and len(losses) == 40
    assert all(torch.equal(weight, before[name]) for name, weight in model.state_dict().items())


def test_calibration_takes_the_prior_out():
    rng = np.random.default_rng(0)
    scores = rng.normal(size=(50, 3)) + [0.0, 3.0, -2.0]
    prior = cloze.label_prior(scores)
    assert prior.sum() == pytest.approx(1) and prior.argmax() == 1
    slow = np.exp(scores) / np.exp(scores).sum(1, keepdims=True) / prior
    assert np.allclose(np.exp(cloze.calibrated(scores, prior)), slow / slow.sum(1, keepdims=True))
    assert np.allclose(cloze.calibrated(scores, [1 / 3] * 3), cloze.normalised(scores))
    content_free = scores[:1]
    assert np.allclose(np.exp(cloze.calibrated(content_free, cloze.label_prior(content_free))), 1 / 3)


def test_a_prior_that_is_none_is_refused():
    for prior in ([0.5, 0.6], [1.0], [1.0, 0.0]):
        with pytest.raises(ValueError, match="must be 2 positive numbers that sum to 1"):
            cloze.calibrated(np.zeros((4, 2)), prior)
    with pytest.raises(ValueError, match="at least one text"):
        cloze.label_prior(np.zeros((0, 2)))


def test_soft_labels_are_a_weighted_opinion():
    one, two = np.log([[0.9, 0.1]]), np.log([[0.2, 0.8]])
    assert np.allclose(cloze.soft_labels([one, two], weights=[1, 0], temperature=1.0), [[0.9, 0.1]])
    sharp, soft = (cloze.soft_labels([one], temperature=t)[0, 0] for t in (1.0, 2.0))
    assert sharp == pytest.approx(0.9) and soft == pytest.approx(3 / 4)
    with pytest.raises(ValueError, match="have the shapes"):
        cloze.soft_labels([one, np.zeros((2, 2))])
    with pytest.raises(ValueError, match="temperature 0 must be positive"):
        cloze.soft_labels([one], temperature=0)


def test_each_model_of_the_next_generation_learns_from_the_others_alone():
    """Model 0 is wrong about everything: its own examples are right, since the others made them."""
    right = np.log(np.where(np.eye(2)[[0, 1] * 10] == 1, 0.9, 0.1))
    texts, truth = [f"text {i}" for i in range(20)], {f"text {i}": "ab"[i % 2] for i in range(20)}
    made = cloze.next_generation(
        [right[:, ::-1], right, right], texts, ["a", "b"], size=6, share=1.0, rng=np.random.default_rng(0)
    )
    assert len(made[0]) == 6 and all(truth[text] == label for text, label in made[0])
    with pytest.raises(ValueError, match="give at least two patterns"):
        cloze.next_generation([right], texts, ["a", "b"], size=6, rng=np.random.default_rng(0))
    with pytest.raises(ValueError, match="size 1 leaves some of 2 labels without an example"):
        cloze.next_generation([right, right], texts, ["a", "b"], size=1, rng=np.random.default_rng(0))


def test_a_model_that_teaches_itself_keeps_its_own_mistakes():
    right = np.log(np.where(np.eye(2)[[0, 1] * 10] == 1, 0.9, 0.1))
    texts, truth = [f"text {i}" for i in range(20)], {f"text {i}": "ab"[i % 2] for i in range(20)}
    made = cloze.own_generation([right[:, ::-1], right], texts, ["a", "b"], size=6)
    assert [sum(truth[text] == label for text, label in each) for each in made] == [0, 6]
    assert (
        made[1]
        == cloze.next_generation(
            [right[:, ::-1], right, right], texts, ["a", "b"], size=6, share=1.0, rng=np.random.default_rng(0)
        )[0]
    )
    with pytest.raises(ValueError, match="0 model.*give the scores of at least one"):
        cloze.own_generation([], texts, ["a", "b"], size=6)
    with pytest.raises(ValueError, match="size 1 leaves some of 2 labels"):
        cloze.own_generation([right], texts, ["a", "b"], size=1)


def test_a_classifier_learns_soft_labels(bert):
    from transformers import BertForSequenceClassification

    torch.manual_seed(1)
    config = bert[0].config
    config.num_labels = 2
    classifier = BertForSequenceClassification(config)
    soft = np.array([[0.8, 0.2], [0.1, 0.9], [0.5, 0.5]])
    trained, losses = cloze.distil(
        classifier,
        bert[1],
        TEXTS,
        soft,
        generator=torch.Generator().manual_seed(0),
        recipe=FineTuning(steps=60, batch_size=6, learning_rate=5e-3),
    )
    with torch.no_grad():
        logits = trained(**bert[1](TEXTS, padding=True, return_tensors="pt")).logits
    assert losses[-1] < losses[0] and logits.argmax(1)[:2].tolist() == [0, 1]
    with pytest.raises(ValueError, match="3 texts and 2 rows of soft labels"):
        cloze.distil(classifier, bert[1], TEXTS, soft[:2], generator=torch.Generator())


def test_the_box_prints_its_answer_and_answers_anew_when_a_field_changes(bert, capsys):
    from helpers.methods.cloze.box import box

    how = {"pattern": PATTERN, "text": TEXTS[0], "words": "good / bad"}
    assert box(*bert, **how) is None
    printed = capsys.readouterr().out
    assert "asked: the pizza was tasty . it is [MASK] ." in printed and "likeliest words: " in printed
    fields = box(*bert, **how, live=True).children
    assert fields[-1].value in capsys.readouterr().out
    fields[1].value = TEXTS[1]
    assert "the soup was cold . it is [MASK]" in fields[-1].value
    fields[0].value = "{text} it is fine ."
    assert fields[-1].value.startswith("cannot ask that: pattern '{text} it is fine .' has no [MASK]")


def test_unknown_words_are_named_by_the_box_and_by_the_scores(capsys):
    bert, tok = load_course("course-bert")
    text = "This is the worst restaurant ever!"
    lines = answer_lines(bert, tok, "{text} the restaurant is [MASK] .", text, "good / painkillered")
    assert lines[-1] == "not words of Tinytown: worst, ever, !, painkillered" and len(lines) == 5
    cloze.label_scores(bert, tok, [text], pattern="{text} the restaurant is [MASK] .", verbalizer=GOOD_BAD)
    assert capsys.readouterr().out == "not words of Tinytown: worst, ever, !\n"


def test_words_are_compared_as_tokens_not_as_spelled(bert):
    with pytest.raises(ValueError, match="'bad' and 'Bad' are the same token to this tokenizer"):
        cloze.label_scores(*bert, TEXTS, pattern=PATTERN, verbalizer={"good": "bad", "bad": "Bad"})
    capital = cloze.label_scores(*bert, TEXTS, pattern=PATTERN, verbalizer={"good": "Good", "bad": "BAD"})
    assert np.array_equal(capital, cloze.label_scores(*bert, TEXTS, pattern=PATTERN, verbalizer=GOOD_BAD))


@pytest.mark.parametrize("name", ["course-gpt", "course-t5", "course-bart"])
def test_only_masked_models_are_asked_about_a_gap(name):
    line = f"{name} .* and was never asked about .MASK.; pass course-bert"
    with pytest.raises(ValueError, match=line):
        cloze.label_scores(*load_course(name), TEXTS, pattern=PATTERN, verbalizer=GOOD_BAD)
    (said,) = answer_lines(*load_course(name), PATTERN, TEXTS[0], "good / bad")
    assert said.startswith(f"cannot ask that: {name}") and "pass course-bert" in said
