"""What course-t5 and course-bart share: what the decoder is told, padding, sizes, folders that load."""

import pytest
import small_language
import torch
from tiny_runs import TWO_STACKS, first_batch, recipe, train
from transformers import AutoModelForSeq2SeqLM, AutoTokenizer

from helpers import tinytown
from helpers.training.encoder_decoder import Example, collate
from helpers.training.loop import family_of, fresh_model
from helpers.training.recipe import Recipe
from helpers.transformer.parameters import cross_attention, tables_and_blocks


@pytest.mark.parametrize("name", TWO_STACKS)
def test_a_folder_with_two_stacks_loads_with_auto_classes_and_writes(tmp_path, name):
    trained, _ = train(tmp_path, name)
    tokenizer = AutoTokenizer.from_pretrained(tmp_path / name)
    model = AutoModelForSeq2SeqLM.from_pretrained(tmp_path / name).eval()
    assert type(model) is type(trained) and {weight.dtype for weight in model.parameters()} == {torch.float32}
    ids = tokenizer(f"the {'<extra_id_0>' if name == 'course-t5' else '[MASK]'} sat .", return_tensors="pt")
    assert tokenizer.convert_ids_to_tokens(ids["input_ids"][0])[-1] == "<|endoftext|>" and len(ids["input_ids"][0]) == 5
    with torch.no_grad():
        logits = model(**ids, labels=ids["input_ids"]).logits
        assert torch.allclose(logits, trained.eval()(**ids, labels=ids["input_ids"]).logits, atol=1e-5)
    written = model.generate(**ids, max_new_tokens=12)
    start = {"course-t5": tokenizer.pad_token_id, "course-bart": tokenizer.eos_token_id}[name]
    assert written[0, 0] == start == model.config.decoder_start_token_id and written.shape[1] <= 13
    assert set(written[0].tolist()) <= set(range(len(tokenizer)))


@pytest.mark.parametrize("name", TWO_STACKS)
def test_the_second_stack_is_told_what_came_before_and_asked_for_the_next_token(name):
    model, batch = first_batch(name)
    labels = batch["labels"]
    told = torch.full_like(labels, model.config.decoder_start_token_id)
    told[:, 1:] = labels[:, :-1].masked_fill(labels[:, :-1] == -100, 0)
    logits = model(batch["input_ids"], attention_mask=batch["attention_mask"], decoder_input_ids=told).logits
    asked = labels != -100
    by_hand = -logits.log_softmax(-1)[asked].gather(-1, labels[asked][:, None]).mean()
    assert torch.allclose(next(iter(family_of(name).losses(model, batch).values())), by_hand, atol=1e-5)


@pytest.mark.parametrize("name", TWO_STACKS)
def test_padding_changes_no_loss(name):
    model, batch = first_batch(name)
    wider = {
        key: torch.nn.functional.pad(value, (0, 5), value=-100 if key == "labels" else 0)
        for key, value in batch.items()
        if value.ndim
    }
    with torch.no_grad():
        losses = [float(next(iter(family_of(name).losses(model, b).values()))) for b in (batch, wider)]
    assert losses[0] == pytest.approx(losses[1], abs=1e-5)


def test_two_stacks_fit_bert_within_five_percent_but_for_the_cross_attention():
    def outside(name):
        model = fresh_model(Recipe(name), tinytown)[0]
        return tables_and_blocks(model)[1] - cross_attention(model), cross_attention(model)

    bert, none = outside("course-bert")
    for name, extra in (("course-t5", 131_072), ("course-bart", 132_096)):
        size, cross = outside(name)
        assert abs(size / bert - 1) < 0.05 and cross == extra and not none


def test_an_odd_number_of_layers_makes_no_two_stacks():
    with pytest.raises(ValueError, match="layers 3 cannot be shared out over two stacks; choose an even number"):
        fresh_model(recipe("course-t5", layers=3), small_language)


@pytest.mark.parametrize("side", ["source", "target"])
def test_a_text_longer_than_the_positions_is_named(side):
    rows = [Example(**{"source": [7, 5], "target": [7, 5], side: [7] * 200}, words=200)]
    tokenizer = fresh_model(recipe("course-t5"), small_language)[1]
    with pytest.raises(ValueError, match="row 0 has 200 tokens, the model has 128 positions; cut the text"):
        collate(rows, recipe=recipe("course-t5"), tokenizer=tokenizer, generator=None)
    with pytest.raises(ValueError, match="row 0 is empty"):
        empty = [Example(**{"source": [7], "target": [7], side: []}, words=1)]
        collate(empty, recipe=recipe("course-t5"), tokenizer=tokenizer, generator=None)
