"""Answers properly, but on a port of its own choice: one above PORT, which is ignored."""

import os
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer


class Handler(BaseHTTPRequestHandler):
    """What every request meets."""

    def do_GET(self) -> None:
        self.send_response(200)
        self.send_header("Content-Length", "2")
        self.end_headers()
        self.wfile.write(b"{}")


ThreadingHTTPServer((os.environ["HOST"], int(os.environ["PORT"]) + 1), Handler).serve_forever()
