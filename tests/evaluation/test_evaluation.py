"""The measures against slow, obvious oracles, and against models whose score is known."""

import json
import math
from types import SimpleNamespace

import numpy as np
import pytest
import torch

from helpers import evaluation, tinytown
from helpers.evaluation.along_training import ALONG_TRAINING
from helpers.models import load_course
from helpers.models.tokenizers import SENTINELS, build_causal_tokenizer, build_text_to_text_tokenizer, build_tokenizer
from helpers.objectives.span_corruption import restore

WORDS = tinytown.vocabulary()


class Oracle(torch.nn.Module):
    """A model that answers with the exact distribution: causal or smoothed, in the vocabulary of a tokenizer."""

    def __init__(self, tokenizer, *, causal):
        super().__init__()
        self.tokenizer, self.causal = tokenizer, causal
        self.language = tinytown.full_language() if not causal else tinytown.training_language()

    def row(self, ids):
        tokens = self.tokenizer.convert_ids_to_tokens(ids)
        logits = torch.full((len(ids), len(self.tokenizer)), -50.0)
        special = set(self.tokenizer.all_special_tokens) - {"[MASK]"}
        places = [t for t, token in enumerate(tokens) if token not in special]
        text = [None if tokens[t] == "[MASK]" else tokens[t] for t in places]
        if self.causal:
            for cut in range(len(text) + 1):
                for word, p in tinytown.next_token_probs(text[:cut], language=self.language).items():
                    name = self.tokenizer.eos_token if word == "<end>" else word
                    logits[cut, self.tokenizer.convert_tokens_to_ids(name)] = math.log(p)
        else:
            gaps = tinytown.cloze_probs(text) if None in text else []
            for t, probs in zip([t for t in places if tokens[t] == "[MASK]"], gaps, strict=True):
                for word, p in probs.items():
                    logits[t, self.tokenizer.convert_tokens_to_ids(word)] = math.log(p)
        return logits

    def forward(self, input_ids, **_):
        return {"logits": torch.stack([self.row(row.tolist()) for row in input_ids])}


class Output(dict):
    __getattr__ = dict.__getitem__


@pytest.fixture
def exact_gpt():
    tokenizer = build_causal_tokenizer(WORDS)
    oracle = Oracle(tokenizer, causal=True)
    return lambda **kw: Output(oracle(**kw)), tokenizer


def test_the_exact_reader_has_no_excess(exact_gpt):
    found = evaluation.causal_excess(*exact_gpt, count=12, seed=3)
    assert found["excess"] == pytest.approx(0, abs=1e-4) and found["floor"] > 0.3


def test_the_exact_reader_labels_lists_as_bayes_does(exact_gpt):
    found = evaluation.k_shot(*exact_gpt, shots=2, count=20, seed=3)
    assert found["accuracy"] == pytest.approx(found["optimum"], abs=1e-6)
    assert found["log_prob"] == pytest.approx(found["optimum_log_prob"], abs=1e-4)


def test_the_exact_smoother_has_no_excess_and_passes_every_cloze_spot_check():
    tokenizer = build_tokenizer(WORDS)
    oracle = Oracle(tokenizer, causal=False)
    model = lambda **kw: Output(oracle(**kw), seq_relationship_logits=torch.zeros(len(kw["input_ids"]), 2))  # noqa: E731
    found = evaluation.masked_excess(model, tokenizer, count=12, seed=3)
    assert -1e-9 < found["excess"] < 0.02  # the smoother reads the full language, the floor is the training language's
    assert all(evaluation.spot_checks(model, tokenizer)[text] for text, *_ in evaluation.SPOT_CHECKS)


def test_a_model_that_knows_nothing_is_far_from_the_floor():
    tokenizer = build_causal_tokenizer(WORDS)
    flat = lambda **kw: Output(logits=torch.zeros(*kw["input_ids"].shape, len(tokenizer)))  # noqa: E731
    found = evaluation.causal_excess(flat, tokenizer, count=12, seed=3)
    assert found["loss"] == pytest.approx(math.log(len(tokenizer)), abs=1e-4)
    assert found["excess"] == pytest.approx(found["loss"] - found["floor"])
    chance = evaluation.k_shot(flat, tokenizer, shots=1, count=12, seed=3)
    assert chance["accuracy"] == pytest.approx(1 / len(tokenizer), abs=1e-6)  # all words tie, and share


def test_expected_losses_are_what_realised_ones_are_on_average():
    model, tokenizer = load_course("course-gpt", attn_implementation="sdpa")
    texts = [" ".join(tokens) for tokens, _ in evaluation.causal_problems(150, 5, tinytown.training_language())]
    realised = np.concatenate(evaluation.causal_losses(model, tokenizer, texts))
    found = evaluation.causal_excess(model, tokenizer, count=150, seed=5)
    assert found["loss"] == pytest.approx(realised.mean(), abs=4 * realised.std() / len(realised) ** 0.5)
    exact = np.concatenate([tinytown.causal_losses(text.split()) for text in texts])
    assert found["floor"] == pytest.approx(exact.mean(), abs=4 * exact.std() / len(exact) ** 0.5)


def test_labelled_lists_end_just_before_a_label():
    problems = evaluation.list_problems(4, 30, 0)
    assert all(prefix[-1] == "->" and prefix.count("->") == 5 for prefix, _, _ in problems)
    assert {label for _, label, _ in problems} <= {"red", "blue", "green", "yellow", "black", "white"}


def test_zero_shots_leave_even_bayes_at_chance():
    problems = evaluation.list_problems(0, 300, 0)
    assert [max(exact.values()) for *_, exact in problems] == pytest.approx([1 / 6] * len(problems))


def test_labels_of_lists_and_verdicts_come_as_often_as_their_posteriors_say():
    for problems in (evaluation.list_problems(1, 200, 0), evaluation.review_problems(200, 0)):
        gaps = [float(label == max(exact, key=exact.get)) - max(exact.values()) for _, label, exact in problems]
        assert abs(np.mean(gaps)) < 4 * np.std(gaps) / len(gaps) ** 0.5


def test_no_text_is_asked_about_twice():
    language = tinytown.training_language()
    texts = [
        [d.tokens for d in evaluation.held_out_documents(150, 1)],
        [text for text, *_ in evaluation.review_problems(100, 1)],
        [words for words, *_ in evaluation.list_problems(1, 60, 1)],
        [pair[:2] for pair in evaluation.pair_problems(60, 1)],
        [tokens for tokens, *_ in evaluation.masked_problems(60, 1, 0.15, language)],
    ]
    assert [len(set(found)) for found in texts] == [150, 100, 60, 60, 60]


def test_patterns_are_chosen_on_reviews_that_are_not_tested_on():
    chosen_on, tested_on = (evaluation.review_problems(100, 0, None, split) for split in ("validation", "test"))
    assert not {text for text, *_ in chosen_on} & {text for text, *_ in tested_on}
    model, tokenizer = load_course("course-bert", attn_implementation="sdpa")
    found = evaluation.zero_shot_pet(model, tokenizer, count=40)
    assert set(found["by_pattern"]) == set(evaluation.PATTERNS) and found["pattern"] in evaluation.PATTERNS
    assert found["by_pattern"][found["pattern"]]["accuracy"] == found["accuracy"]


def test_a_causal_model_is_asked_for_a_gap_by_the_words_left_of_it(exact_gpt):
    before, tokenizer = "the plot was awful . all in all , it was a", exact_gpt[1]
    (row,), (same,) = evaluation.left_log_probs(
        *exact_gpt, [f"{before} [MASK] {after}" for after in ("film .", "book .")]
    )
    exact = tinytown.next_token_probs(before)
    probs = row.exp()[tokenizer.convert_tokens_to_ids(list(exact))].tolist()
    assert torch.equal(row, same) and probs == pytest.approx(list(exact.values()), abs=1e-6) and len(exact) > 5


@pytest.mark.parametrize("text", ["[MASK] cat sat .", "the [MASK] [MASK] .", "the cat sat ."])
def test_a_gap_that_no_causal_model_can_be_asked_for_is_named(exact_gpt, text):
    with pytest.raises(ValueError, match="text 1 needs one .MASK., behind a word"):
        evaluation.left_log_probs(*exact_gpt, ["the [MASK]", text])


def test_reviews_that_do_not_count_are_left_out_of_the_score_not_of_the_choice():
    model, tokenizer = load_course("course-bert", attn_implementation="sdpa")
    problems = evaluation.review_problems(40, 0)
    kept = [text for text, *_ in problems if "was not" in text]
    found = evaluation.zero_shot_pet(model, tokenizer, count=40, keep=lambda text: text in kept)
    best = np.mean([max(exact.values()) for text, _, exact in problems if text in kept])
    assert 0 < len(kept) < 40 and found["optimum"] == pytest.approx(best)
    assert found["pattern"] == evaluation.zero_shot_pet(model, tokenizer, count=40)["pattern"]
    with pytest.raises(ValueError, match="keeps none of 5 reviews"):
        evaluation.zero_shot_pet(model, tokenizer, count=5, keep=lambda text: False)


def test_the_distance_from_the_exact_distribution_of_a_gap_is_none_for_the_exact_reader_and_one_at_most():
    tokenizer, text = build_tokenizer(WORDS), "the patient was prescribed [MASK] for anticoagulation ."
    oracle = Oracle(tokenizer, causal=False)
    found = evaluation.gap_distance(lambda **kw: Output(oracle(**kw)), tokenizer, text)
    assert found["model"] < 0.01 and sum(found["exact"].values()) == pytest.approx(1)
    sure = torch.full((1, len(tokenizer)), -50.0)
    sure[0, tokenizer.convert_tokens_to_ids("warfarin")] = 0.0
    one = evaluation.gap_distance(load_course("course-bert")[0], tokenizer, text, read=lambda *_: [sure])
    assert one["model"] == pytest.approx(1 - found["exact"]["warfarin"], abs=1e-6)
    with pytest.raises(ValueError, match="needs one .MASK.; it has 0"):
        evaluation.gap_distance(load_course("course-bert")[0], tokenizer, "the cat sat .")


def test_reviews_for_the_cloze_hold_no_verdict():
    assert all("overall" not in text and "in short" not in text for text, _, _ in evaluation.review_problems(100, 0))


def test_pairs_are_half_real_and_the_optimum_is_high():
    problems = evaluation.pair_problems(100, 0)
    assert sum(p[2] for p in problems) == 50
    assert np.mean([p[2] == (p[3] > 0.5) for p in problems]) > 0.9


@pytest.mark.parametrize(
    ("text", "valid"),
    [
        ("the cat sat on the mat .", True),
        ("the cat sat on the", False),
        ("cat the .", False),
        ("", False),
        ("the blorg sat .", False),
    ],
)
def test_a_sample_is_valid_when_the_grammar_can_produce_it(text, valid):
    assert evaluation.is_valid(text) is valid


def test_unknown_models_have_no_evaluations():
    with pytest.raises(ValueError, match="course-elmo"):
        evaluation.evaluations_of("course-elmo")


def test_evaluations_along_training_are_of_numbers_and_hold_log_probabilities(exact_gpt, monkeypatch):
    asked = {key: asked for key, asked in ALONG_TRAINING["course-gpt"].items() if key != "zero_shot_pet"}
    small = {key: (measure, {**how, "count": 8}) for key, (measure, how) in asked.items()}
    monkeypatch.setitem(ALONG_TRAINING, "course-gpt", small)
    found = {}
    for measure in evaluation.evaluations_of("course-gpt"):
        found |= measure(*exact_gpt)
    assert list(found) == ["excess", "one_shot", "one_shot_log_prob", "four_shot", "four_shot_log_prob"]
    assert found["one_shot_log_prob"] < found["four_shot_log_prob"] < 0 and json.loads(json.dumps(found)) == found
    for name, measures in ALONG_TRAINING.items():
        assert {"excess"} < set(measures), name


class ExactWriter(torch.nn.Module):
    """A sequence-to-sequence model that has read the answers: for each source it puts all weight on one target."""

    def __init__(self, tokenizer, problems, model_type="t5", sure=30.0):
        super().__init__()
        config = {"model_type": model_type, "decoder_start_token_id": 0, "eos_token_id": tokenizer.eos_token_id}
        self.config = SimpleNamespace(**config)
        self.tokenizer, self.sure = tokenizer, sure
        ids = tokenizer.convert_tokens_to_ids
        self.targets = {tuple(ids(list(p[0]))): [*ids(list(p[1])), tokenizer.eos_token_id] for p in problems}

    def forward(self, input_ids, attention_mask=None, labels=None, decoder_input_ids=None, **_):
        length = (decoder_input_ids if labels is None else labels).shape[1]
        logits = torch.zeros(len(input_ids), length, len(self.tokenizer))
        for row, source in zip(logits, input_ids.tolist()):
            target = self.targets[tuple(i for i in source if i not in (0, self.tokenizer.eos_token_id))]
            for place, token in enumerate(target[:length]):
                row[place, token] = self.sure
        return Output(logits=logits)


@pytest.mark.parametrize(
    ("problems", "excess"),
    [(evaluation.span_problems, evaluation.span_excess), (evaluation.noised_problems, evaluation.denoising_excess)],
)
def test_written_texts_are_scored_token_by_token_with_their_end(problems, excess):
    tokenizer, cases = build_text_to_text_tokenizer(WORDS), problems(70, 0, tinytown.training_language())
    knowing = evaluation.target_losses(ExactWriter(tokenizer, cases), tokenizer, cases)
    assert [len(row) for row in knowing] == [len(target) + 1 for _, target, _ in cases]
    assert max(row.max() for row in knowing) == pytest.approx(0, abs=1e-4)
    found = excess(ExactWriter(tokenizer, cases, sure=0.0), tokenizer, count=70)
    entropies = np.concatenate([-np.sum(p * np.log(np.where(p > 0, p, 1)), axis=1) for *_, p in cases])
    assert found["loss"] == pytest.approx(math.log(len(tokenizer)), abs=1e-4)
    assert found["floor"] == pytest.approx(entropies.mean())
    assert found["excess"] == pytest.approx(found["loss"] - found["floor"]) and found["per_word"] > found["excess"]


@pytest.mark.parametrize("problems", [evaluation.span_problems, evaluation.noised_problems])
def test_what_was_written_is_possible_at_every_step_of_the_exact_distributions(problems):
    tokenizer = build_text_to_text_tokenizer(WORDS)
    language = tinytown.training_language()
    marks = SENTINELS if problems is evaluation.span_problems else ()
    names = [*language.words, *marks, tokenizer.eos_token]
    for _, target, probs in problems(40, 0):
        assert probs.shape == (len(target) + 1, len(names)) and np.allclose(probs.sum(1), 1)
        came = [probs[step, names.index(token)] for step, token in enumerate([*target, tokenizer.eos_token])]
        assert min(came) > 0 and came[-1] > (0.99 if marks else 0)


def test_problems_of_an_encoder_decoder_hold_what_was_hidden():
    for source, target, _ in evaluation.span_problems(40, 0):
        text = restore(source, target, sentinels=SENTINELS)
        assert tinytown.log_prob(text, language=tinytown.training_language()) < 0
    for source, target, _ in evaluation.noised_problems(40, 0):
        assert set(source) - {"[MASK]"} <= set(target)


@pytest.mark.parametrize("model_type", ["t5", "bart"])
def test_the_word_written_for_a_gap_is_the_one_after_what_stands_before_it(model_type):
    tokenizer, gap = build_text_to_text_tokenizer(WORDS), {"t5": "<extra_id_0>", "bart": "[MASK]"}[model_type]
    text = "the pizza was awful . the restaurant is [MASK] ."
    source = text.replace("[MASK]", gap).split()
    target = ["<extra_id_0>", "bad", "<extra_id_1>"] if model_type == "t5" else text.replace("[MASK]", "bad").split()
    short = (["the", gap], ["<extra_id_0>", "cat"] if model_type == "t5" else ["the", "cat"])
    model = ExactWriter(tokenizer, [(source, target), short], model_type)
    rows = evaluation.written_log_probs(model, tokenizer, [text, "the [MASK]"])
    assert [tokenizer.convert_ids_to_tokens(int(row[0].argmax())) for row in rows] == ["bad", "cat"]
    assert all(row.shape == (1, len(tokenizer)) for row in rows)
