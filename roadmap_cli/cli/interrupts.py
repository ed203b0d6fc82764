"""Ctrl-C and its relatives: the first one interrupts, more of them must not disturb the cleaning up."""

from __future__ import annotations

import contextlib
import signal
from collections.abc import Iterator
from types import FrameType

_NAMES = ("SIGINT", "SIGTERM", "SIGHUP")


@contextlib.contextmanager
def interruptible_once() -> Iterator[None]:
    """Within, the first Ctrl-C or request to end raises KeyboardInterrupt, and the following ones do nothing."""
    before = {each: signal.getsignal(each) for name in _NAMES if (each := getattr(signal, name, None))}

    def interrupt(number: int, frame: FrameType | None) -> None:
        for each in before:
            signal.signal(each, signal.SIG_IGN)
        raise KeyboardInterrupt

    try:
        for each, handler in before.items():
            if handler != signal.SIG_IGN:  # as under nohup
                signal.signal(each, interrupt)
        yield
    finally:
        for each, handler in before.items():
            signal.signal(each, handler)
