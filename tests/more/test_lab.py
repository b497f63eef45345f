"""`make lab` serves the course: equations, figures and interactive views are seen in a browser whose network is cut."""

import contextlib
import os
import signal
import socket
import subprocess
import sys
import time
from urllib.request import urlopen

import pytest
from books import PATHS, ROOT, code_cells, markdown_cells, read, source

TOKEN = "lecture"
SHOTS = os.environ.get("COURSE_SCREENSHOTS")  # a folder: keep what the browser saw, to be looked at


@contextlib.contextmanager
def served(home, command):
    """The address of a JupyterLab that a command starts, given the port's option; its settings lie in `home`."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    places = {f"JUPYTER_{kind}": str(home / kind) for kind in ("CONFIG_DIR", "DATA_DIR", "RUNTIME_DIR")}
    places["JUPYTERLAB_WORKSPACES_DIR"] = places["JUPYTERLAB_SETTINGS_DIR"] = str(home / "lab")
    arguments = f"--no-browser --ServerApp.port={port} --IdentityProvider.token={TOKEN}"
    environment = {key: value for key, value in os.environ.items() if not key.startswith("MAKE")}
    with open(home / "log", "w") as log:
        server = subprocess.Popen(
            command(arguments),
            cwd=ROOT,
            stdout=log,
            stderr=log,
            start_new_session=True,
            env={**environment, **places},
        )
        address = f"http://127.0.0.1:{port}"
        try:
            assert answers(f"{address}/api?token={TOKEN}", server), (home / "log").read_text()[-3000:]
            yield address
        finally:
            os.killpg(server.pid, signal.SIGTERM)
            server.wait(30)


@pytest.fixture(scope="module")
def lab(tmp_path_factory):
    """The originals, as an author opens them."""
    with served(
        tmp_path_factory.mktemp("author"), lambda how: ["make", "lab", "ORIGINALS=1", f"LAB_ARGS={how}"]
    ) as address:
        yield address


@pytest.fixture(scope="module")
def copies(tmp_path_factory):
    """A learner's copies, in a course of their own."""
    home, course = (tmp_path_factory.mktemp(name) for name in ("learner", "course"))
    (course / "notebooks").symlink_to(ROOT / "notebooks")
    code = (
        "import sys; from pathlib import Path; from helpers.setup import lab; "
        "lab.run(Path(sys.executable), Path(sys.argv[1]), more=sys.argv[2:])"
    )
    with served(home, lambda how: [sys.executable, "-c", code, course, *how.split()]) as address:
        yield address


def answers(url, server, *, within=180):
    """Whether the server answers before it stops or the time is up."""
    end = time.monotonic() + within
    while time.monotonic() < end and server.poll() is None:
        try:
            with urlopen(url, timeout=5) as reply:
                return reply.status == 200
        except OSError:
            time.sleep(0.5)
    return False


LAID_OUT = """() => {
  const box = document.querySelector('.jp-NotebookPanel .jp-WindowedPanel-outer');
  return box && box.scrollHeight > 3 * box.clientHeight && box.clientHeight > 0 && box.querySelector('.jp-Cell') }"""


def look_through(page, *, name, steps=200):
    """Scroll through the notebook from its top to its end; what was seen on the way, by kind.

    The end is where scrolling moves nothing several times running: a slow machine may still be drawing.
    """
    seen = {"equations": 0, "figures": 0, "views": 0, "math errors": 0}
    kinds = {
        "equations": "mjx-container",
        "figures": ".jp-RenderedImage img",
        "views": "iframe[srcdoc]",
        "math errors": "mjx-merror",
    }
    still = 0
    for step in range(steps):
        page.wait_for_timeout(400)
        for kind, selector in kinds.items():
            seen[kind] = max(seen[kind], page.locator(f".jp-NotebookPanel {selector}").count())
        if SHOTS:
            page.screenshot(path=f"{SHOTS}/{name}-{step:03d}.png")
        moved = page.evaluate("""() => {
          const box = document.querySelector('.jp-WindowedPanel-outer'), before = box.scrollTop;
          box.scrollBy(0, box.clientHeight * 0.8); return box.scrollTop > before }""")
        still = 0 if moved else still + 1
        if still == 8:
            return seen
    return seen


@pytest.mark.parametrize("path", PATHS, ids=lambda path: path.stem)
def test_the_notebook_is_seen_with_the_network_cut(path, lab, offline_page):
    book = read(path)
    offline_page.goto(f"{lab}/lab/tree/notebooks/{path.name}?token={TOKEN}&reset")
    offline_page.wait_for_function(LAID_OUT, timeout=180_000)
    seen = look_through(offline_page, name=path.stem)
    has = {
        "equations": any("$" in source(cell) for cell in markdown_cells(book)),
        "figures": any("image/png" in o.get("data", {}) for c in code_cells(book) for o in c["outputs"]),
        "views": any(
            "<iframe" in "".join(o.get("data", {}).get("text/html", "")) for c in code_cells(book) for o in c["outputs"]
        ),
    }
    assert {kind: seen[kind] > 0 for kind in has} == has
    assert seen["math errors"] == 0
    assert offline_page.get_by_text("get notified about official Jupyter news").count() == 0


def test_in_a_learners_copy_every_figure_in_sight_has_its_words(copies, offline_page):
    path = next(path for path in PATHS if path.stem.startswith("02"))
    offline_page.goto(f"{copies}/lab/tree/my/{path.name}?token={TOKEN}&reset")
    offline_page.wait_for_function(LAID_OUT, timeout=180_000)
    told, bare = set(), 0
    for _ in range(60):
        offline_page.wait_for_timeout(400)
        images = offline_page.locator(".jp-OutputArea-output img")
        found = images.evaluate_all("images => images.map(image => image.alt)")
        told, bare = told | {alt for alt in found if len(alt) > 19}, bare + sum(not alt for alt in found)
        offline_page.evaluate("document.querySelector('.jp-WindowedPanel-outer').scrollBy(0, 600)")
    stored = {cell["metadata"]["alt"] for cell in code_cells(read(path)) if "alt" in cell["metadata"]}
    assert bare == 0 and len(told) >= len(stored) >= 1


def test_a_link_of_the_ledger_opens_a_notebook_at_its_deciding_cell(lab, offline_page):
    offline_page.goto(f"{lab}/lab/tree/notebooks/10_claims_tested.ipynb?token={TOKEN}&reset")
    offline_page.wait_for_function(LAID_OUT, timeout=180_000)
    link = offline_page.locator(".jp-OutputArea-output a[href*='01_attention_masks']").first
    for _ in range(60):
        if link.count():
            break
        offline_page.evaluate("document.querySelector('.jp-WindowedPanel-outer').scrollBy(0, 600)")
        offline_page.wait_for_timeout(400)
    wanted = link.get_attribute("href").split("#cell-id=")[1]
    (cell,) = (c for c in code_cells(read(ROOT / "notebooks" / "01_attention_masks.ipynb")) if c["id"] == wanted)
    link.click()
    there = ".jp-NotebookPanel:not(.lm-mod-hidden) .jp-Cell.jp-mod-active"
    arrived = offline_page.locator(there, has_text=source(cell).splitlines()[0])  # once the cells above it are drawn
    arrived.wait_for(timeout=60_000)
    assert arrived.count() == 1
