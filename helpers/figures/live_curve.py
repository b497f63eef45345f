"""A training run as it happens: a bar on stderr and a curve that grows towards the exact floor.

Set TQDM_DISABLE=1 to see neither while it runs; the finished curve is drawn either way, once.
"""

from __future__ import annotations

import os
import sys

from IPython.display import display
from tqdm import tqdm

from helpers.figures.plots import curves, show, to_png


class LiveCurve:
    """Counts the steps of a training loop and draws the losses that `note` is told, beside the floor.

    >>> watch = LiveCurve(4, floor=0.5, alt="A loss that falls towards its floor.")
    >>> for step in watch:
    ...     if step % 2:
    ...         watch.note(step + 1, 2.0 / (step + 1))
    >>> watch.points
    [(2, 1.0), (4, 0.5)]

    Units: losses and the floor in nats. Raises ValueError for fewer than one step.
    """

    def __init__(self, steps, *, floor, alt, label="course of training", ylabel="nats per hidden word"):
        if steps < 1:
            raise ValueError(f"{steps} steps are too few to train; ask for at least 1")
        self.steps, self.floor, self.alt, self.label, self.ylabel = steps, float(floor), alt, label, ylabel
        self.points = []
        self._live = os.environ.get("TQDM_DISABLE", "") in ("", "0")
        self._handle = None

    def __iter__(self):
        with tqdm(
            total=self.steps, desc=self.label, unit="step", file=sys.stderr, mininterval=1.0, disable=not self._live
        ) as self._bar:
            for step in range(self.steps):
                yield step
                self._bar.update()

    def note(self, step, loss):
        """Record a loss after this many steps; a person who watches sees bar and curve move."""
        self.points.append((step, float(loss)))
        self._bar.set_postfix_str(f"loss {loss:.3f}, floor {self.floor:.3f} nats", refresh=False)
        if self._live and _in_notebook():
            self._draw()

    def figure(self):
        """The losses so far, the floor in black dashes."""
        steps, losses = zip(*self.points)
        drawn = curves(steps, {"encoder": losses}, exact=self.floor, xlabel="training steps", ylabel=self.ylabel)
        drawn.axes[0].legend(["held-out loss", "best possible"], frameon=False)
        return drawn

    def show(self):
        """Display the finished curve; where it was already drawn while growing, that picture becomes the last one."""
        if self._handle is None:
            show(self.figure(), alt=self.alt)
        else:
            self._draw()

    def _draw(self):
        data = {"image/png": to_png(self.figure()), "text/plain": f"Figure: {self.alt}"}
        if self._handle is None:
            self._handle = display(data, raw=True, metadata={"image/png": {"alt": self.alt}}, display_id=True)
        else:
            self._handle.update(data, raw=True, metadata={"image/png": {"alt": self.alt}})


def _in_notebook():
    ipython = sys.modules.get("IPython")
    return bool(ipython and ipython.get_ipython())
