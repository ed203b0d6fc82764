"""Accepts every connection and closes it without a word."""

import os
import socket

with socket.create_server((os.environ["HOST"], int(os.environ["PORT"]))) as listener:
    while True:
        listener.accept()[0].close()
