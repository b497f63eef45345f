"""Canvases of [MASK]: what is hidden and asked for, and two ways of filling."""

import pytest
import torch
from stand_ins import BERT
from transformers.modeling_outputs import MaskedLMOutput

from helpers.methods import fine_tuned, mask_predict
from helpers.objectives.padding import IGNORE_INDEX
from helpers.tasks import TASKS
from helpers.tasks.task import Example
from helpers.training.finetuning import FineTuning


def test_a_canvas_hides_targets_and_asks_for_what_is_hidden():
    generator = torch.Generator().manual_seed(0)
    collate = mask_predict.canvas_batches(BERT, size=4, generator=generator)
    batch = collate([Example("the cat", "sat ."), Example("a", "dog")] * 3)
    for row, labels in zip(batch["input_ids"], batch["labels"]):
        masked = row == BERT.mask_token_id
        assert torch.equal(masked, labels != IGNORE_INDEX) and masked.any()
        whole = BERT.convert_ids_to_tokens(torch.where(masked, labels, row).tolist())
        assert [t for t in whole if t != "[PAD]"] in (
            ["[CLS]", "the", "cat", "sat", ".", "<|endoftext|>", "<|endoftext|>", "[SEP]"],
            ["[CLS]", "a", "dog", "<|endoftext|>", "<|endoftext|>", "<|endoftext|>", "[SEP]"],
        )


def test_hidden_places_are_random_sets_and_suffixes_of_every_size():
    hidden = mask_predict.hidden_places((400, 6), generator=torch.Generator().manual_seed(1))
    suffixes = hidden[1::2]
    assert (suffixes.int().diff(dim=1) >= 0).all() and suffixes[:, -1].all()
    assert set(hidden[0::2].sum(1).tolist()) == set(suffixes.sum(1).tolist()) == set(range(1, 7))
    assert (hidden[0::2].int().diff(dim=1) < 0).any()


class Knows(torch.nn.Module):
    """A masked model that is sure of one text, surest at its end, wherever it stands."""

    def __init__(self, text, size):
        super().__init__()
        self.canvas, self.target = size, [*fine_tuned.word_ids(BERT, text), *[5] * (size - len(text.split()))]

    def forward(self, input_ids, attention_mask):
        logits = torch.zeros(*input_ids.shape, len(BERT))
        for row, mask in zip(logits, attention_mask):
            start = int(mask.sum()) - 1 - self.canvas
            for i, token in enumerate(self.target):
                row[start + i, token] = 10.0 + i
        return MaskedLMOutput(logits=logits)


@pytest.mark.parametrize("fill", [mask_predict.left_to_right, mask_predict.mask_predict])
def test_both_ways_of_filling_write_what_the_model_is_sure_of(fill):
    answer = fill(TASKS["code"])
    examples = [Example("x = 3 <nl> y", ""), Example("y", "")]
    assert answer(Knows("= x <nl>", 6), BERT, examples) == ["= x <nl>"] * 2


def test_mask_predict_hides_fewer_words_in_each_round(monkeypatch):
    counts, real = [], mask_predict.canvas_probs

    def watched(model, tokenizer, sources, canvas):
        counts.append(int((canvas == tokenizer.mask_token_id).sum()))
        return real(model, tokenizer, sources, canvas)

    monkeypatch.setattr(mask_predict, "canvas_probs", watched)
    mask_predict.mask_predict(TASKS["code"], rounds=5)(Knows("= x <nl>", 10), BERT, [Example("y", "")])
    assert counts == [10, 8, 6, 4, 2]


def test_an_empty_training_set_is_named():
    with pytest.raises(ValueError, match="training set of code is empty"):
        mask_predict.filling(TASKS["code"], "course-bert", [], seed=0, recipe=FineTuning(steps=2))
