"""`roadmap`, and `python -m roadmap_cli`."""

import sys

from roadmap_cli.cli import main

if __name__ == "__main__":
    sys.exit(main())
