"""Answers with 400 KB of gzip that become 400 MB of JSON, whatever the request accepts."""

import os
import zlib
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

packer = zlib.compressobj(9, zlib.DEFLATED, 31)
BOMB = packer.compress(b'"') + b"".join(packer.compress(b"x" * 1_000_000) for _ in range(400))
BOMB += packer.compress(b'"') + packer.flush()


class Handler(BaseHTTPRequestHandler):
    """What every request meets."""

    def do_GET(self) -> None:
        self.rfile.read(int(self.headers.get("Content-Length") or 0))
        self.send_response(200)
        self.send_header("Content-Type", "application/json")
        self.send_header("Content-Encoding", "gzip")
        self.send_header("Content-Length", str(len(BOMB)))
        self.end_headers()
        self.wfile.write(BOMB)

    do_POST = do_PUT = do_PATCH = do_DELETE = do_GET  # noqa: N815  # http.server finds methods by these names


ThreadingHTTPServer((os.environ["HOST"], int(os.environ["PORT"])), Handler).serve_forever()
