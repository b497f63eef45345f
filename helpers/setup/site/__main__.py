"""`python -m helpers.setup.site`: build the site; with --serve, also show it at an address of this machine."""

import argparse
import functools
import sys
from http.server import SimpleHTTPRequestHandler, ThreadingHTTPServer

from helpers.setup.site.build import ROOT, SiteError, build

parser = argparse.ArgumentParser(prog="make site", description="build the course's website")
parser.add_argument("--serve", action="store_true", help="serve it on this machine until Ctrl-C")
parser.add_argument("--port", type=int, default=8000)

if __name__ == "__main__":
    arguments = parser.parse_args()
    try:
        html = build()
    except SiteError as error:
        sys.exit(f"make site: {error}")
    print(f"The site stands in {html.relative_to(ROOT)}; make site SERVE=1 shows it.")
    if arguments.serve:
        pages = functools.partial(SimpleHTTPRequestHandler, directory=html)
        with ThreadingHTTPServer(("127.0.0.1", arguments.port), pages) as server:
            print(f"http://127.0.0.1:{arguments.port} (Ctrl-C ends it)", flush=True)
            try:
                server.serve_forever()
            except KeyboardInterrupt:
                print()
