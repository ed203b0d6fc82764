"""Is ended by a signal before it listens, as by a crash in native code."""

import os

os.abort()
