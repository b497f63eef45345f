"""`python -m helpers.setup.site`: build the site; with --serve, also show it at an address of this machine."""

import argparse
import functools
import sys
from http.server import SimpleHTTPRequestHandler, ThreadingHTTPServer

from helpers.setup.site.build import ROOT, SiteError, build


def serve(html, *, port: int) -> None:
    """Show a folder of pages to this machine alone, until Ctrl-C."""
    pages = functools.partial(SimpleHTTPRequestHandler, directory=html)
    with ThreadingHTTPServer(("127.0.0.1", port), pages) as server:
        print(f"http://localhost:{server.server_port} (Ctrl-C ends it)", flush=True)
        try:
            server.serve_forever()
        except KeyboardInterrupt:
            print()


def main(arguments: list[str] | None = None) -> None:
    """The command; a step that cannot be done ends it with one line."""
    parser = argparse.ArgumentParser(prog="make site", description="build the course's website")
    parser.add_argument("--serve", action="store_true", help="serve it on this machine until Ctrl-C")
    parser.add_argument("--port", type=int, default=8000)
    asked = parser.parse_args(arguments)
    try:
        html = build()
    except SiteError as error:
        sys.exit(f"make site: {error}")
    print(f"The site stands in {html.relative_to(ROOT)}; make site SERVE=1 shows it.")
    if asked.serve:
        serve(html, port=asked.port)


if __name__ == "__main__":
    main()
