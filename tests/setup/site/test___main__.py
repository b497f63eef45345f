"""The command builds the site, serves it when asked, and ends with one line when a tool is missing."""

import subprocess
import sys
from urllib.request import urlopen

import pytest
from books import ROOT

from helpers.setup.site import __main__ as command
from helpers.setup.site.build import SiteError

SERVE = "from pathlib import Path; from helpers.setup.site.__main__ import serve; serve(Path({folder!r}), port=0)"


def test_a_missing_tool_is_one_line(monkeypatch):
    def fail():
        raise SiteError("npm: npm is not here; it needs Node.js 20")

    monkeypatch.setattr(command, "build", fail)
    with pytest.raises(SystemExit, match="^make site: npm: npm is not here; it needs Node.js 20$"):
        command.main([])


def test_the_folder_is_named_and_served_only_when_asked(monkeypatch, capsys):
    served = []
    monkeypatch.setattr(command, "build", lambda: ROOT / "build" / "site" / "html")
    monkeypatch.setattr(command, "serve", lambda html, *, port: served.append((html.name, port)))
    command.main([])
    assert served == [] and "build/site/html" in capsys.readouterr().out
    command.main(["--serve", "--port", "8123"])
    assert served == [("html", 8123)]


def test_the_pages_are_served(tmp_path):
    (tmp_path / "index.html").write_text("<p>here</p>")
    script = SERVE.format(folder=str(tmp_path))
    options = {"stdout": subprocess.PIPE, "stderr": subprocess.DEVNULL, "text": True, "cwd": ROOT}
    with subprocess.Popen([sys.executable, "-c", script], **options) as server:
        try:
            address = server.stdout.readline().split()[0]
            assert urlopen(address, timeout=20).read() == b"<p>here</p>"
        finally:
            server.terminate()
