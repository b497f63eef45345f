"""What the functions on numbers and tensors accept, checked in one place; a message names the value and the remedy.

A check returns what it was given, converted where two spellings mean the same, or raises TypeError for another kind of
thing and ValueError for a value out of range.
"""

from __future__ import annotations

import math
import numbers
from collections.abc import Mapping, Sized

import numpy as np
import torch


def shown(value) -> str:
    """A value as an error shows it: arrays by their shape, models by their class, the rest cut short, with its type.

    >>> shown(3.7), shown(torch.zeros(2, 3))
    ('3.7 (float)', 'a Tensor of shape (2, 3), torch.float32')
    """
    if isinstance(value, torch.Tensor | np.ndarray):
        return f"a {type(value).__name__} of shape {tuple(value.shape)}, {value.dtype}"
    if isinstance(value, torch.nn.Module):
        return f"a model ({type(value).__name__})"
    text = repr(value).splitlines()[0] if repr(value) else ""
    return f"{text if len(text) <= 60 else text[:57] + '...'} ({type(value).__name__})"


def whole(value, name: str, *, least: int | None = 0, most: int | None = None) -> int:
    """The value as an int between `least` and `most`, each None for no limit.

    >>> whole(0, "layers", least=1)
    Traceback (most recent call last):
    ...
    ValueError: layers 0 is too small; pass 1 or more
    """
    if isinstance(value, bool) or not isinstance(value, numbers.Integral):
        limit = "" if least is None else f", {least} or more"
        raise TypeError(f"{name} cannot be {shown(value)}; pass a whole number{limit}")
    if least is not None and value < least:
        raise ValueError(f"{name} {value} is too small; pass {least} or more")
    if most is not None and value > most:
        raise ValueError(f"{name} {value} is too large; pass {most} or less")
    return int(value)


def real(value, name: str, *, above: float = -math.inf, least: float = -math.inf, most: float = math.inf) -> float:
    """The value as a finite float, above one limit, and from `least` to `most`.

    >>> real(0, "temperature", above=0)
    Traceback (most recent call last):
    ...
    ValueError: temperature 0 must be a finite number above 0
    """
    limits = [f"above {above}"] if above > -math.inf else []
    limits += [f"{least} or more"] if least > -math.inf else []
    limits += [f"{most} or less"] if most < math.inf else []
    due = " ".join(["a finite number", *limits])
    if isinstance(value, bool) or not isinstance(value, numbers.Real):
        raise TypeError(f"{name} cannot be {shown(value)}; pass {due}")
    if not (math.isfinite(value) and above < value and least <= value <= most):
        raise ValueError(f"{name} {value} must be {due}")
    return float(value)


def share(value, name: str, *, usual: str = "") -> float:
    """The value as a float between 0 and 1, both excluded; `usual` names whose value is customary.

    >>> share(1.0, "rate", usual="BERT uses 0.15")
    Traceback (most recent call last):
    ...
    ValueError: rate 1.0 must lie between 0 and 1, both excluded; BERT uses 0.15
    """
    if isinstance(value, bool) or not isinstance(value, numbers.Real):
        raise TypeError(f"{name} cannot be {shown(value)}; pass a number between 0 and 1")
    if not 0 < value < 1:
        raise ValueError(f"{name} {value} must lie between 0 and 1, both excluded; {usual or 'choose one in between'}")
    return float(value)


def random_source(generator) -> torch.Generator:
    """The generator itself; a seed, None or numpy's generator is refused."""
    if not isinstance(generator, torch.Generator):
        raise TypeError(f"generator cannot be {shown(generator)}; pass torch.Generator().manual_seed(0)")
    return generator


def tensor(value, name: str, *, dims: int | None = None, least_dims: int = 0) -> torch.Tensor:
    """The value as a tensor of numbers: tensors, numpy arrays and nested lists of one shape.

    >>> tensor([[1, 2], [3, 4]], "ids", dims=2).shape
    torch.Size([2, 2])
    """
    try:
        value = value.copy() if isinstance(value, np.ndarray) else value  # read-only, or read backwards
        found = None if isinstance(value, str | bool | None) else torch.as_tensor(value)
    except (TypeError, ValueError, RuntimeError, OverflowError):
        found = None
    if found is None:
        raise TypeError(f"{name} cannot be {shown(value)}; pass a tensor or a nested list of numbers of one shape")
    if (dims is not None and found.dim() != dims) or found.dim() < least_dims:
        wanted = dims if dims is not None else f"at least {least_dims}"
        raise ValueError(f"{name} has shape {tuple(found.shape)}; pass a tensor of {wanted} dimension(s)")
    return found


DTYPES = {
    "floating": (lambda x: x.is_floating_point(), "numbers with a point: x.float()"),
    "whole": (lambda x: not (x.is_floating_point() or x.is_complex() or x.dtype == torch.bool), "ids: x.long()"),
    "boolean": (lambda x: x.dtype == torch.bool, "booleans, True = may attend (of ones and zeros: x.bool())"),
}


def require_tensor(value, name: str, *, dtype: str | None = None, dims: int | None = None, least_dims: int = 0):
    """A torch tensor as it is, of "floating", "whole" or "boolean" numbers and so many dimensions.

    >>> require_tensor(torch.zeros(2, dtype=torch.long), "hidden", dtype="floating")
    Traceback (most recent call last):
    ...
    ValueError: hidden has dtype torch.int64; pass numbers with a point: x.float()
    """
    if not isinstance(value, torch.Tensor):
        raise TypeError(f"{name} cannot be {shown(value)}; pass a torch tensor: torch.as_tensor(x)")
    if dtype is not None and not DTYPES[dtype][0](value):
        raise ValueError(f"{name} has dtype {value.dtype}; pass {DTYPES[dtype][1]}")
    if (dims is not None and value.dim() != dims) or value.dim() < least_dims:
        wanted = dims if dims is not None else f"at least {least_dims}"
        raise ValueError(f"{name} has shape {tuple(value.shape)}; pass a tensor of {wanted} dimension(s)")
    return value


def require_module(model, name: str = "model"):
    """A torch module; anything else is refused.

    >>> require_module("bert")
    Traceback (most recent call last):
    ...
    TypeError: model cannot be 'bert' (str); pass a model or a block of it
    """
    if not isinstance(model, torch.nn.Module):
        raise TypeError(f"{name} cannot be {shown(model)}; pass a model or a block of it")
    return model


def finite(value, name: str, *, dims: int | None = None) -> np.ndarray:
    """The value as an array of finite numbers.

    >>> finite([[float("nan")]], "scores")
    Traceback (most recent call last):
    ...
    ValueError: scores hold nan in row 0; every one must be a finite number: look at what computed them
    """
    found = tensor(value, name, dims=dims).detach().double().numpy()
    if not np.isfinite(found).all():
        place = np.argwhere(~np.isfinite(found))[0]
        where = f" in row {place[0]}" if found.ndim else ""
        raise ValueError(
            f"{name} hold {found[tuple(place)]}{where}; every one must be a finite number: look at what computed them"
        )
    return found


def listed(value, name: str, *, least: int = 1, of: str = "items") -> list:
    """The value as a list of at least `least`; a bare string is refused, for its letters would be the items.

    >>> listed("thank you", "tokens", of="words")
    Traceback (most recent call last):
    ...
    TypeError: tokens cannot be 'thank you' (str); pass a list of words
    """
    if isinstance(value, str | bytes | Mapping) or not isinstance(value, Sized) or not hasattr(value, "__iter__"):
        raise TypeError(f"{name} cannot be {shown(value)}; pass a list of {of}")
    if len(value) < least:
        raise ValueError(f"{name} has {len(value)} {of}; pass a list of {least} or more")
    return list(value)


def flag(value, name: str) -> bool:
    """True or False, and nothing that only counts as one of them."""
    if not isinstance(value, bool):
        raise TypeError(f"{name} cannot be {shown(value)}; pass True or False")
    return value


def one_of(value, name: str, choices):
    """The value, if it is one of the choices.

    >>> one_of("middle", "side", ("left", "right"))
    Traceback (most recent call last):
    ...
    ValueError: side 'middle' (str) does not exist; choose one of left, right
    """
    if not isinstance(value, str) or value not in choices:
        raise ValueError(f"{name} {shown(value)} does not exist; choose one of {', '.join(choices)}")
    return value
