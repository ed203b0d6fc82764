"""A real browser for tests: Chromium without a window, spoken to over two pipes (Chrome DevTools Protocol, messages ended by NUL)."""

from __future__ import annotations

import base64
import contextlib
import fcntl
import json
import os
import select
import shutil
import signal
import time
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from types import TracebackType
from typing import Any

NAMES = ("chromium", "chromium-browser", "google-chrome", "google-chrome-stable")
PATIENCE = 60.0
_FLAGS = (
    "--headless=new",
    "--no-sandbox",
    "--disable-gpu",
    "--disable-dev-shm-usage",
    "--disable-extensions",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
    "--no-first-run",
    "--hide-scrollbars",
    "--remote-debugging-pipe",
)


def installed() -> str | None:
    """The program of a browser, if the machine has one."""
    return next((found for name in NAMES if (found := shutil.which(name))), None)


@dataclass
class Tab:
    """A page that was opened, and everything that happened in it."""

    browser: Browser
    session: str
    requested: list[str] = field(default_factory=list)
    complaints: list[str] = field(default_factory=list)

    def ask(self, script: str) -> Any:
        """The value of a JavaScript expression in the page. The policy of the page does not hold for the debugger."""
        answer = self.send("Runtime.evaluate", expression=script, returnByValue=True)
        assert "exceptionDetails" not in answer, answer
        return answer["result"].get("value")

    def size(self, width: int, height: int) -> None:
        """Let the page be as wide as on such a screen."""
        self.send(
            "Emulation.setDeviceMetricsOverride", width=width, height=height, deviceScaleFactor=1, mobile=width < 600
        )

    def colours(self, scheme: str, medium: str = "screen") -> None:
        """Let the reader prefer light or dark; *medium* may be print."""
        feature = {"name": "prefers-color-scheme", "value": scheme}
        self.send("Emulation.setEmulatedMedia", media=medium, features=[feature])

    def picture(self, file: Path) -> bytes:
        """The whole page as PNG, written to *file*."""
        answer = self.send("Page.captureScreenshot", format="png", captureBeyondViewport=True)
        content = base64.b64decode(answer["data"])
        file.write_bytes(content)
        return content

    def printed(self) -> bytes:
        """The page as PDF."""
        return base64.b64decode(self.send("Page.printToPDF", printBackground=True)["data"])

    def send(self, method: str, **parameters: object) -> dict[str, Any]:
        """One command to this page."""
        return self.browser.send(method, self.session, **parameters)

    def see(self, event: dict[str, Any]) -> None:
        """Remember what the page asked for and what the browser complained about."""
        parameters = event["params"]
        match event["method"]:
            case "Network.requestWillBeSent":
                self.requested.append(parameters["request"]["url"])
            case "Runtime.consoleAPICalled" | "Runtime.exceptionThrown":
                self.complaints.append(json.dumps(parameters))
            case "Log.entryAdded":
                self.complaints.append(parameters["entry"]["text"])


class Browser:
    """A browser with a profile of its own, ended with everything that it started."""

    def __init__(self, program: str, folder: Path) -> None:
        (theirs, self._write), (self._read, back) = _pipe(), _pipe()
        arguments = [program, *_FLAGS, f"--user-data-dir={folder}", "about:blank"]
        # The browser reads its descriptor 3 and writes its 4, whatever else is open here.
        ends = [(os.POSIX_SPAWN_DUP2, theirs, 3), (os.POSIX_SPAWN_DUP2, back, 4)]
        quiet = [(os.POSIX_SPAWN_OPEN, 2, str(folder / "stderr"), os.O_WRONLY | os.O_CREAT, 0o600)]
        folder.mkdir(parents=True, exist_ok=True)
        self._pid = os.posix_spawn(program, arguments, dict(os.environ), file_actions=[*ends, *quiet], setsid=True)
        os.close(theirs)
        os.close(back)
        self._number = 0
        self._rest = b""
        self._tabs: dict[str, Tab] = {}

    def __enter__(self) -> Browser:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        with contextlib.suppress(ProcessLookupError):
            os.killpg(self._pid, signal.SIGKILL)
        os.waitpid(self._pid, 0)
        os.close(self._write)
        os.close(self._read)

    def open(self, url: str, *, width: int = 1280, height: int = 900) -> Tab:
        """A new page, loaded to its end."""
        target = self.send("Target.createTarget", url="about:blank")["targetId"]
        session = self.send("Target.attachToTarget", targetId=target, flatten=True)["sessionId"]
        tab = self._tabs[session] = Tab(self, session)
        for domain in ("Page", "Runtime", "Log", "Network"):
            tab.send(f"{domain}.enable")
        tab.size(width, height)
        tab.requested.clear()
        tab.send("Page.navigate", url=url)
        self._until_loaded(tab)
        return tab

    def send(self, method: str, session: str = "", **parameters: object) -> dict[str, Any]:
        """One command, and its answer."""
        self._number += 1
        message: dict[str, object] = {"id": self._number, "method": method, "params": parameters}
        os.write(self._write, json.dumps(message | ({"sessionId": session} if session else {})).encode() + b"\0")
        for said in self._messages():
            if said.get("id") == self._number:
                assert "error" not in said, said["error"]
                result: dict[str, Any] = said["result"]
                return result
        raise AssertionError("unreachable")

    def _until_loaded(self, tab: Tab) -> None:
        for said in self._messages():
            if said.get("method") == "Page.loadEventFired" and said.get("sessionId") == tab.session:
                return

    def _messages(self) -> Iterator[dict[str, Any]]:
        deadline = time.monotonic() + PATIENCE
        while True:
            while b"\0" in self._rest:
                line, self._rest = self._rest.split(b"\0", 1)
                said: dict[str, Any] = json.loads(line)
                if "method" in said and (tab := self._tabs.get(said.get("sessionId", ""))):
                    tab.see(said)
                yield said
            ready, _, _ = select.select([self._read], [], [], max(deadline - time.monotonic(), 0))
            chunk = os.read(self._read, 1 << 20) if ready else b""
            assert chunk, "The browser says nothing more."
            self._rest += chunk


def _pipe() -> tuple[int, int]:
    """A pipe whose ends are far from the descriptors that the browser wants."""
    ends = os.pipe()
    far = [fcntl.fcntl(end, fcntl.F_DUPFD_CLOEXEC, 20) for end in ends]
    for end in ends:
        os.close(end)
    return far[0], far[1]
