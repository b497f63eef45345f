"""A stand-in of the hub's file API on localhost, for tests: saved model folders served under real ids and revisions.

    with HubStandIn({"openai-community/gpt2": folder}, {"openai-community/gpt2": revision}) as hub:
        subprocess.run(command, env=hub.environment(home))

`cut_after=n` breaks off every weights file after n bytes, as a failing network would.
"""

import hashlib
import json
import os
import threading
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from urllib.parse import urlsplit

COMMIT = "0123456789abcdef0123456789abcdef01234567"  # what a branch name such as "main" resolves to


class _Handler(BaseHTTPRequestHandler):
    """Answers the three kinds of request that huggingface_hub makes: revision, tree, and resolve."""

    protocol_version = "HTTP/1.1"

    def log_message(self, *arguments):
        """Keep the test output quiet."""

    def do_HEAD(self):
        self._answer(body=False)

    def do_GET(self):
        self._answer(body=True)

    def _answer(self, *, body: bool):
        hub, path = self.server.hub, urlsplit(self.path).path
        hub.requests.append(f"{self.command} {path}")
        if path == "/":
            return self._send(b"stand-in", body=body)
        for model_id, folder in hub.folders.items():
            for prefix, respond in ((f"/api/models/{model_id}/", self._listing), (f"/{model_id}/resolve/", self._file)):
                if path.startswith(prefix):
                    return respond(model_id, folder, path.removeprefix(prefix), body)
        return self._missing("RepoNotFound")

    def _listing(self, model_id, folder, rest, body):
        kind, _, revision = rest.partition("/")
        if (commit := self.server.hub.commit(model_id, revision)) is None:
            return self._missing("RevisionNotFound")
        names = sorted(path.name for path in folder.iterdir())
        if kind == "tree":
            entries = [
                {"type": "file", "path": name, "size": (folder / name).stat().st_size, "oid": _etag(folder / name)}
                for name in names
            ]
            return self._send(json.dumps(entries).encode(), body=body, kind="application/json")
        answer = {"id": model_id, "sha": commit, "siblings": [{"rfilename": name} for name in names]}
        return self._send(json.dumps(answer).encode(), body=body, kind="application/json")

    def _file(self, model_id, folder, rest, body):
        revision, _, name = rest.partition("/")
        commit = self.server.hub.commit(model_id, revision)
        if commit is None or not (folder / name).is_file():
            return self._missing("RevisionNotFound" if commit is None else "EntryNotFound")
        data, headers = (folder / name).read_bytes(), {"X-Repo-Commit": commit, "ETag": f'"{_etag(folder / name)}"'}
        start = int(self.headers.get("Range", "bytes=0-").removeprefix("bytes=").split("-")[0])
        cut = self.server.hub.cut_after if name.endswith(".safetensors") else None
        return self._send(data[start:], body=body, headers=headers, start=start, total=len(data), cut=cut)

    def _send(self, data, *, body, kind="application/octet-stream", headers=None, start=0, total=None, cut=None):
        self.send_response(206 if start else 200)
        fields = {"Content-Type": kind, "Content-Length": str(len(data)), **(headers or {})}
        if start:
            fields["Content-Range"] = f"bytes {start}-{total - 1}/{total}"
        for field, value in fields.items():
            self.send_header(field, value)
        self.end_headers()
        if body:
            self.wfile.write(data if cut is None else data[: max(0, cut - start)])
        if body and cut is not None:
            self.close_connection = True  # fewer bytes than announced: the line breaks

    def _missing(self, code):
        self.send_response(404)
        self.send_header("X-Error-Code", code)
        self.send_header("Content-Length", "0")
        self.end_headers()


def _etag(path: Path) -> str:
    """A stable 40-digit name for a file's content, in the place of git's."""
    return hashlib.sha1(path.read_bytes()).hexdigest()


class HubStandIn:
    """Serves {model id: folder} at {model id: revision} until the `with` block ends; `requests` lists all requests."""

    def __init__(self, folders: dict, revisions: dict | None = None, *, cut_after: int | None = None):
        self.folders = {model_id: Path(folder) for model_id, folder in folders.items()}
        self.revisions, self.cut_after, self.requests = revisions or {}, cut_after, []

    def commit(self, model_id: str, revision: str) -> str | None:
        """The commit that a revision names: itself when it is the pinned one, one fixed commit for main, else None."""
        known = {self.revisions.get(model_id): self.revisions.get(model_id), "main": COMMIT, COMMIT: COMMIT}
        return known.get(revision)

    def __enter__(self):
        self._server = ThreadingHTTPServer(("127.0.0.1", 0), _Handler)
        self._server.hub, self._server.daemon_threads = self, True
        threading.Thread(target=self._server.serve_forever, daemon=True).start()
        return self

    def __exit__(self, *error):
        self._server.shutdown()
        self._server.server_close()

    @property
    def address(self) -> str:
        """The address to use as HF_ENDPOINT."""
        return f"http://127.0.0.1:{self._server.server_port}"

    def environment(self, home: Path) -> dict[str, str]:
        """The variables of this process, changed so that the hub is this server and its cache lies in `home`."""
        kept = {name: value for name, value in os.environ.items() if not name.startswith(("HF_", "TRANSFORMERS_"))}
        proxies = {"NO_PROXY": "127.0.0.1", "no_proxy": "127.0.0.1"}
        return {**kept, **proxies, "HF_ENDPOINT": self.address, "HF_HOME": str(home), "HF_HUB_DISABLE_XET": "1"}
