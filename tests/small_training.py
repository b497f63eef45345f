"""The command `python -m helpers.training` on the small language, with an evaluation that can kill it."""

import os
import signal
from itertools import count

import small_language

from helpers.training.__main__ import main

CALLS = count(1)


def evaluation(model, tokenizer):
    """Kill this process at the call that the environment names, as a crash would: nothing is cleaned up."""
    if next(CALLS) == int(os.environ.get("DIES_AT_EVALUATION", 0)):
        os.kill(os.getpid(), signal.SIGKILL)
    return {}


if __name__ == "__main__":
    main(language=small_language, evaluations=lambda name: [evaluation])
