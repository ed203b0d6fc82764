"""Where roadmap keeps what a fresh machine can rebuild."""

from __future__ import annotations

import os
import sys
from pathlib import Path


def cache_folder() -> Path:
    """The user's cache folder for roadmap; ROADMAP_CACHE names another. It need not exist, nor be writable."""
    if chosen := os.environ.get("ROADMAP_CACHE"):
        return Path(chosen).expanduser().absolute()
    if sys.platform == "win32":
        return Path(os.environ.get("LOCALAPPDATA", Path.home() / "AppData" / "Local")) / "roadmap" / "cache"
    if sys.platform == "darwin":
        return Path.home() / "Library" / "Caches" / "roadmap"
    return Path(os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache") / "roadmap"
