"""Notebook 00: what it defines in its cells is what the helpers do, and its words agree with its verdicts."""

import ast
import math
import re
import subprocess
import sys

import pytest
import torch
import transformers
from books import ROOT, SOLUTION, code_cells, markdown_cells, read, said, source, text_outputs
from hub_stand_in import HubStandIn
from transformers.models.bert.modeling_bert import BertLayer

from helpers.models import HUB, load_course
from helpers.setup import ledger
from helpers.training import log
from helpers.training.recipe import Recipe
from helpers.transformer import parameters, positions

BOOK = read(ROOT / "notebooks" / "00_two_siblings.ipynb")
EXACT = {  # learned numbers of the published base models, heads left out
    "bert-base": 109_482_240,
    "roberta-base": 124_645_632,
    "distilbert": 66_362_880,
    "albert-base": 11_683_584,
    "gpt2": 124_439_808,
    "t5-small": 60_506_624,
    "bart-base": 139_420_416,
}


def defined(name, **names):
    """A function as the notebook's own cell defines it, run with these names in reach."""
    for cell in code_cells(BOOK):
        for node in ast.parse(source(cell)).body:
            if isinstance(node, ast.FunctionDef) and node.name == name:
                exec(ast.unparse(node), names)
                return names[name]
    raise AssertionError(f"no cell defines {name}")


def solution(name, **names):
    """A function as the notebook's collapsed solution defines it."""
    text = next(
        found[1] for cell in markdown_cells(BOOK) if (found := SOLUTION.search(source(cell))) and name in found[1]
    )
    exec(text, names)
    return names[name]


def test_the_differences_are_read_off_the_models_themselves():
    sizes = {"hidden_size": 8, "num_attention_heads": 2, "num_hidden_layers": 1, "intermediate_size": 8}
    bert = transformers.BertForPreTraining(transformers.BertConfig(vocab_size=9, **sizes))
    gpt_config = transformers.GPT2Config(vocab_size=9, n_embd=8, n_head=2, n_layer=1)
    found = parameters.differences(bert, transformers.GPT2LMHeadModel(gpt_config))
    assert found["where the layer norms stand"] == {
        "on the input vectors": (True, False),
        "in front of attention": (False, True),
        "after the last block": (False, True),
    }
    assert found["small parts"]["output is the word table"] == (True, True)
    assert found["small parts"]["pooler"] == found["small parts"]["bias on the output"] == (True, False)
    assert found["choices, as published"] == {"activation": ("gelu", "gelu_new"), "dropout": (0.1, 0.1)}
    gpt_config.tie_word_embeddings = False
    untied = parameters.differences(bert, transformers.GPT2LMHeadModel(gpt_config))
    assert untied["small parts"]["output is the word table"] == (True, False)


def test_every_parameter_of_the_poured_blocks_has_its_own_value_and_place():
    """The equality of two blocks decides something only if a wrong order of the weights would break it."""
    pour, draw = defined("pour", torch=torch), torch.Generator().manual_seed(0)
    one, two = torch.nn.Linear(3, 3), torch.nn.Linear(3, 3)
    pour([torch.randn(p.shape, generator=draw) for p in one.parameters()], one)
    pour(one.parameters(), two)
    assert torch.equal(one(torch.eye(3)), two(torch.eye(3)))
    with pytest.raises(ValueError):
        pour([one.weight], two)


def test_its_configurations_have_exactly_the_published_sizes():
    cell = next(source(cell) for cell in code_cells(BOOK) if "configs = {" in source(cell))
    names = {"transformers": transformers}
    exec(cell, names)
    size = defined("size_without_weights", torch=torch, parameters=parameters)
    assert {name: sum(size(*pair)) for name, pair in names["configs"].items()} == EXACT
    for pair in names["configs"].values():
        model = parameters.without_weights(*pair)
        assert size(*pair) == parameters.tables_and_blocks(model)
        assert sum(size(*pair)) == parameters.count(model) == model.num_parameters()


def test_its_solutions_agree_with_the_library():
    rotation = solution("rotation", torch=torch)
    assert torch.allclose(rotation(-5, 12), positions.rotation(-5, 12), atol=1e-6)
    count = solution("block_parameters")
    block = BertLayer(transformers.BertConfig(hidden_size=12, num_attention_heads=3, intermediate_size=20))
    assert count(12, 20, cross_attention=False) == parameters.count(block)


def test_its_way_of_writing_pairs_is_the_tokenizers():
    from helpers.models.tokenizers import build_tokenizer

    tokenizer = build_tokenizer(["the", "cat", "sat", "it", "purred", "."])
    write_pair, first, second = solution("write_pair"), "the cat sat .".split(), "it purred .".split()
    for room in (64, 9, 8):
        tokens, segments = write_pair(first, second, max_length=room)
        row = tokenizer(" ".join(first), " ".join(second), truncation="longest_first", max_length=room)
        assert (tokenizer.convert_ids_to_tokens(row["input_ids"]), row["token_type_ids"]) == (tokens, segments)


def test_its_verdicts_are_these():
    found = {row.claim: row.verdict for row in ledger.decided(BOOK, "00_two_siblings.ipynb")}
    assert found == {
        "C01": "holds with a caveat",
        "C02": "holds with a caveat",
        "C05": "does not hold here",
        "C09": "holds with a caveat",
        "C23": "holds",
        "C24": "holds",
        "C42": "holds",
    }


def test_each_verdicts_number_is_one_that_its_cell_shows():
    numbers = {
        "C01": ["75%"],
        "C02": ["0.000 "],
        "C05": ["course-gpt: 0 of 99", "course-bert: 99 of 99"],
        "C09": ["8 of 10"],
        "C23": ["15 of 15"],
        "C24": ["1.10", "0.09", "8.00"],
        "C42": ["11.7", "109.7"],
    }
    for cell in code_cells(BOOK):
        if "verdict" in cell["metadata"]:
            shown = "\n".join(text_outputs(cell))
            assert all(number in shown for number in numbers.pop(cell["metadata"]["claim"][0])), source(cell)[:60]
    assert numbers == {}


@pytest.mark.parametrize(
    "number",
    ["1092", "0.0625", "1.06", "0.69", "1.51", "13.8", "4.746", "590,592", "0.520", "0.473", "0.966", "0.951", "0.86"],
)
def test_a_number_of_its_prose_is_printed(number):
    assert number in said(BOOK)


def test_the_nats_of_its_build_are_those_of_its_prose():
    shown = re.search(r"your code ([\d.]+), the library ([\d.]+), best possible ([\d.]+)", said(BOOK))
    assert shown[1] == shown[2]
    prose = " ".join(source(cell) for cell in markdown_cells(BOOK))
    assert f"{shown[1]} nats a token, as in the library, where {shown[3]} is the best" in prose


def test_rows_that_no_text_reached_are_as_long_as_weight_decay_alone_makes_them():
    header, _ = log.read(log.RECORDS / "course-bert.jsonl")
    recipe = Recipe.from_dict(header["recipe"])
    model = load_course("course-bert")[0]
    length = model.bert.embeddings.position_embeddings.weight[100:].norm(dim=-1).mean().item()
    rates = 0.0025 * (500 / 2 + (14_000 - 500) / 2)  # a linear rise, then half a cosine
    assert math.isclose(rates, 17.5)
    expected = 0.02 * 128**0.5 * math.exp(-rates * 0.05)
    assert abs(length - expected) < 0.01, recipe


def test_its_glossary_explains_the_terms_that_later_notebooks_link_to():
    glossary = next(source(cell) for cell in markdown_cells(BOOK) if source(cell).startswith("## Glossary"))
    terms = re.findall(r"^\| ([^|]+) \|", glossary, re.MULTILINE)[2:]
    assert terms == sorted(terms, key=str.lower) and 28 <= len(terms) <= 36
    for term in ("logits", "cosine", "pooler", "cloze", "nat", "floor", "filtering", "smoothing", "perplexity"):
        assert term in terms


@pytest.fixture(scope="module")
def stand_ins(tmp_path_factory):
    """Two small models under the ids of the notebook's last experiment, at their pinned revisions."""
    from helpers.models.tokenizers import build_causal_tokenizer, build_tokenizer

    words, root = "the muddy bank belongs to river state .".split(), tmp_path_factory.mktemp("originals")
    encoder, decoder = build_tokenizer(words), build_causal_tokenizer(words)
    bert = transformers.BertConfig(
        vocab_size=len(encoder),
        hidden_size=16,
        num_hidden_layers=1,
        num_attention_heads=2,
        intermediate_size=32,
        initializer_range=0.5,  # large enough that a word moves a vector visibly
    )
    gpt = transformers.GPT2Config(vocab_size=len(decoder), n_embd=16, n_layer=1, n_head=2)
    folders = {}
    for model_id, model, tokenizer in (
        ("google-bert/bert-base-uncased", transformers.BertModel(bert), encoder),
        ("openai-community/gpt2", transformers.GPT2Model(gpt), decoder),
    ):
        folders[model_id] = root / model_id.split("/")[1]
        model.save_pretrained(folders[model_id])
        tokenizer.save_pretrained(folders[model_id])
    return folders, {model_id: HUB[model_id].revision for model_id in folders}


def test_its_hub_experiment_runs_and_a_broken_download_costs_one_line_each(stand_ins, tmp_path):
    cells = [source(cell) for cell in code_cells(BOOK)]
    imports = next(cell for cell in cells if "from helpers.models import" in cell)
    experiment = next(cell for cell in cells if cell.startswith("originals = {"))
    vectors = next(n for cell in cells for n in ast.parse(cell).body if getattr(n, "name", "") == "vectors")
    script = "\n".join([imports, ast.unparse(vectors), experiment])

    def printed(server, home):
        command = [sys.executable, "-c", script]
        run = subprocess.run(
            command, cwd=ROOT, env=server.environment(home), capture_output=True, text=True, check=True
        )
        assert "Traceback" not in run.stderr
        return run.stdout.splitlines()

    with HubStandIn(*stand_ins) as server:
        lines = printed(server, tmp_path / "whole")
    encoder, decoder = (float(line.rsplit(" ", 1)[-1].rstrip("%")) for line in lines)
    assert encoder > 0 and decoder == 0
    with HubStandIn(*stand_ins, cut_after=500) as server:
        lines = printed(server, tmp_path / "cut")
    assert [line.split(":")[0] for line in lines] == [f"skipped {model_id}" for model_id in stand_ins[0]]


def test_segment_ids_of_zero_add_the_vector_of_word_zero_to_every_position():
    body = load_course("course-gpt", model_class=transformers.GPT2Model)[0]
    row = torch.tensor([[5, 898, 195]])
    with torch.no_grad():
        typed = body(input_ids=row, token_type_ids=torch.zeros_like(row)).last_hidden_state
        added = body(inputs_embeds=body.wte(row) + body.wte.weight[0]).last_hidden_state
    assert torch.allclose(typed, added, atol=1e-4)
