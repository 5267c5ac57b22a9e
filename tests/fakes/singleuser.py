"""The smallest server that a hub can start: answers at its own address, and shows its environment.

`python singleuser.py [--after SECONDS] [--exit STATUS] [--hold BYTES]`, in a hub's environment.
"""

from __future__ import annotations

import argparse
import json
import os
import sys
import threading
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from urllib.parse import urlparse


class Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"

    def do_GET(self) -> None:
        body = b"{}"
        if self.path.endswith("/environ"):
            body = json.dumps({**os.environ, "PID": str(os.getpid())}).encode()
        self.send_response(200)
        self.send_header("Content-Type", "application/json")
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *args: object) -> None:
        pass


def main() -> None:
    parser = argparse.ArgumentParser()
    parser.add_argument("--after", type=float, default=0, help="seconds until it listens")
    parser.add_argument("--exit", type=int, default=None, help="end at once with this status")
    parser.add_argument("--hold", type=int, default=0, help="bytes of memory to use")
    options = parser.parse_args()
    if options.exit is not None:
        sys.exit(options.exit)
    if options.after:
        threading.Event().wait(options.after)
    held = b"x" * options.hold
    where = urlparse(os.environ["JUPYTERHUB_SERVICE_URL"])
    assert where.hostname is not None
    assert where.port is not None
    ThreadingHTTPServer((where.hostname, where.port), Handler).serve_forever()
    del held


if __name__ == "__main__":
    main()
