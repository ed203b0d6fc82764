"""Answers everything with status 500, and prints the traceback only after the answer is out."""

import os
import traceback
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer


def read_settings(document: dict[str, str]) -> str:
    """Expects what is not there."""
    return document["colour"]


class Handler(BaseHTTPRequestHandler):
    """What every request meets."""

    def do_GET(self) -> None:
        self.rfile.read(int(self.headers.get("Content-Length") or 0))
        self.send_response(500)
        self.send_header("Content-Type", "application/json")
        self.send_header("Content-Length", "2")
        self.end_headers()
        self.wfile.write(b"{}")
        self.wfile.flush()
        try:
            read_settings({})
        except KeyError:
            traceback.print_exc()

    do_POST = do_PUT = do_PATCH = do_DELETE = do_GET  # noqa: N815  # http.server finds methods by these names


ThreadingHTTPServer((os.environ["HOST"], int(os.environ["PORT"])), Handler).serve_forever()
