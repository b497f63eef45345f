"""The measures against slow, obvious oracles, and against models whose score is known."""

import math

import numpy as np
import pytest
import torch

from helpers import evaluation, tinytown
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
    assert found["accuracy"] == pytest.approx(found["optimum"], abs=0.11)  # ties between labels may break differently


def test_the_exact_smoother_has_no_excess_and_passes_every_cloze_probe():
    tokenizer = build_tokenizer(WORDS)
    oracle = Oracle(tokenizer, causal=False)
    model = lambda **kw: Output(oracle(**kw), seq_relationship_logits=torch.zeros(len(kw["input_ids"]), 2))  # noqa: E731
    found = evaluation.masked_excess(model, tokenizer, count=12, seed=3)
    assert abs(found["excess"]) < 0.02  # the smoother reads the full language, the floor is the training language's
    assert all(evaluation.probes(model, tokenizer)[text] for text, *_ in evaluation.PROBES)


def test_a_model_that_knows_nothing_is_far_from_the_floor():
    tokenizer = build_causal_tokenizer(WORDS)
    flat = lambda **kw: Output(logits=torch.zeros(*kw["input_ids"].shape, len(tokenizer)))  # noqa: E731
    assert evaluation.causal_excess(flat, tokenizer, count=12, seed=3)["loss"] == pytest.approx(
        math.log(len(tokenizer)), abs=1e-4
    )


def test_labelled_lists_end_just_before_a_label():
    problems = evaluation.list_problems(4, 30, 0)
    assert all(prefix[-1] == "->" and prefix.count("->") == 5 for prefix, _, _ in problems)
    assert {label for _, label, _ in problems} <= {"red", "blue", "green", "yellow", "black", "white"}


def test_zero_shots_leave_even_bayes_at_chance():
    optimum = np.mean([exact == label for _, label, exact in evaluation.list_problems(0, 300, 0)])
    assert abs(optimum - 1 / 6) < 4 * math.sqrt(1 / 6 * 5 / 6 / 300)


def test_reviews_for_the_cloze_hold_no_verdict():
    assert all("overall" not in text and "in short" not in text for text, _, _ in evaluation.review_problems(100, 0))


def test_pairs_are_half_real_and_the_optimum_is_high():
    problems = evaluation.pair_problems(100, 0)
    assert sum(p[2] for p in problems) == 50
    assert np.mean([p[2] == p[3] for p in problems]) > 0.9


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


def test_unknown_models_have_no_abilities():
    with pytest.raises(ValueError, match="course-elmo"):
        evaluation.abilities("course-elmo")


class ExactWriter(torch.nn.Module):
    """A sequence-to-sequence model that has read the answers: for each source it puts all weight on one target."""

    def __init__(self, tokenizer, problems, model_type="t5", sure=30.0):
        super().__init__()
        self.config = type("Config", (), {"model_type": model_type, "decoder_start_token_id": 0})()
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
    tokenizer, cases = build_text_to_text_tokenizer(WORDS), problems(70, 0)
    tokens = sum(len(target) + 1 for _, target, _ in cases)
    knowing = excess(ExactWriter(tokenizer, cases), tokenizer, count=70)
    assert knowing["loss"] == pytest.approx(0, abs=1e-4)
    assert knowing["floor"] == pytest.approx(sum(exact for *_, exact in cases) / tokens)
    blank = ExactWriter(tokenizer, cases, sure=0.0)
    losses = evaluation.target_losses(blank, tokenizer, cases)
    assert [len(row) for row in losses] == [len(target) + 1 for _, target, _ in cases]
    found = excess(blank, tokenizer, count=70)
    assert found["loss"] == pytest.approx(math.log(len(tokenizer)), abs=1e-4)
    assert found["excess"] == pytest.approx(found["loss"] - found["floor"]) and found["per_word"] > found["excess"]


def test_problems_of_an_encoder_decoder_hold_what_was_hidden():
    for source, target, exact in evaluation.span_problems(40, 0):
        text = restore(source, target, sentinels=SENTINELS)
        assert tinytown.log_prob(text, language=tinytown.training_language()) < 0 <= exact + 1e-9
    for source, target, exact in evaluation.noised_problems(40, 0):
        assert set(source) - {"[MASK]"} <= set(target) and exact > -1e-9


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
