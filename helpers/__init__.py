"""The code of the course. Importing it compares the versions that are here with those that the course needs.

That is left out while an environment is still being made: by `python -m helpers.setup`, and on Colab until the first
cell of a notebook has installed what is missing.
"""

import sys

if sys.version_info < (3, 11):  # noqa: UP036  (there, the modules below could not even be read)
    sys.exit(f"The course needs Python 3.11 or newer; this is Python {sys.version.split()[0]}: run a newer one")

from helpers.setup import versions

if not versions.being_set_up(sys.orig_argv, sys.modules):
    versions.require()
