"""Masked diffusion: canvases, a bound that equals the mean over all masks, and filling that never rewrites."""

import itertools
import math
from types import SimpleNamespace

import numpy as np
import pytest
import torch
from tiny_variants import QUICK

from helpers.experiments.variants import diffusion, same_configuration

LENGTH, VOCABULARY, MASK, END = 3, 6, 4, 5


class Lookup(torch.nn.Module):
    """Logits that depend on the whole canvas by a fixed random table: as good as any model, and quick."""

    def forward(self, input_ids, attention_mask):
        weights = torch.randn(VOCABULARY, LENGTH, VOCABULARY, generator=torch.Generator().manual_seed(0))
        logits = sum(weights[input_ids[:, place]] for place in range(LENGTH))  # (batch, L, vocab)
        return SimpleNamespace(logits=logits)


TOKENIZER = SimpleNamespace(mask_token_id=MASK, eos_token_id=END)


def every_mask(row):
    """The bound by its definition: the mean over l of L / l times the mean over all ways to hide l places."""
    canvas, model = torch.tensor([row]), Lookup()
    total = 0.0
    for size in range(1, LENGTH + 1):
        losses = []
        for places in itertools.combinations(range(LENGTH), size):
            hidden = canvas.clone()
            hidden[0, list(places)] = MASK
            log_probs = model(hidden, None).logits[0].log_softmax(-1)
            losses.append(-sum(float(log_probs[place, row[place]]) for place in places))
        total += LENGTH / size * np.mean(losses)
    return total / LENGTH


def test_the_estimate_is_the_mean_over_all_masks():
    found = diffusion.bounds(Lookup(), [[0, 1], [2]], TOKENIZER, draws=6_000, length=LENGTH)
    assert found == pytest.approx([every_mask([0, 1, END]), every_mask([2, END, END])], rel=0.02)


def test_who_knows_nothing_pays_the_logarithm_of_the_vocabulary_at_every_place():
    def uniform(input_ids, attention_mask):
        return SimpleNamespace(logits=torch.zeros(*input_ids.shape, VOCABULARY))

    assert diffusion.bounds(uniform, [[0, 1]], TOKENIZER, length=LENGTH) == pytest.approx([3 * math.log(VOCABULARY)])


def test_so_many_places_are_hidden_as_are_asked_for():
    count, canvas = torch.tensor([1, 3, 2]), torch.arange(9).view(3, 3) + 10
    hidden, labels = diffusion.hide(canvas, count, generator=torch.Generator().manual_seed(0), mask_id=MASK)
    assert (hidden == MASK).sum(1).tolist() == [1, 3, 2] == (labels != -100).sum(1).tolist()
    assert torch.equal(torch.where(labels == -100, hidden, labels), canvas)


def test_the_loss_of_training_is_the_bound_a_place():
    family = diffusion.MaskedDiffusion(LENGTH)
    how = {"recipe": QUICK, "tokenizer": TOKENIZER, "generator": torch.Generator().manual_seed(0)}
    losses = [family.losses(Lookup(), family.collate([[0, 1]], **how))["bound"].item() for _ in range(3_000)]
    assert np.mean(losses) == pytest.approx(every_mask([0, 1, END]) / LENGTH, rel=0.03)


@pytest.mark.parametrize("order", ["random", "confident"])
@pytest.mark.parametrize("passes", [1, 2, 5, 24])
def test_a_canvas_is_full_after_its_passes_and_what_is_shown_stays(order, passes):
    model, tokenizer = same_configuration.build("MLM", 0, QUICK)
    seen = []
    model.register_forward_pre_hook(lambda _, __, given: seen.append(given["input_ids"].clone()), with_kwargs=True)
    canvas = diffusion.written(model.eval(), tokenizer, 3, passes=passes, order=order, seed=1)
    assert len(seen) == passes and not (canvas == tokenizer.mask_token_id).any()
    for before, after in itertools.pairwise([*seen, canvas]):
        shown = before != tokenizer.mask_token_id
        assert torch.equal(before[shown], after[shown])
    hidden = [int((row == tokenizer.mask_token_id).sum()) for row in seen]
    assert hidden == [3 * diffusion.still_hidden(24, step, passes) for step in range(passes)]


def test_a_text_ends_at_its_first_end_mark():
    _, tokenizer = same_configuration.build("MLM", 0, QUICK)
    cat, end = tokenizer.convert_tokens_to_ids("cat"), tokenizer.eos_token_id
    assert diffusion.texts_of(torch.tensor([[cat, end, cat], [end, cat, cat], [cat, cat, cat]]), tokenizer) == [
        "cat",
        "",
        "cat cat cat",
    ]


def test_what_does_not_fit_is_refused():
    model, tokenizer = same_configuration.build("MLM", 0, QUICK)
    with pytest.raises(ValueError, match="24 words, a canvas of 24 places"):
        diffusion.canvases([[7] * 24], end_id=5)
    with pytest.raises(ValueError, match="'left to right'"):
        diffusion.written(model, tokenizer, 1, passes=2, order="left to right", seed=0)
    with pytest.raises(ValueError, match="passes 25 must be 1 to 24"):
        diffusion.written(model, tokenizer, 1, passes=25, order="random", seed=0)
