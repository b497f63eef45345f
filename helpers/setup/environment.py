"""The course's pinned versions: read from environment.yml, installed by `make env` into a virtual environment.

Standard library only, since it runs before anything is installed.
"""

import os
import re
import subprocess
import sys
from pathlib import Path
from urllib.request import urlopen

ROOT = Path(__file__).resolve().parents[2]
CPU_WHEELS = "https://download.pytorch.org/whl/cpu"  # torch without CUDA: a tenth of the download on Linux


def pins(text: str) -> dict[str, str]:
    """Exact pins of an environment file, by distribution name.

    >>> pins("dependencies:\\n  - python=3.11\\n  - pip:\\n      - torch==2.13.0  # cpu is enough\\n      - -e .")
    {'torch': '2.13.0'}
    """
    return dict(re.findall(r"^\s+- ([\w.-]+)==([\w.+-]+)\s*(?:#.*)?$", text, flags=re.MULTILINE))


def cpu_index() -> list[str]:
    """pip options that prefer torch's CPU wheels where their index answers (Linux; elsewhere they are the default)."""
    if not sys.platform.startswith("linux") or os.environ.get("TORCH_BUILD") == "default":
        return []
    try:
        with urlopen(f"{CPU_WHEELS}/torch/", timeout=5):
            return ["--extra-index-url", CPU_WHEELS]
    except OSError:
        return []


def install(python: Path, *, root: Path = ROOT) -> None:
    """Install the pins with the given interpreter's pip: torch alone first, so that nothing else chooses its build."""
    versions = pins((root / "environment.yml").read_text(encoding="utf-8"))
    torch = f"torch=={versions.pop('torch')}"
    pip = [str(python), "-m", "pip", "install", "--quiet", "--disable-pip-version-check"]
    print(f"installing {torch} ...", flush=True)
    subprocess.run([*pip, torch, *cpu_index()], check=True)
    print(f"installing {len(versions)} more pinned packages ...", flush=True)
    subprocess.run([*pip, torch, *(f"{name}=={version}" for name, version in versions.items())], check=True)
    subprocess.run([*pip, "--no-deps", "--editable", str(root)], check=True)


if __name__ == "__main__":
    try:
        install(Path(sys.executable))
    except subprocess.CalledProcessError as error:
        sys.exit(
            f"pip stopped with code {error.returncode} (its own message stands above); "
            "`make env` takes up again where it stopped"
        )
