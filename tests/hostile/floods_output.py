"""Answers properly, and prints 64 MiB at its start and 1 MiB with every request."""

import os
import sys
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

print("the first line")
for _ in range(64):
    sys.stdout.write(("start " + "x" * 121 + "\n") * 8192)
print("the last line of the start", flush=True)


class Handler(BaseHTTPRequestHandler):
    """What every request meets."""

    def do_GET(self) -> None:
        self.rfile.read(int(self.headers.get("Content-Length") or 0))
        sys.stdout.write(("request " + "x" * 119 + "\n") * 8192)
        self.send_response(200)
        self.send_header("Content-Type", "application/json")
        self.send_header("Content-Length", "2")
        self.end_headers()
        self.wfile.write(b"{}")

    do_POST = do_PUT = do_PATCH = do_DELETE = do_GET  # noqa: N815  # http.server finds methods by these names


ThreadingHTTPServer((os.environ["HOST"], int(os.environ["PORT"])), Handler).serve_forever()
