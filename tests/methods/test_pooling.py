"""Pooling reads the token it names wherever the padding stands; the classifier equals the library's own."""

import pytest
import torch

from helpers.methods.pooling import POOLS, PooledClassifier, padded_batches, pool
from helpers.models.tokenizers import build_causal_tokenizer, build_tokenizer

WORDS = ["the", "cat", "dog", "sat", "."]


def slow(hidden, mask, how):
    rows = []
    for row, real in zip(hidden, mask):
        places = [i for i, one in enumerate(real.tolist()) if one]
        rows.append(
            {
                "first": row[places[0]],
                "last": row[places[-1]],
                "mean": row[places].mean(0),
                "index 0": row[0],
                "index -1": row[-1],
            }[how]
        )
    return torch.stack(rows)


@pytest.mark.parametrize("how", POOLS)
def test_each_pooling_is_what_its_name_says(how):
    draw = torch.Generator().manual_seed(0)
    hidden = torch.randn(4, 5, 3, generator=draw)
    mask = torch.tensor([[1, 1, 1, 1, 1], [1, 1, 0, 0, 0], [0, 0, 0, 1, 1], [0, 1, 1, 0, 0]])
    assert torch.allclose(pool(hidden, mask, how), slow(hidden, mask, how))


def test_what_cannot_be_pooled_is_refused():
    with pytest.raises(ValueError, match="'cls'; choose one of first"):
        pool(torch.zeros(1, 2, 3), torch.ones(1, 2), "cls")
    with pytest.raises(ValueError, match="row 1 has no real token"):
        pool(torch.zeros(2, 2, 3), torch.tensor([[1, 1], [0, 0]]), "last")


@pytest.fixture(scope="module")
def stacks():
    from transformers import BertConfig, BertModel, GPT2Config, GPT2Model

    torch.manual_seed(0)
    vocab = len(build_tokenizer(WORDS))
    bert = BertConfig(
        vocab_size=vocab,
        hidden_size=16,
        num_hidden_layers=2,
        num_attention_heads=2,
        intermediate_size=32,
        initializer_range=0.5,
    )
    gpt = GPT2Config(vocab_size=vocab, n_embd=16, n_layer=2, n_head=2, n_positions=32, initializer_range=0.5)
    return {
        "encoder": (BertModel(bert).eval(), build_tokenizer(WORDS)),
        "decoder": (GPT2Model(gpt).eval(), build_causal_tokenizer(WORDS)),
    }


EXAMPLES = [("the cat sat .", 0), ("the dog .", 1), ("the cat sat the dog sat .", 0)]


def logits(classifier, tokenizer, examples=EXAMPLES, **written):
    batch = padded_batches(tokenizer, **written)(examples)
    batch.pop("labels")
    with torch.no_grad():
        return classifier(**batch).logits


@pytest.mark.parametrize("family", ["encoder", "decoder"])
@pytest.mark.parametrize("how", ["first", "last", "mean"])
def test_padding_on_either_side_changes_nothing_when_everything_is_told(stacks, family, how):
    body, tokenizer = stacks[family]
    classifier = PooledClassifier(body, 2, how=how, generator=torch.Generator().manual_seed(0)).eval()
    alone = torch.cat([logits(classifier, tokenizer, [example]) for example in EXAMPLES])
    for side in ("left", "right"):
        assert torch.allclose(logits(classifier, tokenizer, side=side), alone, atol=1e-4)


def test_the_decoders_first_token_knows_nothing_and_its_last_everything(stacks):
    body, tokenizer = stacks["decoder"]
    seen = {
        how: logits(PooledClassifier(body, 2, how=how, generator=torch.Generator().manual_seed(0)), tokenizer)
        for how in ("first", "last")
    }
    assert torch.allclose(seen["first"], seen["first"][:1].expand(3, 2), atol=1e-5)
    assert not torch.allclose(seen["last"][0], seen["last"][1], atol=1e-3)


def test_untold_places_and_padding_change_the_decoders_answer_on_the_left_alone(stacks):
    body, tokenizer = stacks["decoder"]
    classifier = PooledClassifier(body, 2, how="last", generator=torch.Generator().manual_seed(0)).eval()
    told = logits(classifier, tokenizer)
    for wrong in ({"tell_places": False}, {"tell_padding": False}):
        assert torch.allclose(logits(classifier, tokenizer, **wrong), told, atol=1e-4)
        assert not torch.allclose(logits(classifier, tokenizer, side="left", **wrong), told, atol=1e-3)


def test_the_last_token_is_where_the_librarys_decoder_classifier_reads(stacks):
    from transformers import GPT2ForSequenceClassification

    body, tokenizer = stacks["decoder"]
    body.config.pad_token_id, body.config.num_labels = tokenizer.pad_token_id, 2
    theirs = GPT2ForSequenceClassification(body.config).eval()
    theirs.transformer = body
    ours = PooledClassifier(body, 2, how="last", generator=torch.Generator().manual_seed(0)).eval()
    with torch.no_grad():
        theirs.score.weight.copy_(ours.head.weight)
        batch = padded_batches(tokenizer)(EXAMPLES)
        found = theirs(input_ids=batch["input_ids"], attention_mask=batch["attention_mask"]).logits
    assert torch.allclose(found, logits(ours, tokenizer), atol=1e-5)


def test_the_loss_is_the_cross_entropy_and_the_head_follows_its_generator(stacks):
    body, tokenizer = stacks["encoder"]
    one, two = (PooledClassifier(body, 2, how="mean", generator=torch.Generator().manual_seed(3)) for _ in range(2))
    assert torch.equal(one.head.weight, two.head.weight)
    batch = padded_batches(tokenizer)(EXAMPLES)
    output = one(**batch)
    assert torch.allclose(output.loss, torch.nn.functional.cross_entropy(output.logits, batch["labels"]))


def test_batches_refuse_an_unknown_side_and_a_tokenizer_without_padding():
    tokenizer = build_tokenizer(WORDS)
    with pytest.raises(ValueError, match="side 'middle' does not exist"):
        padded_batches(tokenizer, side="middle")
    tokenizer.pad_token = None
    with pytest.raises(ValueError, match="set tokenizer.pad_token"):
        padded_batches(tokenizer)
