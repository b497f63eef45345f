"""Replaced words: the posterior by hand, the threshold by search, no model above the best possible."""

import numpy as np
import pytest
import torch
from transformers import BertConfig, BertForMaskedLM

from helpers import evaluation, tinytown
from helpers.evaluation.replaced_words import best_threshold, word_doubts
from helpers.models.tokenizers import build_tokenizer

TOKENIZER = build_tokenizer(tinytown.vocabulary())


def tiny(seed=0):
    torch.manual_seed(seed)
    size = {"hidden_size": 16, "num_hidden_layers": 1, "num_attention_heads": 2, "intermediate_size": 16}
    return BertForMaskedLM(BertConfig(vocab_size=len(TOKENIZER), **size)).eval()


def test_the_posterior_is_bayes_rule_and_about_half_of_the_texts_have_a_stranger():
    language, problems = tinytown.training_language(), evaluation.replaced_problems(60, 0)
    assert len({words for words, *_ in problems}) == 60
    for words, place, replaced in problems:
        hidden = [None if t == place else word for t, word in enumerate(words)]
        fits = tinytown.cloze_probs(hidden, language=language)[0].get(words[place], 0.0)
        by_chance = 1 / len(language.words)
        assert replaced == pytest.approx(0.5 * by_chance / (0.5 * by_chance + 0.5 * fits))
    assert 0.3 < np.mean([replaced for *_, replaced in problems]) < 0.7
    assert max(replaced for *_, replaced in problems) == 1


def test_the_threshold_is_the_best_of_all():
    rng = np.random.default_rng(0)
    for _ in range(20):
        doubts, replaced = rng.normal(size=12), rng.random(12)
        tried = [best_threshold(doubts, replaced), doubts.min() - 1, *doubts]
        right = [np.where(doubts > threshold, replaced, 1 - replaced).mean() for threshold in tried]
        assert right[0] == pytest.approx(max(right))


def test_doubts_are_those_of_the_words_in_plain_sight():
    model, problems = tiny(), evaluation.replaced_problems(5, 0)
    words, place, _ = problems[3]
    encoded = TOKENIZER(" ".join(words), return_tensors="pt")
    with torch.no_grad():
        row = model(**encoded).logits[0, place + 1].log_softmax(-1)
    due = -float(row[TOKENIZER.convert_tokens_to_ids(words[place])])
    assert word_doubts(model, TOKENIZER, problems)[3] == pytest.approx(due, abs=1e-4)


def test_no_model_beats_the_best_possible():
    for seed in range(3):
        found = evaluation.spot_replaced(tiny(seed), TOKENIZER, count=40, seed=seed)
        assert 0.3 < found["accuracy"] <= found["optimum"] <= 1 and found["ci95"] > 0


def test_clean_words_are_the_visible_ones_without_strange_neighbours():
    class Copies(BertForMaskedLM):
        """Says the word that is shown, unless a stranger stands in the text."""

        def forward(self, input_ids, attention_mask, token_type_ids=None):
            output = super().forward(input_ids=input_ids, attention_mask=attention_mask)
            output.logits = torch.nn.functional.one_hot(input_ids, len(TOKENIZER)).float() * 50
            return output

    model = Copies(tiny().config).eval()
    found = evaluation.unmasked_guesses(model, TOKENIZER, count=20)
    assert found["visible"] == found["clean"] == 1 and found["repair"] < 0.1
