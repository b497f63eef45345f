"""The site's tools, parts and pages, in the order in which `make site` puts them together.

Sphinx and the exporter of models live in an environment of their own, which borrows the course's packages from the
environment that runs this file. MathJax, onnxruntime-web and the tokenizer come from npm, as `site/package-lock.json`
pins them. Both are fetched once; nothing of them is kept in the repository. Standard library only.
"""

from __future__ import annotations

import hashlib
import os
import shutil
import subprocess
import sys
import sysconfig
import tempfile
import tomllib
from pathlib import Path

from helpers.setup.environment import ROOT
from helpers.setup.site import pages

BUILD = ROOT / "build" / "site"
TOOLS = ROOT / ".venv-site"
# What is copied from npm's packages: (package/path, folder of the site's static files).
PARTS = (
    ("mathjax/es5/tex-mml-chtml.js", "mathjax"),
    ("mathjax/es5/output/chtml/fonts/woff-v2", "mathjax/output/chtml/fonts/woff-v2"),
    ("mathjax/LICENSE", "mathjax"),
    ("onnxruntime-web/dist/ort.wasm.min.mjs", "browser/ort"),
    ("onnxruntime-web/dist/ort-wasm-simd-threaded.mjs", "browser/ort"),
    ("onnxruntime-web/dist/ort-wasm-simd-threaded.wasm", "browser/ort"),
    ("@huggingface/tokenizers/dist/tokenizers.min.mjs", "browser/tokenizers"),
    ("@huggingface/tokenizers/LICENSE", "browser/tokenizers"),
)


class SiteError(RuntimeError):
    """A step of the build that cannot be done here; the message says what to do."""


def run(command: list, *, what: str, remedy: str, cwd: Path = ROOT) -> None:
    """Run a command with the course on its path.

    Raises SiteError that names the step and the remedy when it fails.
    """
    environment = {**os.environ, "PYTHONPATH": str(ROOT)}
    try:
        subprocess.run([str(part) for part in command], cwd=cwd, env=environment, check=True)
    except FileNotFoundError as error:
        raise SiteError(f"{what}: {error.filename} is not here; {remedy}") from error
    except subprocess.CalledProcessError as error:
        raise SiteError(f"{what} stopped with code {error.returncode} (its message stands above); {remedy}") from error


def stale(stamp: Path, content: bytes) -> bool:
    """Whether a stamp is missing or was written for other content.

    The stamp holds the content's hash; `renew` writes it.
    """
    return not stamp.exists() or stamp.read_text() != hashlib.sha256(content).hexdigest()


def renew(stamp: Path, content: bytes) -> None:
    """Write a stamp for content that has been dealt with."""
    stamp.write_text(hashlib.sha256(content).hexdigest())


def tools(root: Path = ROOT, *, into: Path = TOOLS) -> Path:
    """The interpreter with Sphinx and the exporter; its environment is built when the pins have changed."""
    project = tomllib.loads((root / "pyproject.toml").read_text(encoding="utf-8"))["project"]
    pins = project["optional-dependencies"]["site"]
    python = into / ("Scripts/python.exe" if os.name == "nt" else "bin/python")
    borrowed = sysconfig.get_path("purelib")
    content = "\n".join([sys.version, borrowed, *pins]).encode()
    if stale(into / "built", content):
        print(f"installing {len(pins)} pinned packages of the site into {into.name} ...", flush=True)
        run([sys.executable, "-m", "venv", "--clear", into], what="venv", remedy="install Python's venv module")
        own = next(into.glob("lib/python*/site-packages"), into / "Lib" / "site-packages")
        (own / "course.pth").write_text(f"import site; site.addsitedir({borrowed!r})\n", encoding="utf-8")
        pip = [python, "-m", "pip", "install", "--quiet", "--disable-pip-version-check", *pins]
        run(pip, what="pip", remedy="it needs the network the first time")
        renew(into / "built", content)
    return python


def packages(root: Path = ROOT, *, out: Path = BUILD) -> Path:
    """The folder of the pinned npm packages, fetched once for each lock; it is whole as soon as it has its name.

    `make site` and `make slides` may ask for it at the same time: each fetches into a folder of its own, and the first
    one that is done gives its folder the name.
    """
    lock = (root / "site" / "package-lock.json").read_bytes()
    folder = out / f"npm-{hashlib.sha256(lock).hexdigest()[:12]}"
    if not folder.exists():
        out.mkdir(parents=True, exist_ok=True)
        with tempfile.TemporaryDirectory(prefix="npm-", dir=out) as fetched:
            for name in ("package.json", "package-lock.json"):
                shutil.copyfile(root / "site" / name, Path(fetched, name))
            quiet = ["--ignore-scripts", "--no-audit", "--no-fund", "--loglevel=error"]
            remedy = "it needs Node.js 20 or newer (nodejs.org) and, the first time, the network"
            run(["npm", "ci", *quiet], what="npm", remedy=remedy, cwd=Path(fetched))
            try:
                Path(fetched, "node_modules").rename(folder)
            except OSError:
                if not folder.exists():
                    raise
    return folder


def parts(root: Path = ROOT, *, out: Path = BUILD, wanted=PARTS, static: Path | None = None) -> None:
    """Copy what is wanted of the pinned npm packages into `static`: (package/path, folder) each."""
    folder = packages(root, out=out)
    for source, there in wanted:
        copy(folder / source, (static or out / "static") / there)


def copy(source: Path, folder: Path) -> None:
    """Copy a file into a folder, or a folder's content."""
    if source.is_dir():
        shutil.copytree(source, folder, dirs_exist_ok=True)
    else:
        folder.mkdir(parents=True, exist_ok=True)
        shutil.copy(source, folder)


def build(root: Path = ROOT, *, out: Path = BUILD) -> Path:
    """Build the whole site; returns the folder of its pages.

    Raises SiteError when a tool is missing, or when Sphinx finds a fault in a page.
    """
    python = tools(root)
    shutil.rmtree(out / "static", ignore_errors=True)
    parts(root, out=out)
    print("writing the models for the browser ...", flush=True)
    browser = out / "static" / "browser"
    run([python, root / "site/browser/export.py", browser], what="the export", remedy="see its message")
    for path in sorted((root / "site" / "browser").glob("*.[jc]s*")):
        if path.suffix in (".js", ".css"):
            copy(path, browser)
    copy(root / "site" / "site.css", out / "static")
    pages.write(root, out / "source")
    print("writing the pages ...", flush=True)
    sphinx = [python, "-m", "sphinx", "-q", "-W", "--keep-going", "-c", root / "site"]
    folders = ["-D", f"html_static_path={out / 'static'}", out / "source", out / "html"]
    shutil.rmtree(out / "html", ignore_errors=True)
    run([*sphinx, *folders], what="Sphinx", remedy="mend the pages that it names")
    return out / "html"
