"""Answers properly, and leaves a daemon behind: forked twice, in a session of its own, its environment gone."""

import os
import sys
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

if os.fork() == 0:
    os.setsid()
    if os.fork() == 0:
        os.execve(sys.executable, ["daemon", "-c", "import time; time.sleep(3600)"], {})
    os._exit(0)
os.wait()


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
