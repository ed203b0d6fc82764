"""Ends with status 3 before it listens, and says nothing."""

import sys

sys.exit(3)
