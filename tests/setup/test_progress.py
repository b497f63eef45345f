"""pip, watched: every line of news, signs of life, the cause of a failure, and an end without a traceback."""

import io
import sys
import threading

import pytest

from helpers.setup import progress
from helpers.setup.progress import Stop, cause, follow, news, reporter

PIP = """\
print("Collecting a==1.0")
print("  Downloading a-1.0-py3-none-any.whl (12 kB)")
print("Requirement already satisfied: c in ./site-packages (1.0)")
print("  Using cached some_b-2.0-py3-none-any.whl (1.2 MB)")
print("Processing /opt/wheels/torch-2.13.0+cpu-cp311-cp311-linux_x86_64.whl")
print("Installing collected packages: a, some-b, torch")
"""


def script(text):
    return [sys.executable, "-u", "-c", text]


def test_each_file_and_the_installation_are_told():
    told = []
    follow(script(PIP), show=told.append)
    assert told == [
        "  1  a 1.0 (12 kB)",
        "  2  some-b 2.0 (1.2 MB)",
        "  3  torch 2.13.0+cpu",
        "installing 3 packages, which takes longest at the end",
    ]
    assert news("") is None


def test_a_silent_pip_gives_a_sign_of_life():
    told = []
    follow(script("import time; time.sleep(0.7)"), show=told.append, beat=0.2)
    assert told and all(line.startswith("still at work after ") for line in told)


@pytest.mark.parametrize(
    ("words", "reason"),
    [
        (
            "WARNING: Retrying (Retry(total=4)) after connection broken by 'NewConnectionError'\\nERROR: none",
            "network: ",
        ),
        ("ERROR: HTTPSConnectionPool: Read timed out.", "network: "),
        (
            "Collecting a\\nERROR: No matching distribution found for a==9\\nsome notice",
            "pip: No matching distribution",
        ),
        ("Killed", "pip: Killed"),
        ("", "pip: it stopped without a word"),
    ],
)
def test_why_it_failed_is_said_in_one_line(words, reason):
    with pytest.raises(Stop) as stopped:
        follow(script(f"print('{words}'); raise SystemExit(1)"), show=print)
    assert str(stopped.value).startswith(reason) and "\n" not in str(stopped.value)


def test_the_network_goes_before_what_follows_from_it():
    assert cause(["connection broken", "ERROR: No matching distribution"]).startswith("network")


def test_an_interrupted_pip_is_ended(monkeypatch):
    def interrupted(lines, beat):
        raise KeyboardInterrupt

    monkeypatch.setattr(progress, "next_line", interrupted)
    with pytest.raises(KeyboardInterrupt):
        follow(script("import time; time.sleep(600)"), show=print)  # returns only because pip was ended


def test_what_an_interrupted_pip_still_says_is_read_to_its_end(monkeypatch):
    def interrupted(text):
        raise KeyboardInterrupt

    died = []
    monkeypatch.setattr(threading, "excepthook", died.append)
    for _ in range(5):
        with pytest.raises(KeyboardInterrupt):
            follow(
                script("print('Processing a-1.0-py3-none-any.whl'); [print('Collecting x') for _ in range(10**6)]"),
                show=interrupted,
            )
    assert not died  # "I/O operation on closed file", a traceback under the one line that ends the command


class Terminal(io.StringIO):
    def isatty(self):
        return True


def test_a_terminal_is_written_over_and_a_log_gets_few_lines():
    terminal, log = Terminal(), io.StringIO()
    for out in (terminal, log):
        show = reporter(out, pause=60)
        for text in ("first", "second", "third"):
            show(text)
    assert terminal.getvalue().count("\r") == 3 and "\n" not in terminal.getvalue()
    assert log.getvalue() == "    first\n"
