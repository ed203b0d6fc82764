"""The server: uvicorn speaks HTTP, a fixed number of threads runs Django.

A thread that Django has used keeps its database connection (CONN_MAX_AGE), so there are as many connections as threads,
however many clients come. Who comes while all are busy waits for a thread, not for a connection.
"""

import asyncio
import io
import os
import sys
from collections.abc import Awaitable, Callable
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import django
import uvicorn
from django.core.wsgi import get_wsgi_application

THREADS = 12
SECONDS_FOR_LAST_ANSWERS = 3

Scope = dict[str, Any]
Message = dict[str, Any]
Receive = Callable[[], Awaitable[Message]]
Send = Callable[[Message], Awaitable[None]]


class Threaded:
    """A WSGI application as an ASGI one, run in a pool of threads."""

    def __init__(self, application: Callable[..., Any]) -> None:
        self._application = application
        self._threads = ThreadPoolExecutor(THREADS, thread_name_prefix="request")

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        environ = environ_of(scope, await whole_body(receive))
        loop = asyncio.get_running_loop()
        status, headers, body = await loop.run_in_executor(self._threads, self._respond, environ)
        await send({"type": "http.response.start", "status": status, "headers": headers})
        await send({"type": "http.response.body", "body": body})

    def _respond(self, environ: dict[str, Any]) -> tuple[int, list[tuple[bytes, bytes]], bytes]:
        started: list[Any] = []
        answer = self._application(environ, lambda *line: started.extend(line))
        try:
            body = b"".join(answer)
        finally:
            answer.close()
        status, headers = started[:2]
        return int(status.split()[0]), [(k.lower().encode("latin-1"), v.encode("latin-1")) for k, v in headers], body


async def whole_body(receive: Receive) -> bytes:
    parts = []
    more = True
    while more:
        message = await receive()
        parts.append(message.get("body", b""))
        more = message.get("more_body", False)
    return b"".join(parts)


def environ_of(scope: Scope, body: bytes) -> dict[str, Any]:
    """The request as PEP 3333 has it."""
    environ: dict[str, Any] = {
        "REQUEST_METHOD": scope["method"],
        "SCRIPT_NAME": "",
        "PATH_INFO": scope["path"].encode().decode("latin-1"),
        "QUERY_STRING": scope["query_string"].decode("latin-1"),
        "SERVER_NAME": scope["server"][0],
        "SERVER_PORT": str(scope["server"][1]),
        "SERVER_PROTOCOL": f"HTTP/{scope['http_version']}",
        "wsgi.version": (1, 0),
        "wsgi.url_scheme": scope["scheme"],
        "wsgi.input": io.BytesIO(body),
        "wsgi.errors": sys.stderr,
        "wsgi.multithread": True,
        "wsgi.multiprocess": False,
        "wsgi.run_once": False,
    }
    for name, value in scope["headers"]:
        key = name.decode("latin-1").upper().replace("-", "_")
        if key not in ("CONTENT_TYPE", "CONTENT_LENGTH"):
            key = f"HTTP_{key}"
        text = value.decode("latin-1")
        environ[key] = f"{environ[key]},{text}" if key in environ else text
    environ["CONTENT_LENGTH"] = str(len(body))
    return environ


def application() -> Threaded:
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "config.settings")
    django.setup()
    return Threaded(get_wsgi_application())


def config(host: str, port: int, log_level: str = "info") -> uvicorn.Config:
    return uvicorn.Config(
        application(),
        host=host,
        port=port,
        lifespan="off",
        ws="none",
        log_level=log_level,
        timeout_graceful_shutdown=SECONDS_FOR_LAST_ANSWERS,
    )
