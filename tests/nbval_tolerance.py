"""A pytest plugin: nbval compares the words of an output exactly and its decimal numbers within a tolerance.

A cell's metadata may state it: `"tolerance": 0.02`, or `{"absolute": 0.02, "integers": 1}`. Without it a number with
a decimal point may differ by one unit of its last printed digit, a whole number (a count, a shape, a year) not at all.
Only printed text, results and the cells of HTML tables are read so; pictures, markup, warnings and errors stay exact.
Numbers inside words (course-t5, bf16, 2.9.1, #1f77b4, 1e-6, 0x1f) are words; nan and inf are words too.
"""

import copy
import re
from collections import defaultdict
from decimal import Decimal
from typing import NamedTuple

from nbval.plugin import IPyNbCell

NUMBER = re.compile(
    r"""(
    (?<![\w.#]) (?<!\w[-+/]) (?<!\d:)                  # not inside a word, a version, a colour, a date, a time
    [-+−]? (?:\d{1,3}(?:,\d{3})+ | \d+) (?:\.\d+(?:[eE][-+]?\d+)?)?
    (?!\w) (?!\.\d) (?![-/:]\w)
)""",
    re.VERBOSE,
)
MARKUP = re.compile(r"(<style\b.*?</style>|<script\b.*?</script>|<!--.*?-->|<[^>]*>)", re.DOTALL)


class Tolerance(NamedTuple):
    """How far apart two numbers may lie; `absolute` is for numbers with a decimal point (None: one last digit)."""

    absolute: Decimal | None = None
    integers: Decimal = Decimal(0)


def stated_tolerance(metadata):
    """Return the tolerance that a cell's metadata states.

    >>> stated_tolerance({"tolerance": 0.02})
    Tolerance(absolute=Decimal('0.02'), integers=Decimal('0'))

    Raises ValueError for anything but numbers from 0 up under the two names.
    """
    stated = metadata.get("tolerance", {})
    named = stated if isinstance(stated, dict) else {"absolute": stated}
    sound = all(type(number) in (int, float) and number >= 0 for number in named.values())
    if not sound or not set(named) <= set(Tolerance._fields):
        raise ValueError(
            '"tolerance" in a cell\'s metadata is a number from 0 up, or {"absolute": number, '
            f'"integers": number}}, not {stated!r}'
        )
    return Tolerance(**{name: Decimal(str(number)) for name, number in named.items()})


def value(number):
    return Decimal(number.replace(",", "").replace("−", "-"))


def last_digit(number):
    """Return one unit of the last printed digit.

    >>> last_digit("0.50"), last_digit("1.2e-06")
    (Decimal('0.01'), Decimal('1E-7'))
    """
    return Decimal(1).scaleb(value(number).as_tuple().exponent)


def allowed(stored, fresh, *, tolerance):
    """Return how far two numbers of the same kind may lie apart."""
    if "." not in stored:
        return tolerance.integers
    if tolerance.absolute is None:
        return min(last_digit(stored), last_digit(fresh))
    return tolerance.absolute


def frame(line, *, shifted):
    """Return what stands around a line's numbers and which of them are decimals: the part that is compared exactly.

    Where a number changed its width, columns have shifted: a run of spaces counts as one, before a number as none.
    """
    around, kinds = line[::2], ["." in number for number in line[1::2]]
    if shifted:
        around = [re.sub(" +", " ", text) for text in around]
        around = [text.rstrip(" ") for text in around[:-1]] + around[-1:]
    return around, kinds


def widths(line):
    return [len(number) for number in line[1::2]]


def reconcile(stored, fresh, *, tolerance):
    """Return the fresh text, its numbers as stored where they are near enough, and a remark on each that is not.

    >>> reconcile("loss  9.99, 12 steps", "loss 10.00, 12 steps", tolerance=Tolerance())
    ('loss  9.99, 12 steps', [])
    >>> reconcile("loss 0.93, 12 steps", "loss 0.95, 13 steps", tolerance=Tolerance(absolute=Decimal("0.02")))
    ('loss 0.93, 13 steps', ['12 is stored, 13 came out: 1 apart, tolerance 0'])
    >>> reconcile("loss 0.93", "Loss 0.93", tolerance=Tolerance())
    ('Loss 0.93', [])
    """
    old, new = ([NUMBER.split(line) for line in text.split("\n")] for text in (stored, fresh))
    if len(old) != len(new):
        return fresh, []
    shifted = any(widths(before) != widths(after) for before, after in zip(old, new))
    lines, remarks = [], []
    for before, after in zip(old, new):
        if frame(before, shifted=shifted) == frame(after, shifted=shifted):
            after, far = settle(before, after, tolerance=tolerance)
            remarks += far
        lines.append("".join(after))
    return "\n".join(lines), remarks


def settle(stored, fresh, *, tolerance):
    """Return the pieces of the stored line with those fresh numbers that are too far away, and a remark on each."""
    line, remarks = list(stored), []
    for i in range(1, len(line), 2):
        apart, most = abs(value(stored[i]) - value(fresh[i])), allowed(stored[i], fresh[i], tolerance=tolerance)
        if apart > most:
            line[i] = fresh[i]
            remarks.append(f"{stored[i]} is stored, {fresh[i]} came out: {apart} apart, tolerance {most}")
    return line, remarks


def reconcile_html(stored, fresh, *, tolerance):
    """Do the same between the tags of HTML, whose markup stays exact.

    >>> reconcile_html('<td id="0.5">0.50</td>', '<td id="0.5">0.51</td>', tolerance=Tolerance())
    ('<td id="0.5">0.50</td>', [])
    """
    old, new = MARKUP.split(stored), MARKUP.split(fresh)
    if old[1::2] != new[1::2]:
        return fresh, []
    settled = [reconcile(before, after, tolerance=tolerance) for before, after in zip(old[::2], new[::2])]
    new[::2] = [text for text, _ in settled]
    return "".join(new), [remark for _, remarks in settled for remark in remarks]


READERS = {"stdout": reconcile, "text/plain": reconcile, "text/html": reconcile_html}


def places(outputs):
    """Return where the texts of a cell's outputs stand, by kind: {kind: [(holder, key), ...]}."""
    found = defaultdict(list)
    for output in outputs:
        if output.output_type == "stream":
            found[output.name].append((output, "text"))
        for kind in output.get("data", {}):
            found[kind].append((output.data, kind))
    return found


def reconcile_outputs(cell, fresh, *, stored):
    """Return a cell's fresh outputs with what is near enough as stored, and a remark on each number that is not."""
    tolerance, fresh, remarks = stated_tolerance(cell.cell.metadata), copy.deepcopy(fresh), []
    before, after = places(stored), places(fresh)
    for kind, reader in READERS.items():
        for (old, old_key), (new, new_key) in zip(before[kind], after[kind]):
            new[new_key], far = reader(cell.sanitize(old[old_key]), cell.sanitize(new[new_key]), tolerance=tolerance)
            remarks += far
    return fresh, remarks


def pytest_itemcollected(item):
    """Let nbval, which compares word for word, see the reconciled outputs."""
    if not isinstance(item, IPyNbCell):
        return
    word_for_word = item.compare_outputs

    def compare_outputs(fresh, stored):
        reconciled, remarks = reconcile_outputs(item, fresh, stored=stored)
        same = word_for_word(reconciled, stored)
        if not same:
            item.comparison_traceback += remarks
        return same

    item.compare_outputs = compare_outputs
