"""Announces its answer again and again (103 Early Hints), and never gives one."""

import contextlib
import os
import socket
import threading
import time


def inform(connection: socket.socket) -> None:
    """A response of class 1xx is no answer, RFC 9110 section 15.2."""
    with contextlib.suppress(OSError), connection:
        while True:
            connection.sendall(b"HTTP/1.1 103 Early Hints\r\nLink: </style.css>\r\n\r\n")
            time.sleep(0.05)


with socket.create_server((os.environ["HOST"], int(os.environ["PORT"]))) as listener:
    while True:
        threading.Thread(target=inform, args=(listener.accept()[0],), daemon=True).start()
