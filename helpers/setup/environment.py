"""The course's environment: the versions of environment.yml in a virtual environment, made anew only when they change.

What decides is content: a digest of environment.yml's lines, the interpreter, the folder. Standard library only, since
it runs before anything is installed.
"""

import contextlib
import hashlib
import json
import os
import platform
import re
import shutil
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from urllib.request import urlopen

from helpers.setup.progress import Stop, follow, reporter

ROOT = Path(__file__).resolve().parents[2]
STAMP = "course.json"  # in .venv: what it was made from
WHO = (
    "import json, os, platform, sys, pip; "
    "print(json.dumps([platform.python_version(), os.path.realpath(sys.base_prefix)]))"
)
INTEL_MAC = (
    "PyTorch has no builds for Intel Macs any more: use Colab or Binder (README.md); "
    "on an Apple Silicon Mac this Python was made for Intel, take one made for arm64"
)


def pins(text: str) -> dict[str, str]:
    """Exact pins of an environment file, by distribution name.

    >>> pins("dependencies:\\n  - python=3.11\\n  - pip:\\n      - torch==2.13.0  # cpu is enough\\n      - -e .")
    {'torch': '2.13.0'}
    """
    return dict(re.findall(r"^\s+- ([\w.-]+)==([\w.+-]+)\s*(?:#.*)?$", text, flags=re.MULTILINE))


def extra_index(text: str) -> str:
    """The extra package index of an environment file: torch without CUDA, a tenth of the download on Linux.

    >>> extra_index("  - pip:\\n      - --extra-index-url https://x.org/cpu  # CPU")
    'https://x.org/cpu'
    """
    return re.search(r"^\s+- --extra-index-url (\S+)", text, flags=re.MULTILINE)[1]


def digest(text: str) -> str:
    """A short checksum of an environment file's content; comments and empty lines do not count.

    >>> digest("a: 1  # one\\n\\n") == digest("# a letter\\na: 1"), digest("a: 1") == digest("a: 2")
    (True, False)
    """
    lines = [line.split("#")[0].rstrip() for line in text.splitlines()]
    return hashlib.sha256("\n".join(filter(None, lines)).encode()).hexdigest()[:16]


def cpu_index(text: str) -> list[str]:
    """pip options that prefer torch's CPU wheels where their index answers (Linux; elsewhere they are the default)."""
    if not sys.platform.startswith("linux") or os.environ.get("TORCH_BUILD") == "default":
        return []
    try:
        with urlopen(f"{extra_index(text)}/torch/", timeout=5):
            return ["--extra-index-url", extra_index(text)]
    except OSError:
        return []


def interpreter(folder: Path, *, windows: bool = os.name == "nt") -> Path:
    """The Python of a virtual environment.

    >>> interpreter(Path(".venv"), windows=True).name, interpreter(Path(".venv"), windows=False).parts[1:]
    ('python.exe', ('bin', 'python'))
    """
    return folder.joinpath(*(("Scripts", "python.exe") if windows else ("bin", "python")))


def identity(python: Path | str) -> list[str] | None:
    """The version of an interpreter and where its base lies; None where it does not run or has no pip."""
    try:
        said = subprocess.run([str(python), "-c", WHO], capture_output=True, text=True)
        return json.loads(said.stdout) if said.returncode == 0 else None
    except (OSError, ValueError):
        return None


def state(python: list[str], *, root: Path = ROOT) -> dict[str, str]:
    """What an environment is made from: the same state, the same environment."""
    text = (root / "environment.yml").read_text(encoding="utf-8")
    return {"environment.yml": digest(text), "python": python[0].rpartition(".")[0], "folder": str(root)}


def stamped(folder: Path) -> dict[str, str] | None:
    """The state that the last finished installation left in an environment, or None."""
    try:
        return json.loads((folder / STAMP).read_text(encoding="utf-8"))
    except (OSError, ValueError):
        return None


@contextlib.contextmanager
def set_aside(folder: Path) -> Iterator[None]:
    """The folder is free; what stood there comes back when the block fails, and is deleted when it ends well."""
    aside = folder.with_name(f"{folder.name}.before")
    shutil.rmtree(aside, ignore_errors=True)
    if folder.exists() or folder.is_symlink():
        folder.rename(aside)
    try:
        yield
    except BaseException:
        if aside.exists():
            shutil.rmtree(folder, ignore_errors=True)
            aside.rename(folder)
        raise
    shutil.rmtree(aside, ignore_errors=True)


def create(folder: Path) -> None:
    """An empty virtual environment of the interpreter that runs this.

    Raises Stop where that interpreter lacks the modules for it.
    """
    if subprocess.run([sys.executable, "-c", "import venv, ensurepip"], capture_output=True).returncode:
        raise Stop(
            f"{sys.executable} cannot make a virtual environment: its modules venv and ensurepip are missing. "
            "On Debian and Ubuntu: sudo apt-get install python3-venv; then give the same command again"
        )
    done = subprocess.run([sys.executable, "-m", "venv", str(folder)], capture_output=True, text=True)
    if done.returncode:
        raise Stop(f"no virtual environment could be made in {folder}: {(done.stderr or done.stdout).strip()[-300:]}")


def install(python: Path, *, root: Path = ROOT) -> None:
    """Install the pins with the given interpreter's pip: torch alone first, so that nothing else chooses its build.

    Raises Stop with the cause where that fails.
    """
    text = (root / "environment.yml").read_text(encoding="utf-8")
    versions = pins(text)
    torch = f"torch=={versions.pop('torch')}"
    rest = [f"{name}=={version}" for name, version in versions.items()]
    steps = [
        (f"1 of 3: {torch}", [torch, *cpu_index(text)]),
        (f"2 of 3: {len(rest)} more packages and what they need (some minutes)", [torch, *rest]),
        ("3 of 3: the course itself", ["--no-deps", "--editable", str(root)]),
    ]
    show = reporter()
    for title, what in steps:
        print(f"{title} ...", flush=True)
        follow([str(python), "-m", "pip", "install", "--disable-pip-version-check", "--no-input", *what], show=show)
    if sys.stderr.isatty():
        print(file=sys.stderr)


def build(*, root: Path = ROOT, exactly: bool = False) -> Path:
    """The interpreter of .venv, which holds what environment.yml says afterwards.

    exactly: with the interpreter that runs this; otherwise an environment of another Python is kept as it is.
    Nothing is done where nothing has changed; an old environment is given up only when the new one is complete.

    Raises Stop with the reason, in one line.
    """
    if (sys.platform, platform.machine()) == ("darwin", "x86_64"):
        raise Stop(INTEL_MAC)
    folder, wanted = root / ".venv", [platform.python_version(), os.path.realpath(sys.base_prefix)]
    python = interpreter(folder)
    here = identity(python)
    if here is None or (exactly and here != wanted):
        print(f"making .venv with Python {wanted[0]}{f' instead of {here[0]}' if here else ''}", flush=True)
        with set_aside(folder):
            create(folder)
            finish(python, root=root)
    elif stamped(folder) != state(here, root=root):
        finish(python, root=root)
    return python


def finish(python: Path, *, root: Path) -> None:
    """Install, and only then write down from what."""
    install(python, root=root)
    text = json.dumps(state(identity(python), root=root), indent=1)
    (root / ".venv" / STAMP).write_text(text + "\n", encoding="utf-8")
