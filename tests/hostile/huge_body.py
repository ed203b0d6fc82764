"""Answers with 200 MB of valid JSON and the right Content-Length."""

import os
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer


class Handler(BaseHTTPRequestHandler):
    """What every request meets."""

    def do_GET(self) -> None:
        self.rfile.read(int(self.headers.get("Content-Length") or 0))
        size = 200 * 1000 * 1000
        self.send_response(200)
        self.send_header("Content-Type", "application/json")
        self.send_header("Content-Length", str(size))
        self.end_headers()
        self.wfile.write(b'"')
        for _ in range(size // 100_000 - 1):
            self.wfile.write(b"x" * 100_000)
        self.wfile.write(b"x" * 99_998 + b'"')

    do_POST = do_PUT = do_PATCH = do_DELETE = do_GET  # noqa: N815  # http.server finds methods by these names


ThreadingHTTPServer((os.environ["HOST"], int(os.environ["PORT"])), Handler).serve_forever()
