"""pip, watched: a line of news while it works, one line with the cause where it fails.

Standard library only, since it runs before anything is installed.
"""

import queue
import re
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterable

OFFLINE = re.compile(
    "connection broken|NewConnectionError|ConnectTimeout|Read timed out|Network is unreachable|ProxyError|"
    "name resolution|Name or service not known|getaddrinfo failed|Connection refused|nodename nor servname"
)

FILE = re.compile(r"\s*(?:Downloading|Using cached|Processing) (?:\S*/)?([\w.]+)-([\w.%+]+)-\S+?(?: (\(.+\)))?$")


class Stop(Exception):
    """The reason why a command of the course ends, in one line for the person who typed it."""


def news(line: str) -> str | None:
    """What a line of pip's tells somebody who waits, or None.

    >>> news("  Downloading https://x.org/torch-2.13.0%2Bcpu-cp311-linux.whl (183.2 MB)"), news("Collecting numpy")
    ('torch 2.13.0+cpu (183.2 MB)', None)
    >>> news("Installing collected packages: numpy, scipy")
    'installing 2 packages, which takes longest at the end'
    """
    if file := FILE.match(line):
        return " ".join(filter(None, [file[1].replace("_", "-"), file[2].replace("%2B", "+"), file[3]]))
    batch = re.match(r"Installing collected packages: (.+)$", line)
    return f"installing {len(batch[1].split(', '))} packages, which takes longest at the end" if batch else None


def cause(said: Iterable[str]) -> str:
    """Why pip failed, from what it said: the network, or pip's own words.

    >>> cause(["WARNING: Retrying after connection broken by 'NewConnectionError'", "ERROR: No matching distribution"])
    'network: no package index answers; connect, then give the same command again: it goes on where it stopped'
    >>> cause(["Collecting x", "ERROR: No matching distribution found for x==9", "WARNING: pip is old"])
    'pip: No matching distribution found for x==9'
    """
    said = list(said)
    if any(OFFLINE.search(line) for line in said):
        return (
            "network: no package index answers; connect, then give the same command again: it goes on where it stopped"
        )
    errors = [line.removeprefix("ERROR: ") for line in said if line.startswith("ERROR: ")]
    return f"pip: {errors[-1] if errors else next(reversed(said), 'it stopped without a word')}"


def reporter(out=sys.stderr, *, pause: float = 10.0) -> Callable[[str], None]:
    """A function that shows news: on a terminal in one line that is written over, in a log a line every `pause` s."""
    last = [-pause]

    def show(text: str) -> None:
        if out.isatty():
            out.write(f"\r\033[K    {text[:70]}")
        elif time.monotonic() - last[0] >= pause:
            last[0] = time.monotonic()
            out.write(f"    {text}\n")
        out.flush()

    return show


def follow(command: list[str], *, show: Callable[[str], None], beat: float = 10.0) -> None:
    """Run pip, show its news, and a sign of life after every `beat` seconds without any.

    Raises Stop with the cause when it fails; when it is interrupted, pip is ended first.
    """
    lines: queue.Queue = queue.Queue()
    started, said, files = time.monotonic(), [], 0
    with subprocess.Popen(
        command, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, encoding="utf-8", errors="replace"
    ) as process:
        reader = threading.Thread(target=lambda: [*map(lines.put, process.stdout), lines.put(None)], daemon=True)
        reader.start()
        try:
            while (line := next_line(lines, beat)) is not None:
                told = news(line) if line else f"still at work after {time.monotonic() - started:.0f} s"
                said += [line.rstrip()] if line.strip() else []
                files += bool(line and told)
                if told:
                    show(f"{files:3d}  {told}" if line and not told.startswith("installing") else told)
        except KeyboardInterrupt:
            process.terminate()
            reader.join(beat)  # what it reads is closed on the way out
            raise
    if process.returncode:
        raise Stop(cause(said))


def next_line(lines: queue.Queue, beat: float) -> str | None:
    """The next line, "" where none came within `beat` seconds, None at the end."""
    try:
        return lines.get(timeout=beat)
    except queue.Empty:
        return ""
