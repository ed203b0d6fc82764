"""Answers properly, and takes 16 MiB more every hundredth of a second."""

import os
import threading
import time
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

hoard: list[bytes] = []


def eat() -> None:
    """Every byte is written to, so that it is really there."""
    while True:
        hoard.append(b"x" * (16 << 20))
        time.sleep(0.01)


threading.Thread(target=eat, daemon=True).start()


class Handler(BaseHTTPRequestHandler):
    """What every request meets."""

    def do_GET(self) -> None:
        self.rfile.read(int(self.headers.get("Content-Length") or 0))
        self.send_response(200)
        self.send_header("Content-Type", "application/json")
        self.send_header("Content-Length", "2")
        self.end_headers()
        self.wfile.write(b"{}")

    do_POST = do_PUT = do_PATCH = do_DELETE = do_GET  # noqa: N815  # http.server finds methods by these names


ThreadingHTTPServer((os.environ["HOST"], int(os.environ["PORT"])), Handler).serve_forever()
