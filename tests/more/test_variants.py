"""Each notebook again, its outputs still compared, where something about the run is different."""

import json
import os
import shutil
import subprocess
import sys

import pytest
from books import PATHS, ROOT, doubled, read, run_strictly

# Python imports this at its start, kernels included: only this machine can be reached.
CUT = """
import socket

class CutOff(OSError):
    pass

def local(address):
    return not isinstance(address, tuple) or address[0] in ("127.0.0.1", "::1", "localhost", "0.0.0.0", "")

def guarded(connect):
    def call(self, address):
        if not local(address):
            raise CutOff(f"the network is cut: {address}")
        return connect(self, address)
    return call

socket.socket.connect = guarded(socket.socket.connect)
socket.socket.connect_ex = guarded(socket.socket.connect_ex)
resolve = socket.getaddrinfo

def getaddrinfo(host, *rest, **more):
    if not local((host if host else "",)):
        raise socket.gaierror(f"the network is cut: {host}")
    return resolve(host, *rest, **more)

socket.getaddrinfo = getaddrinfo
"""


def passes(result):
    assert result.returncode == 0, result.stdout[-6000:] + result.stderr[-2000:]
    assert " passed" in result.stdout


@pytest.fixture
def cut_network(tmp_path):
    """Environment variables under which Python reaches nothing but this machine, and knows that it is offline."""
    folder = tmp_path / "cut"
    folder.mkdir()
    (folder / "sitecustomize.py").write_text(CUT)
    return {"PYTHONPATH": str(folder), "HF_HUB_OFFLINE": "1"}


@pytest.fixture
def odd_folder(tmp_path):
    """A copy of the course in a folder with a space and an accent in its name; the shelf's cache is linked."""
    folder = tmp_path / "mon dossier d'été"
    ignored = shutil.ignore_patterns(".git", ".venv", ".cache", "__pycache__", ".*_cache", ".checkpoints", "*.egg-info")
    shutil.copytree(ROOT, folder, ignore=ignored)
    if (ROOT / ".cache").exists():
        (folder / ".cache").symlink_to(ROOT / ".cache")
    return folder


def test_the_network_is_really_cut(cut_network):
    script = (
        "import socket\n"
        "for call in (lambda: socket.create_connection(('192.0.2.1', 80), 1), "
        "lambda: socket.getaddrinfo('huggingface.co', 443)):\n"
        "    try: call()\n"
        "    except OSError as error: print(error)"
    )
    done = subprocess.run(
        [sys.executable, "-c", script], env={**os.environ, **cut_network}, capture_output=True, text=True
    )
    assert done.stdout.count("the network is cut") == 2, done.stdout + done.stderr


@pytest.mark.parametrize("path", PATHS, ids=lambda path: path.stem)
def test_twice_in_one_kernel_with_two_threads_and_no_network_from_an_odd_folder(path, odd_folder, cut_network):
    twice = odd_folder / "twice" / path.name  # beside the notebooks, which the ledger reads
    twice.parent.mkdir()
    twice.write_text(json.dumps(doubled(read(path))), encoding="utf-8")
    where = {"PYTHONPATH": os.pathsep.join([cut_network["PYTHONPATH"], str(odd_folder)])}
    passes(
        run_strictly(
            [twice],
            root=odd_folder,
            OMP_NUM_THREADS="2",
            MKL_NUM_THREADS="2",
            OMP_WAIT_POLICY="PASSIVE",
            CI="1",  # the library then hands its warnings on to the root logger
            **cut_network | where,
        )
    )


def test_the_copy_in_the_odd_folder_uses_its_own_helpers(odd_folder):
    script = "import helpers, os, pathlib; print(pathlib.Path(helpers.__file__).resolve().parents[1])"
    done = subprocess.run(
        [sys.executable, "-c", script],
        cwd=odd_folder / "notebooks",
        capture_output=True,
        text=True,
        env={**os.environ, "PYTHONPATH": str(odd_folder)},
    )
    assert done.stdout.strip() == str(odd_folder.resolve())
