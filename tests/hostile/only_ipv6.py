"""Answers properly, but on the IPv6 loopback address only, as `localhost` means on some machines."""

import os
import socket
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer


class Handler(BaseHTTPRequestHandler):
    """What every request meets."""

    def do_GET(self) -> None:
        self.send_response(200)
        self.send_header("Content-Length", "2")
        self.end_headers()
        self.wfile.write(b"{}")


class Server(ThreadingHTTPServer):
    """The same for the other family of addresses."""

    address_family = socket.AF_INET6


Server(("::1", int(os.environ["PORT"])), Handler).serve_forever()
