"""The course's own trained models: `save_pretrained` folders under data/models, checked before they are used."""

import hashlib
import json
import logging as python_logging
import re
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import torch
import transformers
from huggingface_hub.utils import logging as hub_logging
from safetensors import SafetensorError, safe_open
from transformers import AutoTokenizer
from transformers.utils import logging

from helpers.transformer.checks import shown

DATA = Path(__file__).resolve().parents[2] / "data"


class CheckpointError(RuntimeError):
    """A model folder that is missing, damaged or inconsistent; the message names the file and the remedy."""


@dataclass(frozen=True)
class CourseModel:
    """Which transformers class holds a course model with all its heads, and the objective it was trained on."""

    class_name: str
    objective: str


COURSE = {
    "course-bert": CourseModel("BertForPreTraining", "masked LM and next sentence"),
    "course-gpt": CourseModel("GPT2LMHeadModel", "causal LM"),
    "course-t5": CourseModel("T5ForConditionalGeneration", "span corruption"),
    "course-bart": CourseModel("BartForConditionalGeneration", "denoising"),
}

SEEDS = {"course-bert": (1, 2), "course-gpt": (1, 2)}  # of trainings by the same recipe, beside 0
AGAIN = {f"{name}-seed-{seed}": name for name, seeds in SEEDS.items() for seed in seeds}
# Each differs in one thing from the course model behind it; not shipped, `make NAME` trains it.
CONTROLS = {"course-t5-deep": "course-t5"} | AGAIN


def model_folder(name: str) -> Path:
    """Where a course model is kept, or a control that is trained with other options and not shipped."""
    return DATA / "models" / (".checkpoints" if name in CONTROLS else "") / name


def is_trained(name: str) -> bool:
    """Whether the weights of a course model or control are there."""
    return (model_folder(name) / "model.safetensors").is_file()


def pretrainings(name: str) -> tuple[str, ...]:
    """A course model and its trainings with other seeds.

    >>> pretrainings("course-gpt"), pretrainings("course-t5")
    (('course-gpt', 'course-gpt-seed-1', 'course-gpt-seed-2'), ('course-t5',))
    """
    return (name, *(again for again, base in AGAIN.items() if base == name))


def _remedy(name: str) -> str:
    """The sentence that tells how to get a sound copy of a course model.

    >>> _remedy("course-gpt")
    'Get it back with `git checkout -- data/models/course-gpt`, or train it again: `make models` (all) or \
`python -m helpers.training course-gpt --seed 0`.'
    """
    if name in CONTROLS:
        return f"It is a control that is not shipped; train it: `make {name}`."
    return (
        f"Get it back with `git checkout -- data/models/{name}`, or train it again: "
        f"`make models` (all) or `python -m helpers.training {name} --seed 0`."
    )


def check_folder(folder: Path, remedy: str) -> None:
    """Make sure that a model folder is whole: its files exist, its JSON parses, its weights are not cut short.

    The safetensors header states where every tensor ends, so a cut file is found without reading it all.
    Raises CheckpointError naming the file; do what the message says.
    """
    for name in ("config.json", "tokenizer.json", "tokenizer_config.json", "model.safetensors"):
        if not (folder / name).is_file():
            raise CheckpointError(f"{folder / name} is missing. {remedy}")
    for name in ("config.json", "tokenizer.json", "tokenizer_config.json"):
        try:
            json.loads((folder / name).read_text(encoding="utf-8"))
        except ValueError as error:
            raise CheckpointError(f"{folder / name} is damaged ({error}). {remedy}") from error
    try:
        with safe_open(folder / "model.safetensors", framework="pt") as weights:
            if not weights.keys():
                raise CheckpointError(f"{folder / 'model.safetensors'} holds no tensors. {remedy}")
    except SafetensorError as error:
        raise CheckpointError(f"{folder / 'model.safetensors'} is damaged ({error}). {remedy}") from error


@contextmanager
def quiet():
    """No log lines and no progress bars from the libraries while a model is loaded or written."""
    level, hub_level, bar = logging.get_verbosity(), hub_logging.get_verbosity(), logging.is_progress_bar_enabled()
    logging.set_verbosity_error()
    hub_logging.set_verbosity_error()
    logging.disable_progress_bar()
    try:
        yield
    finally:
        logging.set_verbosity(level)
        hub_logging.set_verbosity(hub_level)
        if bar:
            logging.enable_progress_bar()


class _Listener(python_logging.Handler):
    """Keeps what a library would have written to the screen, but for its table of weights."""

    def __init__(self):
        super().__init__(python_logging.WARNING)
        self.said = []

    def emit(self, record):
        if "LOAD REPORT" not in record.getMessage():
            self.said.append(" ".join(record.getMessage().split()))


@contextmanager
def listening():
    """The warnings of transformers, in a list instead of on the screen.

    Where the variable CI is set, the library also hands them to Python's root logger: not here.
    """
    logger, listener = logging.get_logger("transformers"), _Listener()
    before = logger.handlers, logger.propagate
    logger.handlers, logger.propagate = [listener], False
    logging.set_verbosity_warning()
    try:
        yield listener.said
    finally:
        logger.handlers, logger.propagate = before


@dataclass(frozen=True)
class Report:
    """What is worth a line about a loaded model: weights that are new, layers left out, warnings of the library."""

    missing: list[str]
    layers: list[str]
    warnings: list[str]


def load_folder(folder: Path | str, model_class, **kwargs):
    """Load (model in evaluation mode, tokenizer, Report), without log lines."""
    kwargs.setdefault("attn_implementation", "eager")  # the implementation that can hand out its weights
    with quiet(), listening() as said:
        tokenizer = AutoTokenizer.from_pretrained(str(folder))
        model, found = model_class.from_pretrained(
            str(folder), use_safetensors=True, output_loading_info=True, **kwargs
        )
    unused = {
        match[1] for name in found["unexpected_keys"] if (match := re.search(r"\.(?:layers?|h|block)\.(\d+)\.", name))
    }
    return model.eval(), tokenizer, Report(sorted(found["missing_keys"]), sorted(unused, key=int), said)


def _check_model(model, tokenizer, folder: Path, remedy: str) -> None:
    """Make sure that every weight is a finite number and that every token has an embedding."""
    for name, weight in model.state_dict().items():
        if not torch.isfinite(weight).all():
            raise CheckpointError(f"{folder / 'model.safetensors'} is damaged ({name} is not finite). {remedy}")
    if len(tokenizer) > model.config.vocab_size:
        raise CheckpointError(
            f"{folder / 'tokenizer.json'} knows {len(tokenizer)} tokens, "
            f"config.json only {model.config.vocab_size}. {remedy}"
        )


def _check_class(name: str, model_class, folder: Path) -> None:
    """Refuse what cannot load a model, and a class of another family, whose weights would all start untrained."""
    if not hasattr(model_class, "from_pretrained"):
        raise TypeError(f"model_class cannot be {shown(model_class)}; pass a class of transformers, such as BertModel")
    found = json.loads((folder / "config.json").read_text(encoding="utf-8")).get("model_type")
    due = getattr(getattr(model_class, "config_class", None), "model_type", found)
    if due != found:
        raise ValueError(
            f"{model_class.__name__} reads {due} models and {name} is a {found}; choose a class for {found}"
        )


def _tell(what: str, report: Report) -> None:
    """One line for everything about a loaded model that is not as it was trained."""
    if report.missing:
        print(f"{what}: new, untrained weights: {', '.join(report.missing)}")
    if report.layers:
        print(f"{what}: layers {', '.join(report.layers)} of the file are left out; take num_hidden_layers away")
    for warning in report.warnings:
        print(f"{what}: transformers warns: {warning}")


def load_course(name: str, *, model_class=None, folder: Path | None = None, **kwargs):
    """Load a course model by name: (model in evaluation mode, tokenizer).

    >>> load_course("course-elmo")
    Traceback (most recent call last):
    ...
    ValueError: no course model is called 'course-elmo'; choose one of course-bert, course-gpt, course-t5, course-bart

    `model_class` takes another transformers class for the same weights (say `BertModel`). Weights that the file does
    not hold then start untrained, layers may be left out, the library may warn: one printed line says so. Attention is
    "eager" unless `attn_implementation` says otherwise.
    Raises ValueError for a class of another family, TypeError for what is no class of transformers, and
    CheckpointError when the folder is missing or damaged, naming the file and the command that remakes it.
    """
    base = CONTROLS[name] if isinstance(name, str) and name in CONTROLS else name
    if not isinstance(base, str) or base not in COURSE:
        raise ValueError(f"no course model is called {name!r}; choose one of {', '.join(COURSE)}")
    folder, remedy = Path(folder or model_folder(name)), _remedy(name)
    check_folder(folder, remedy)
    model_type = model_class or getattr(transformers, COURSE[base].class_name)
    _check_class(name, model_type, folder)
    try:
        model, tokenizer, report = load_folder(folder, model_type, **kwargs)
    except RuntimeError as error:  # weights of other shapes than the configuration's
        reason = str(error).strip().splitlines()[0]
        raise CheckpointError(f"{folder} does not fit {model_type.__name__} ({reason}). {remedy}") from error
    if report.missing and model_class is None:
        raise CheckpointError(f"{folder / 'model.safetensors'} lacks {', '.join(report.missing[:3])}. {remedy}")
    _tell(f"{name} as {type(model).__name__}", report)
    _check_model(model, tokenizer, folder, remedy)
    return model, tokenizer


def weights_fingerprint(model) -> str:
    """Twelve hexadecimal digits that change when any weight of a model does."""
    digest = hashlib.sha256()
    for name, weight in sorted(model.state_dict().items()):
        digest.update(name.encode() + weight.detach().cpu().contiguous().float().numpy().tobytes())
    return digest.hexdigest()[:12]
