"""Does nothing but wait, while its port is answered by somebody else.

That stranger must listen before this starts: run this file with a port as its argument, outside of the examination, and
let the examination use that port.
"""

import sys
import time
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer


class Stranger(BaseHTTPRequestHandler):
    """Answers as if it were the server that was started."""

    def do_GET(self) -> None:
        self.send_response(200)
        self.send_header("Content-Length", "2")
        self.end_headers()
        self.wfile.write(b"{}")


if len(sys.argv) > 1:
    ThreadingHTTPServer(("127.0.0.1", int(sys.argv[1])), Stranger).serve_forever()
while True:
    time.sleep(60)
