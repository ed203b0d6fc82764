"""Greets like a mail server: whatever it is, it is not HTTP. Its greeting tries to colour the terminal."""

import os
import socket

with socket.create_server((os.environ["HOST"], int(os.environ["PORT"]))) as listener:
    while True:
        connection = listener.accept()[0]
        connection.sendall(b"220 \x1b[31mmail.example.org\x1b[0m ESMTP\r\n")
        connection.recv(1024)
        connection.close()
