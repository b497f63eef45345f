"""Fine-tuning: the copy learns, the original stays, the head alone can be trained, bad input is named."""

import copy

import pytest
import torch
from transformers import BertConfig, BertForSequenceClassification, GPT2Config, GPT2ForSequenceClassification

from helpers.models.tokenizers import build_causal_tokenizer, build_tokenizer
from helpers.training import finetuning
from helpers.training.finetuning import FineTuning, accuracy, batches_of, class_probs, finetune, text_batches

EXAMPLES = [("good cat", 1), ("bad cat", 0), ("the cat good", 1), ("the bad cat", 0)]
TOKENIZER = build_tokenizer(["the", "cat", "good", "bad"])
QUICK = FineTuning(steps=40, batch_size=4, learning_rate=5e-3)


@pytest.fixture(scope="module")
def model():
    torch.manual_seed(0)
    return BertForSequenceClassification(
        BertConfig(
            vocab_size=len(TOKENIZER),
            hidden_size=16,
            num_hidden_layers=1,
            num_attention_heads=2,
            intermediate_size=32,
            max_position_embeddings=16,
            hidden_dropout_prob=0.0,
            attention_probs_dropout_prob=0.0,
            num_labels=2,
        )
    ).eval()


def tune(model, *, seed=0, **options):
    options = {"recipe": QUICK, "examples": EXAMPLES, **options}
    generator = torch.Generator().manual_seed(seed)
    return finetune(model, options.pop("examples"), collate=text_batches(TOKENIZER), generator=generator, **options)


def test_the_copy_learns_and_the_original_stays(model):
    before = copy.deepcopy(model.state_dict())
    trained, losses = tune(model)
    assert losses[-1] < 0.1 < losses[0] and not trained.training
    assert all(torch.equal(before[name], weight) for name, weight in model.state_dict().items())
    probs = class_probs(trained, EXAMPLES, collate=text_batches(TOKENIZER), batch_size=3)
    assert probs.shape == (4, 2) and accuracy(probs, [label for _, label in EXAMPLES]) == 1.0


def test_the_seed_decides(model):
    assert tune(model, seed=1)[1] == tune(model, seed=1)[1] != tune(model, seed=2)[1]


def test_the_first_loss_is_the_models_own(model):
    batch = text_batches(TOKENIZER)(next(batches_of(EXAMPLES, QUICK, torch.Generator().manual_seed(0))))
    expected = torch.nn.functional.cross_entropy(
        model(**{k: v for k, v in batch.items() if k != "labels"}).logits, batch["labels"]
    )
    assert tune(model)[1][0] == pytest.approx(float(expected.detach()), abs=1e-5)


def test_frozen_weights_do_not_move_and_are_free_again_afterwards(model):
    trained, losses = tune(model, frozen=("bert.",))
    moved = {name for name, weight in trained.state_dict().items() if not torch.equal(weight, model.state_dict()[name])}
    assert moved == {"classifier.weight", "classifier.bias"} and losses[-1] < losses[0]
    assert all(weight.requires_grad for weight in trained.parameters())


def test_a_decoder_is_fine_tuned_by_the_same_function():
    tokenizer = build_causal_tokenizer(["the", "cat", "good", "bad"])
    torch.manual_seed(0)
    gpt = GPT2ForSequenceClassification(
        GPT2Config(
            vocab_size=len(tokenizer),
            n_embd=16,
            n_layer=1,
            n_head=2,
            n_positions=16,
            resid_pdrop=0.0,
            embd_pdrop=0.0,
            attn_pdrop=0.0,
            num_labels=2,
            pad_token_id=tokenizer.pad_token_id,
        )
    )
    losses = finetune(gpt, EXAMPLES, collate=text_batches(tokenizer), generator=torch.Generator(), recipe=QUICK)[1]
    assert losses[-1] < 0.1


def test_every_example_comes_once_before_one_comes_again():
    stream = batches_of(list(range(10)), FineTuning(batch_size=5), torch.Generator().manual_seed(0))
    first, second = (next(stream) + next(stream) for _ in range(2))
    assert sorted(first) == sorted(second) == list(range(10)) and first != second


def test_pairs_are_written_as_the_tokenizer_writes_them():
    batch = text_batches(TOKENIZER)([("the cat", "good", 1), ("cat", "the bad cat", 0)])
    assert batch["token_type_ids"].tolist() == [[0, 0, 0, 0, 1, 1, 0], [0, 0, 0, 1, 1, 1, 1]]
    assert batch["attention_mask"].tolist() == [[1] * 6 + [0], [1] * 7] and batch["labels"].tolist() == [1, 0]


def test_ties_count_their_share():
    assert accuracy([[0.5, 0.5], [0.5, 0.5]], [0, 0]) == 0.5
    assert accuracy([[1 / 3] * 3], [2]) == pytest.approx(1 / 3)


@pytest.mark.parametrize(
    "call, message",
    [
        (lambda m: tune(m, examples=[]), "no examples"),
        (lambda m: tune(m, frozen=("bert.", "classifier.")), "leaves no weight to train"),
        (lambda m: tune(m, examples=[("good", 1), (" ", 0)]), "has an empty text"),
        (lambda m: text_batches(TOKENIZER)([("cat " * 200, 1)]), "202 tokens, the model reads 128"),
        (lambda m: FineTuning(steps=0), "at least 1"),
        (lambda m: FineTuning(warmup=1.0), "share of the steps"),
    ],
)
def test_bad_input_is_refused(model, call, message):
    with pytest.raises(ValueError, match=message):
        call(model)


@pytest.mark.parametrize("steps, warmup", [(100, 0.1), (1, 0.5), (7, 0.0), (400, 0.99)])
def test_the_rate_rises_and_falls_in_straight_lines(steps, warmup):
    recipe = FineTuning(steps=steps, warmup=warmup, learning_rate=3e-4)
    rising = max(1, int(warmup * steps))
    up = [3e-4 * (step + 1) / rising for step in range(rising)]
    down = [3e-4 * (steps - step) / (steps - rising) for step in range(rising, steps)]
    assert [finetuning.learning_rate(recipe, step) for step in range(steps)] == pytest.approx(up + down, rel=1e-12)
