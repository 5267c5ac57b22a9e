"""An image registry on loopback that has one image: a label, and a layer of noise."""

from __future__ import annotations

import gzip
import hashlib
import io
import json
import os
import tarfile
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

LAYER = "application/vnd.docker.image.rootfs.diff.tar.gzip"
CONFIG = "application/vnd.docker.container.image.v1+json"
MANIFEST = "application/vnd.docker.distribution.manifest.v2+json"


def _image(size: int) -> tuple[bytes, dict[str, bytes]]:
    """A manifest, and the blobs that it names."""
    packed = io.BytesIO()
    with tarfile.open(fileobj=packed, mode="w") as archive:
        entry = tarfile.TarInfo("noise")
        entry.size = size
        archive.addfile(entry, io.BytesIO(os.urandom(size)))
    layer = gzip.compress(packed.getvalue(), 1)
    config = json.dumps(
        {
            "architecture": "amd64",
            "os": "linux",
            "config": {"Labels": {"ai.neoai.image": "test"}, "Cmd": ["/nothing"]},
            "rootfs": {"type": "layers", "diff_ids": [_digest(packed.getvalue())]},
        }
    ).encode()
    described = [
        {"mediaType": kind, "size": len(blob), "digest": _digest(blob)}
        for kind, blob in ((CONFIG, config), (LAYER, layer))
    ]
    manifest = {
        "schemaVersion": 2,
        "mediaType": MANIFEST,
        "config": described[0],
        "layers": described[1:],
    }
    return json.dumps(manifest).encode(), {_digest(blob): blob for blob in (config, layer)}


def _digest(blob: bytes) -> str:
    return f"sha256:{hashlib.sha256(blob).hexdigest()}"


@contextmanager
def registry(size: int = 24 << 20) -> Iterator[str]:
    """The registry's `host:port`; it has the image `neoai:noise`, of `size` bytes."""
    manifest, blobs = _image(size)

    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        def do_GET(self) -> None:
            what = self.path.rsplit("/", 1)[-1]
            if self.path == "/v2/":
                self._answer(200, b"{}", "application/json")
            elif self.path.startswith("/v2/neoai/manifests/"):
                self._answer(200, manifest, MANIFEST)
            elif what in blobs:
                self._answer(200, blobs[what], "application/octet-stream")
            else:
                code = "MANIFEST_UNKNOWN"
                body = json.dumps({"errors": [{"code": code, "message": "not known"}]}).encode()
                self._answer(404, body, "application/json")

        do_HEAD = do_GET  # noqa: N815

        def _answer(self, status: int, body: bytes, kind: str) -> None:
            self.send_response(status)
            self.send_header("Content-Type", kind)
            self.send_header("Content-Length", str(len(body)))
            self.send_header("Docker-Content-Digest", _digest(body))
            self.end_headers()
            if self.command == "GET":
                self.wfile.write(body)

        def log_message(self, *args: object) -> None:
            pass

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    try:
        yield f"127.0.0.1:{server.server_port}"
    finally:
        server.shutdown()
        server.server_close()
