"""The course's links are well-formed and lead somewhere; the check finds each kind of fault."""

import json
import threading
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

import pytest
from books import ROOT

from helpers.setup import links
from helpers.setup.links import Link


def test_no_link_of_the_course_has_a_fault():
    found, faults = links.check(ROOT)
    assert faults == []
    assert {"README.md", "notebooks/00_two_siblings.ipynb cell 0"} <= {link.place for link in found}
    assert sum(link.target.startswith("https://arxiv.org/abs/") for link in found) > 20


@pytest.fixture
def course(tmp_path):
    """A small course; `write(text)` makes its README and gives the faults found in it."""
    cells = [{"cell_type": "markdown", "source": ["## 1 · Who *sees* whom?\n", "text"]}]
    (tmp_path / "notebooks").mkdir()
    (tmp_path / "notebooks" / "01.ipynb").write_text(json.dumps({"cells": cells}), encoding="utf-8")

    def write(text):
        (tmp_path / "README.md").write_text(text, encoding="utf-8")
        return [wrong for _, wrong in links.check(tmp_path)[1]]

    write.root = tmp_path
    return write


@pytest.mark.parametrize(
    "text, message",
    [
        ("[a](notebooks/02.ipynb)", "leads to notebooks/02.ipynb, which is not there"),
        ('<img src="cover.png">', "leads to cover.png"),
        ("[a](notebooks/01.ipynb#2-nothing)", "no heading of 01.ipynb has the anchor #2-nothing"),
        ("# Here\n[a](#there)", "no heading of README.md has the anchor #there"),
        ("[a](../../elsewhere)", "elsewhere"),
        ("[a](..)", "leads out of the course"),
        ("<https://nowhere>", "names no host: 'nowhere'"),
        ("see https://exa_mple, please", "names no host"),
        ("[a](htp://example.org)", "has the scheme 'htp'"),
        ("[a](//example.org)", "has the scheme 'of the page'"),
        ("Vaswani et al. 2017, arXiv:1713.03762", "is no arXiv number"),
        ("<https://arxiv.org/abs/1706.376>", "is no arXiv number"),
    ],
)
def test_a_fault_is_named(course, text, message):
    assert [message in wrong for wrong in course(text)] == [True]


@pytest.mark.parametrize(
    "text",
    [
        "[a](notebooks/01.ipynb#1--who-sees-whom) and [b](notebooks/01.ipynb#1-·-Who-*sees*-whom?)",
        "# What is here?\n[a](#what-is-here) [b](README.md) [c](notebooks)",
        "`[a](b)`\n```\n[a](b)\n```\n",
        '[a](https://example.org/b_(c "title")) arXiv:1706.03762v5, arXiv:1409.0473. arXiv:cs/0701001',
        "https://example.org/{name} and mailto: [a](mailto:ada@example.org)",
    ],
)
def test_a_sound_link_passes(course, text):
    assert course(text) == []


def test_a_link_to_a_cell_and_the_tables_that_a_notebook_has_printed_are_followed(course):
    table = {
        "output_type": "execute_result",
        "data": {"text/markdown": ["[a](01.ipynb#cell-id=one)\n", "[b](02.ipynb)"]},
    }
    cells = [{"cell_type": "code", "id": "one", "source": "", "outputs": [table]}]
    (course.root / "notebooks" / "01.ipynb").write_text(json.dumps({"cells": cells}), encoding="utf-8")
    assert course("[c](notebooks/01.ipynb#cell-id=two)") == [
        "no heading of 01.ipynb has the anchor #cell-id=two",
        "leads to 02.ipynb, which is not there",
    ]


def test_docstrings_and_comments_are_read_and_their_code_is_not(course):
    (course.root / "helpers").mkdir()
    text = '"""See https://one\n\n>>> f("https://two")\n\nhttps://three"""\nx = "https://four"  # https://five\n'
    (course.root / "helpers" / "a.py").write_text(text, encoding="utf-8")
    course("nothing")
    assert {link.target for link, _ in links.check(course.root)[1]} == {"https://one", "https://three", "https://five"}


class Answers(BaseHTTPRequestHandler):
    """Answers /CODE with that status."""

    def do_GET(self):
        self.send_response(int(self.path.strip("/")))
        self.end_headers()

    def log_message(self, *arguments):
        pass


@pytest.fixture
def server():
    with ThreadingHTTPServer(("127.0.0.1", 0), Answers) as http:
        thread = threading.Thread(target=http.serve_forever)
        thread.start()
        yield f"http://127.0.0.1:{http.server_port}"
        http.shutdown()
        thread.join()


def test_each_address_is_asked_and_the_dead_are_named(server):
    places = [Link("a", f"{server}/200"), Link("b", f"{server}/404"), Link("c", f"{server}/403")]
    silent = Link("d", "http://127.0.0.1:1/")
    others = [Link("e", "README.md"), Link("f", "https://github.com/your-name/x"), Link("g", "https://{host}/")]
    found = links.dead([*places, silent, *others])
    assert [link.place for link, _ in found] == ["b", "d"]
    assert found[0][1] == "answers 404 Not Found" and found[1][1].startswith("does not answer")


def test_the_command_says_what_is_wrong_and_fails(course, monkeypatch, capsys):
    monkeypatch.setattr(links.check, "__defaults__", (course.root,))
    course("[a](b)")
    assert links.main([]) == 1
    assert "README.md: b leads to b, which is not there" in capsys.readouterr().out
    course("[a](notebooks/01.ipynb)")
    assert links.main([]) == 0
