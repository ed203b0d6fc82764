"""Accepts every connection and never answers."""

import os
import socket

connections: list[socket.socket] = []
with socket.create_server((os.environ["HOST"], int(os.environ["PORT"]))) as listener:
    while True:
        connections.append(listener.accept()[0])
