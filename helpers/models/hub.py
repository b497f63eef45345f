"""Models of the Hugging Face hub, by id and pinned revision: public, safetensors only, no remote code, no token.

They are optional everywhere in the course. When a model cannot be had, `load_hub` prints one line and returns None.
"""

import sys
from dataclasses import dataclass
from pathlib import Path

import transformers
from huggingface_hub import constants, snapshot_download
from huggingface_hub.utils import get_session
from tqdm import tqdm

from helpers.models.course import load_folder, quiet
from helpers.transformer.checks import shown

FILES = ("*.json", "*.txt", "*.model", "*.jinja", "*.safetensors")
SECONDS = 5.0  # how long to wait for the hub's first answer


@dataclass(frozen=True)
class HubModel:
    """What a hub model is for, where it is pinned, how large it is, and under which licence it is published."""

    use: str
    revision: str
    parameters: str
    licence: str
    class_name: str


HUB = {
    "google-bert/bert-base-uncased": HubModel(
        "encoder", "86b5e0934494bd15c9632b12f734a8a67f723594", "110 M", "Apache-2.0", "BertForMaskedLM"
    ),
    "openai-community/gpt2": HubModel(
        "decoder", "607a30d783dfa663caf39e06633721c8d4cfcd7e", "124 M", "MIT", "GPT2LMHeadModel"
    ),
    "google-t5/t5-small": HubModel(
        "encoder-decoder",
        "df1b051c49625cf57a3d0d8d3863ed4d13564fe4",
        "60 M",
        "Apache-2.0",
        "T5ForConditionalGeneration",
    ),
    "facebook/bart-base": HubModel(
        "encoder-decoder",
        "aadd2ab0ae0c8268c7c9693540e9904811f36177",
        "139 M",
        "Apache-2.0",
        "BartForConditionalGeneration",
    ),
    "facebook/bart-large-cnn": HubModel(
        "summarisation",
        "37f520fa929c961707657b28798b30c003dd100b",
        "406 M",
        "MIT",
        "BartForConditionalGeneration",
    ),
    "sentence-transformers/all-MiniLM-L6-v2": HubModel(
        "sentence embeddings", "c9745ed1d9f207416be6d2e6f8de32d1f16199bf", "22 M", "Apache-2.0", "AutoModel"
    ),
    "HuggingFaceTB/SmolLM2-135M-Instruct": HubModel(
        "chat model", "12fd25f77366fa6b3b4b768ec3050bf629380bac", "135 M", "Apache-2.0", "AutoModelForCausalLM"
    ),
    "FacebookAI/roberta-base": HubModel(
        "encoder variant", "e2da8e2f811d1448a5b465c236feacd80ffbac7b", "125 M", "MIT", "RobertaForMaskedLM"
    ),
    "distilbert/distilbert-base-uncased": HubModel(
        "encoder variant", "12040accade4e8a0f71eabdb258fecc2e7e948be", "66 M", "Apache-2.0", "DistilBertForMaskedLM"
    ),
    "albert/albert-base-v2": HubModel(
        "encoder variant", "8e2f239c5f8a2c0f253781ca60135db913e5c80c", "12 M", "Apache-2.0", "AlbertForMaskedLM"
    ),
    "google-bert/bert-base-multilingual-cased": HubModel(
        "multilingual encoder", "3f076fdb1ab68d5b2880cb87a0886f315b8146f8", "178 M", "Apache-2.0", "BertForMaskedLM"
    ),
    "dmis-lab/biobert-base-cased-v1.2": HubModel(
        "biomedical encoder", "main", "108 M", "see the model card", "BertForMaskedLM"
    ),
    "answerdotai/ModernBERT-base": HubModel("encoder variant", "main", "149 M", "Apache-2.0", "AutoModelForMaskedLM"),
    "jhu-clsp/ettin-encoder-17m": HubModel("matched encoder", "main", "17 M", "MIT", "AutoModelForMaskedLM"),
    "jhu-clsp/ettin-decoder-17m": HubModel("matched decoder", "main", "17 M", "MIT", "AutoModelForCausalLM"),
}


class NoSafetensors(RuntimeError):
    """The files of a revision are there, but its weights are in another format, which the course does not load."""


def _reachable() -> bool:
    """Whether the hub answers at all within a few seconds."""
    try:
        get_session().head(constants.ENDPOINT, timeout=SECONDS)
    except Exception:  # noqa: BLE001 - offline, no route, refused, timed out: all mean "no"
        return False
    return True


def _snapshot(model_id: str, revision: str, online: bool) -> str:
    """The local folder with the files of one revision; what is already cached is not fetched again."""
    folder = snapshot_download(
        model_id,
        revision=revision,
        allow_patterns=list(FILES),
        ignore_patterns=["*/*"],  # no subfolders: they hold other formats
        token=False,
        local_files_only=not online,
        tqdm_class=tqdm,
    )
    if not any(Path(folder).glob("*.safetensors")):
        raise NoSafetensors(model_id)
    return folder


def _reason(error: Exception, online: bool) -> str:
    """Why a model is skipped, in words that do not depend on the machine.

    >>> _reason(OSError("no such file"), online=False)
    'it is not in the local cache and the hub cannot be reached'
    """
    if isinstance(error, NoSafetensors):
        return "its weights are not offered as safetensors at this revision"
    if not online:
        return "it is not in the local cache and the hub cannot be reached"
    return f"the download did not complete ({type(error).__name__}); run this cell again to take it up where it stopped"


def load_hub(model_id: str, *, model_class=None, revision: str | None = None, **kwargs):
    """Load a hub model at its pinned revision: (model in evaluation mode, tokenizer), or None after one printed line.

    `model_class` is a transformers class (default: the one listed in `HUB`, else AutoModel); attention is "eager"
    unless `attn_implementation` says otherwise. An id outside `HUB` is loaded at `revision`, or "main".
    Never raises because of the network, the cache or the files: the reader sees one line and the notebook goes on.
    Raises TypeError for an id that is no text.
    """
    if not isinstance(model_id, str) or not model_id.strip():
        raise TypeError(f"model_id cannot be {shown(model_id)}; pass an id such as 'openai-community/gpt2'")
    entry = HUB.get(model_id)
    revision = revision or (entry.revision if entry else "main")
    model_class = model_class or getattr(transformers, entry.class_name if entry else "AutoModel")
    with quiet():
        online = _reachable()
        try:
            model, tokenizer, _ = load_folder(_snapshot(model_id, revision, online), model_class, **kwargs)
        except Exception as error:  # noqa: BLE001 - optional by design: one line, never a trace
            sys.stderr.flush()
            print(f"skipped {model_id}: {_reason(error, online)}.")
            return None
    return model, tokenizer
