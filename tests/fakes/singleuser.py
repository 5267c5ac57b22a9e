"""The smallest server that a hub can start: answers at its own address, and shows its environment.

`python singleuser.py --help` says what else it can be made to do.
"""

from __future__ import annotations

import argparse
import json
import os
import signal
import sys
import threading
import time
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from urllib.parse import urlparse


class Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"

    def do_GET(self) -> None:
        body = b"{}"
        if self.path.endswith("/hold"):
            self.server.held = b"x" * self.server.later  # type: ignore[attr-defined]
        if self.path.endswith("/environ"):
            body = json.dumps({**os.environ, "PID": str(os.getpid())}).encode()
        self.send_response(200)
        self.send_header("Content-Type", "application/json")
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *args: object) -> None:
        pass


def _end(after: float) -> None:
    time.sleep(after)
    os._exit(0)


def main() -> None:
    parser = argparse.ArgumentParser()
    parser.add_argument("--after", type=float, default=0, help="seconds until it listens")
    parser.add_argument("--exit", type=int, default=None, help="end at once with this status")
    parser.add_argument("--hold", type=int, default=0, help="bytes of memory to use")
    parser.add_argument("--hold-later", type=int, default=0, help="the same, when asked to")
    parser.add_argument("--linger", type=float, default=0, help="seconds from SIGTERM to its end")
    options = parser.parse_args()
    if options.exit is not None:
        sys.exit(options.exit)
    signal.signal(signal.SIGTERM, lambda *_: _end(options.linger))
    if options.after:
        threading.Event().wait(options.after)
    held = b"x" * options.hold
    where = urlparse(os.environ["JUPYTERHUB_SERVICE_URL"])
    assert where.hostname is not None
    assert where.port is not None
    server = ThreadingHTTPServer((where.hostname, where.port), Handler)
    server.later = options.hold_later  # type: ignore[attr-defined]
    server.serve_forever()
    del held


if __name__ == "__main__":
    main()
