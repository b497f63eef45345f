"""What every exercise check shares: one line for the reader, one result for the tests.

A check is a plain function that takes the reader's answer and calls `require` for everything that must hold;
`@exercise` turns it into one that never raises:

* not attempted (`raise NotImplementedError`, `...`, or None) -> "not attempted yet"; the hint comes on request
* a requirement broken                                        -> "not yet right: <diagnosis>"
* the reader's own code fails                                 -> "your code stopped with <error>"
* everything holds                                            -> "correct"

Where the course has a version of its own (`ours`), the result's `answer` is the reader's when it is correct and the
course's when it is not, so that the notebook runs on in either case.
"""

import functools
from dataclasses import dataclass

import numpy

CORRECT, WRONG, UNDONE = "correct", "wrong", "not attempted"


class WrongAnswer(AssertionError):
    """A requirement that the reader's answer breaks; the message is the diagnosis."""


class NotAttempted(Exception):
    """The reader's answer is still the empty one."""


@dataclass(frozen=True)
class Result:
    """The outcome of a check: true when correct, with the line that was printed and the answer to go on with.

    >>> bool(Result(CORRECT, "sinusoids: correct"))
    True
    """

    status: str
    message: str
    answer: object = None

    def __bool__(self) -> bool:
        return self.status == CORRECT

    def _ipython_display_(self) -> None:
        """Show nothing more in a notebook: the line is already printed."""


def require(condition, diagnosis: str) -> None:
    """Stop the check with a diagnosis unless the condition holds.

    >>> require(2 > 1, "two must be more than one")
    """
    if not bool(condition):
        raise WrongAnswer(diagnosis)


def require_shape(value, shape: tuple, *, hint: str = "") -> None:
    """Stop the check unless the value is an array or tensor of this shape.

    >>> import numpy; require_shape(numpy.zeros((2, 3)), (2, 3))
    """
    received = getattr(value, "shape", None)
    require(received is not None, f"expected an array of shape {tuple(shape)}, received a {type(value).__name__}")
    require(
        tuple(received) == tuple(shape), f"expected shape {tuple(shape)}, received {tuple(received)}. {hint}".strip()
    )


def close(value, expected, *, tolerance: float = 1e-5) -> bool:
    """Whether two arrays or tensors have one shape and agree everywhere within the tolerance.

    >>> close([1.0, 2.0], [1.0, 2.0 + 1e-9])
    True
    """
    value, expected = (numpy.asarray(getattr(x, "detach", lambda x=x: x)(), dtype=float) for x in (value, expected))
    return value.shape == expected.shape and bool(numpy.allclose(value, expected, rtol=0, atol=tolerance))


def _attempted(answer):
    """The reader's answer; a function is wrapped so that an empty body counts as not attempted."""
    if answer is None or answer is Ellipsis:
        raise NotAttempted
    if not callable(answer) or isinstance(answer, type):
        return answer

    @functools.wraps(answer)
    def attempt(*args, **kwargs):
        value = answer(*args, **kwargs)
        if value is None or value is Ellipsis:
            raise NotAttempted
        return value

    return attempt


def _judge(check, answer) -> tuple[str, str]:
    """Run the bare check and name its outcome: (status, line)."""
    try:
        check(_attempted(answer))
    except (NotAttempted, NotImplementedError):
        return UNDONE, "not attempted yet"
    except WrongAnswer as diagnosis:
        return WRONG, f"not yet right: {diagnosis}"
    except Exception as error:  # noqa: BLE001 - whatever the answer raises, the reader sees one line
        first_line = (str(error).strip().splitlines() or ["no message"])[0]
        return WRONG, f"your code stopped with {type(error).__name__}: {first_line}"
    return CORRECT, "correct"


def exercise(name: str, *, hint: str, ours=None):
    """Turn a bare check into one that prints a single line and returns a `Result`; `check.hint()` prints the hint.

    ours: the course's own version, which the result's `answer` falls back on.

    >>> @exercise("double", hint="two times x", ours=lambda x: x + x)
    ... def check_double(answer):
    ...     require(answer(3) == 6, "double(3) must be 6; did you square?")
    >>> check_double(lambda x: 2 * x).answer(4)
    double: correct
    8
    >>> check_double(lambda x: x**2).answer(4)
    double: not yet right: double(3) must be 6; did you square? (the course's own version is used below)
    8
    >>> bool(check_double(...))
    double: not attempted yet; the course's own version is used below
    False
    >>> check_double.hint()
    hint: two times x
    """
    fallback = {UNDONE: "; the course's own version is used below", WRONG: " (the course's own version is used below)"}

    def decorate(check):
        @functools.wraps(check)
        def judged(answer) -> Result:
            status, line = _judge(check, answer)
            more = "" if ours is None else fallback.get(status, "")
            result = Result(status, f"{name}: {line}{more}", answer if status == CORRECT or ours is None else ours)
            print(result.message)
            return result

        judged.hint = lambda: print(f"hint: {hint}")
        return judged

    return decorate
